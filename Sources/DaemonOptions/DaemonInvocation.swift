/// What a command line asks the daemon's program to do.
public enum DaemonInvocation: Hashable, Sendable {
    /// Print this text and exit with 0.
    case help(String)
    /// Print the version and exit with 0.
    case version
    /// The configuration is in order and no more was asked (`--validate`): say so on standard error, exit with 0.
    case validated(DaemonConfiguration)
    /// Run.
    case run(DaemonConfiguration)

    /// What `--validate` says of a configuration in order, in dockerd's words.
    public static let validationMessage = "configuration OK"

    /// Reads the command line and, unless only help or the version is asked for, the configuration file.
    ///
    /// - Parameters:
    ///   - arguments: the words after the program's name.
    ///   - readFile: how to read the configuration file.
    /// - Throws: what is wrong; print its message to standard error and exit with its code.
    public static func parse(
        _ arguments: [String], readFile: DaemonConfiguration.FileReader = DaemonConfiguration.readFile
    ) throws(DaemonOptionError) -> DaemonInvocation {
        let flags = try CommandLineFlags(parsing: arguments)
        if flags.isOn("help") { return .help(HelpText.text) }
        if flags.isOn("version") { return .version }
        let configuration = try DaemonConfiguration.load(flags, readFile)
        return flags.isOn("validate") ? .validated(configuration) : .run(configuration)
    }
}
