import Glibc

/// All commands of the program: finds the one that is meant, prints help, refuses what is wrong.
public struct CommandTree: Sendable {
    /// The program's name.
    public static let program = "causeway"

    /// What the program is, in one line.
    public let summary: String
    /// The commands that help names first.
    public let common: [String]
    /// Words with commands below them.
    public let groups: [CommandGroup]
    /// All commands.
    public let commands: [Command]
    /// Names that are handled elsewhere and listed in the help.
    public let others: [(name: String, summary: String)]

    /// Collects the commands.
    public init(
        summary: String, common: [String], groups: [CommandGroup], commands: [Command],
        others: [(name: String, summary: String)] = []
    ) {
        self.summary = summary
        self.common = common
        self.groups = groups
        self.commands = commands
        self.others = others
    }

    /// Options that stand before the command.
    static let globalFlags: [Flag] = [
        Flag(
            "context", "c", .string,
            "Name of the context to use to connect to the daemon; only \"default\" exists, which overrides "
                + "CAUSEWAY_HOST and DOCKER_HOST"),
        Flag("debug", "D", .bool, "Enable debug mode"),
        Flag("host", "H", .list, "Daemon socket to connect to (unix:///PATH)"),
        Flag("log-level", "l", .string, "Set the logging level", isHidden: true),
        Flag("config", nil, .string, "Accepted for Docker's sake", isHidden: true),
        Flag("version", "v", .bool, "Print version information and quit"),
    ]

    /// What a command line asks for.
    enum Request {
        case print(String)
        case complain(String)
        case run(Command, name: String, ParsedArguments, global: ParsedArguments)
    }

    /// Finds out what is asked for.
    func resolve(_ arguments: [String], version: String) throws(ClientError) -> Request {
        let program = CommandTree.program
        let global: ParsedArguments
        do {
            global = try ParsedArguments(arguments, flags: CommandTree.globalFlags, interspersed: false)
        } catch {
            throw usageError(error, name: program, usage: "[OPTIONS] COMMAND [ARG...]")
        }
        if global.wantsHelp { return .print(help) }
        if global.flag("version") { return .print("Causeway version \(version)\n") }
        var words = global.operands
        if words.first == "help" {
            words.removeFirst()
            words = words.filter { !$0.hasPrefix("-") } + (words.isEmpty ? [] : ["--help"])
        }
        guard let first = words.first else { return .print(help) }
        if let group = groups.first(where: { $0.name == first }) {
            if words.count == 1 { return .complain(help(of: group)) }
            if words[1] == "--help" || words[1] == "-h" { return .print(help(of: group)) }
            let path = first + " " + words[1]
            guard let command = commands.first(where: { $0.paths.contains(path) }) else {
                if words[1].hasPrefix("-") {
                    throw usageError(
                        ClientError(.usage, "unknown flag: \(words[1])", exitStatus: 125), name: "\(program) \(first)",
                        usage: "COMMAND")
                }
                throw ClientError(
                    .usage,
                    "\(program): unknown command: \(program) \(path)\n\nUsage:  \(program) \(first)\n\n"
                        + "Run '\(program) \(first) --help' for more information")
            }
            return try parse(command, "\(program) \(path)", Array(words.dropFirst(2)), global)
        }
        guard let command = commands.first(where: { $0.paths.contains(first) }) else {
            throw ClientError(
                .usage,
                "\(program): unknown command: \(program) \(first)\n\nRun '\(program) --help' for more information")
        }
        return try parse(command, "\(program) \(first)", Array(words.dropFirst()), global)
    }

    private func parse(
        _ command: Command, _ name: String, _ arguments: [String], _ global: ParsedArguments
    ) throws(ClientError) -> Request {
        let parsed: ParsedArguments
        do {
            parsed = try ParsedArguments(arguments, flags: command.flags, interspersed: command.interspersed)
        } catch {
            throw usageError(error, name: name, usage: command.usage)
        }
        if parsed.wantsHelp { return .print(help(of: command, name: name)) }
        try command.check(parsed.operands.count, name: name)
        return .run(command, name: name, parsed, global: global)
    }

    private func usageError(_ error: ClientError, name: String, usage: String) -> ClientError {
        var error = error
        error.message +=
            "\n\nUsage:  \(name)\(usage.isEmpty ? "" : " ")\(usage)\n\nRun '\(name) --help' for more information"
        return error
    }

    // MARK: Help

    var help: String {
        let program = CommandTree.program
        let top = commands.compactMap { command in
            command.paths.first { !$0.contains(" ") }.map { (name: $0, summary: command.summary) }
        }
        let firsts = common.compactMap { name in top.first { $0.name == name } }
        let rest = (top.filter { !common.contains($0.name) } + others).sorted { $0.name < $1.name }
        return "Usage:  \(program) [OPTIONS] COMMAND\n\n\(summary)\n\nCommon Commands:\n"
            + HelpText.table(firsts.map { ($0.name, $0.summary) })
            + "\nManagement Commands:\n" + HelpText.table(groups.map { ($0.name, $0.summary) })
            + "\nCommands:\n" + HelpText.table(rest.map { ($0.name, $0.summary) })
            + "\nGlobal Options:\n" + HelpText.options(CommandTree.globalFlags)
            + "\nRun '\(program) COMMAND --help' for more information on a command.\n"
    }

    func help(of group: CommandGroup) -> String {
        let name = "\(CommandTree.program) \(group.name)"
        let rows = commands.compactMap { command in
            command.paths.first { $0.hasPrefix(group.name + " ") }
                .map { (String($0.dropFirst(group.name.count + 1)), command.summary) }
        }
        return "Usage:  \(name) COMMAND\n\n\(group.summary)\n\nCommands:\n"
            + HelpText.table(rows.sorted { $0.0 < $1.0 })
            + "\nRun '\(name) COMMAND --help' for more information on a command.\n"
    }

    func help(of command: Command, name: String) -> String {
        let program = CommandTree.program
        var text = "Usage:  \(name)\(command.usage.isEmpty ? "" : " ")\(command.usage)\n\n\(command.details)\n"
        if !command.shownAliases.isEmpty {
            text += "\nAliases:\n  " + command.shownAliases.map { "\(program) \($0)" }.joined(separator: ", ") + "\n"
        }
        if command.flags.contains(where: { !$0.isHidden }) {
            text += "\nOptions:\n" + HelpText.options(command.flags)
        }
        return text
    }

    // MARK: Running

    /// Runs the command that the arguments name, and says what went wrong.
    /// - Returns: the exit status.
    public func run(_ arguments: [String], version: String) -> Int32 {
        do throws(ClientError) {
            switch try resolve(arguments, version: version) {
            case .print(let text):
                Console.print(text)
                return 0
            case .complain(let text):
                Console.write(Array(text.utf8), to: STDERR_FILENO)
                return 0
            case .run(let command, let name, let parsed, let global):
                let environment = { (name: String) in unsafe getenv(name).map { unsafe String(cString: $0) } }
                let hosts = global.list("host")
                if hosts.count > 1 { throw ClientError(.usage, "specify only one -H") }
                let address = try EngineAddress(
                    host: hosts.first, context: global.isSet("context") ? global.text("context") : nil,
                    environment: environment)
                let version = environment("DOCKER_API_VERSION").flatMap { $0.isEmpty ? nil : $0 }
                let client = EngineClient(address: address, version: version)
                return try command.run(Invocation(arguments: parsed, client: client, path: name))
            }
        } catch {
            if !error.message.isEmpty { Console.complain(error.message) }
            return error.exitStatus
        }
    }
}
