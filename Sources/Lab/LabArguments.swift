/// What `causeway lab` was asked for.
struct LabArguments: Hashable, Sendable {
    /// The four operations, the daemon's restart, and the host's.
    enum Operation: String, CaseIterable, Sendable {
        case up, down, exec, status, restart, reboot
    }

    var operation = Operation.status
    /// The lab's name where one was given.
    var name: String?
    /// `--daemon`.
    var daemon: String?
    /// `--no-daemon`.
    var withoutDaemon = false
    /// `--no-image`.
    var withoutImage = false
    /// `--prepare`, each.
    var preparations: [String] = []
    /// `--all`.
    var all = false
    /// `--format json`.
    var json = false
    /// `-q`.
    var quiet = false
    /// What stands after `--`: the daemon's options, or the command.
    var rest: [String] = []

    /// Reads the arguments after `causeway lab`.
    ///
    /// - Throws: an error that quotes what was not understood.
    init(parsing arguments: [String]) throws(LabError) {
        guard let word = arguments.first, let operation = Operation(rawValue: word) else {
            throw LabError(
                "'\(arguments.first ?? "")' is nothing that a lab can do.", remedy: "See: causeway lab --help")
        }
        self.operation = operation
        var words = arguments.dropFirst()
        while let word = words.popFirst() {
            if word == "--" {
                rest = Array(words)
                break
            }
            try take(word, &words)
        }
        if !rest.isEmpty, operation != .exec, operation != .up, operation != .restart {
            throw LabError("'causeway lab \(operation.rawValue)' takes nothing after '--'.")
        }
    }

    private mutating func take(_ word: String, _ words: inout ArraySlice<String>) throws(LabError) {
        switch (word, operation) {
        case ("--no-daemon", .up): withoutDaemon = true
        case ("--no-image", .up): withoutImage = true
        case ("--daemon", .up), ("--daemon", .restart):
            guard let value = words.popFirst() else { throw LabError("--daemon needs the path of causewayd.") }
            daemon = value
        case ("--prepare", .up):
            guard let value = words.popFirst() else { throw LabError("--prepare needs a command line.") }
            preparations.append(value)
        case ("--all", .down): all = true
        case ("-q", .up), ("-q", .down), ("--quiet", .up), ("--quiet", .down): quiet = true
        case ("--format", .status):
            guard words.popFirst() == "json" else { throw LabError("--format knows only 'json'.") }
            json = true
        case ("--format=json", .status): json = true
        default:
            guard !word.hasPrefix("-"), name == nil else {
                let hint = operation == .exec ? " Put '--' before the command." : ""
                throw LabError(
                    "'causeway lab \(operation.rawValue)' does not know '\(word)'.\(hint)",
                    remedy: "See: causeway lab --help")
            }
            name = word
        }
    }
}
