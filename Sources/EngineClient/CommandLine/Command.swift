/// What a command is given to work with.
public struct Invocation {
    /// The command line, taken apart.
    public let arguments: ParsedArguments
    /// The engine to ask.
    public let client: EngineClient
    /// The words that called the command, such as `container run`.
    public let path: String

    /// Joins the three.
    public init(arguments: ParsedArguments, client: EngineClient, path: String) {
        self.arguments = arguments
        self.client = client
        self.path = path
    }
}

/// How many operands a command takes.
public enum OperandRule: Sendable {
    /// None at all.
    case none
    /// So many and no other number.
    case exactly(Int)
    /// So many or more.
    case atLeast(Int)
    /// None up to so many.
    case atMost(Int)
    /// A number in between.
    case between(Int, Int)
}

/// One command: what it is called with, and what it does.
public struct Command: Sendable {
    /// The ways to call it, each as words after the program's name; the first is the one that its group shows.
    public let paths: [String]
    /// The ways that help lists as aliases; empty where there is only one.
    public let shownAliases: [String]
    /// What follows the name in usage lines.
    public let usage: String
    /// What it does, in one line.
    public let summary: String
    /// What its own help says in place of the summary.
    public let details: String
    /// Its options.
    public let flags: [Flag]
    /// Whether options may follow operands.
    public let interspersed: Bool
    /// How many operands it takes.
    public let operands: OperandRule
    /// What it does; the value is the exit status.
    public let run: @Sendable (Invocation) throws(ClientError) -> Int32

    /// Describes a command.
    public init(
        _ paths: [String], aliases: [String] = [], usage: String = "", _ summary: String, details: String? = nil,
        flags: [Flag] = [], interspersed: Bool = true, operands: OperandRule = .none,
        run: @escaping @Sendable (Invocation) throws(ClientError) -> Int32
    ) {
        self.paths = paths
        shownAliases = aliases
        self.usage = usage
        self.summary = summary
        self.details = details ?? summary
        self.flags = flags
        self.interspersed = interspersed
        self.operands = operands
        self.run = run
    }

    /// Refuses a wrong number of operands, in Docker's words.
    /// - Parameter name: the words that called the command, the program's name included.
    func check(_ count: Int, name: String) throws(ClientError) {
        let message: String
        var invitation = "Run"
        func arguments(_ number: Int) -> String { number == 1 ? "1 argument" : "\(number) arguments" }
        switch operands {
        case .none where count > 0: message = "accepts no arguments"
        case .exactly(let number) where count != number: message = "requires \(arguments(number))"
        case .atLeast(let number) where count < number:
            message = "requires at least \(arguments(number))"
            invitation = "See"
        case .atMost(let number) where count > number: message = "requires at most \(arguments(number))"
        case .between(let least, let most) where count < least || count > most:
            message = "requires at least \(least) and at most \(arguments(most))"
        default: return
        }
        throw ClientError(
            .usage,
            "\(CommandTree.program): '\(name)' \(message)\n\nUsage:  \(name)\(usage.isEmpty ? "" : " ")\(usage)\n\n"
                + "\(invitation) '\(name) --help' for more information")
    }
}

/// A word with commands below it, such as `container`.
public struct CommandGroup: Sendable {
    /// The word.
    public let name: String
    /// What is below it, in one line.
    public let summary: String

    /// Names a group.
    public init(_ name: String, _ summary: String) {
        self.name = name
        self.summary = summary
    }
}
