/// A command line taken apart by the rules of Docker's command (those of Go's pflag): `-it`, `-eA=b`, `--name=x`,
/// `--name x`, `--init=false`, `--`.
public struct ParsedArguments: Sendable {
    /// What is no option, in order.
    public private(set) var operands: [String] = []
    /// Whether `--help` was among the options.
    public private(set) var wantsHelp = false
    private var values: [String: [String]] = [:]

    /// Takes arguments apart.
    /// - Parameters:
    ///   - arguments: everything after the command's name.
    ///   - flags: the options that exist.
    ///   - interspersed: whether options may follow operands; where not, everything from the first operand on is an
    ///     operand.
    public init(_ arguments: [String], flags: [Flag], interspersed: Bool) throws(ClientError) {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                if interspersed { continue }
                operands += rest
                return
            }
            if word.hasPrefix("--") {
                try takeLong(word, &rest, flags)
            } else {
                try takeLetters(word, &rest, flags)
            }
            if wantsHelp { return }
        }
    }

    private mutating func takeLong(
        _ word: String, _ rest: inout ArraySlice<String>, _ flags: [Flag]
    ) throws(ClientError) {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard !name.isEmpty, !name.hasPrefix("-") else {
            throw ClientError(.usage, "bad flag syntax: \(word)", exitStatus: 125)
        }
        if name == "help" {
            wantsHelp = true
            return
        }
        guard let flag = flags.first(where: { $0.name == name }) else {
            throw ClientError(.usage, "unknown flag: --\(name)", exitStatus: 125)
        }
        if parts.count == 2 {
            try store(String(parts[1]), flag)
        } else if flag.isSwitch {
            try store("true", flag)
        } else if let value = rest.popFirst() {
            try store(value, flag)
        } else {
            throw ClientError(.usage, "flag needs an argument: --\(name)", exitStatus: 125)
        }
    }

    private mutating func takeLetters(
        _ word: String, _ rest: inout ArraySlice<String>, _ flags: [Flag]
    ) throws(ClientError) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let flag = flags.first(where: { $0.letter == letter }) else {
                if letter == "h" {
                    wantsHelp = true
                    return
                }
                throw ClientError(
                    .usage, "unknown shorthand flag: '\(letter)' in -\(letter)\(letters)", exitStatus: 125)
            }
            if letters.first == "=" {
                try store(String(letters.dropFirst()), flag)
                return
            }
            if flag.isSwitch {
                try store("true", flag)
                continue
            }
            if !letters.isEmpty {
                try store(String(letters), flag)
            } else if let value = rest.popFirst() {
                try store(value, flag)
            } else {
                throw ClientError(.usage, "flag needs an argument: '\(letter)' in -\(letter)", exitStatus: 125)
            }
            return
        }
    }

    private mutating func store(_ value: String, _ flag: Flag) throws(ClientError) {
        try flag.check(value)
        values[flag.canonicalName, default: []].append(value)
    }

    /// Whether an option was given.
    public func isSet(_ name: String) -> Bool { values[name] != nil }

    /// A switch; `fallback` where it was not given.
    public func flag(_ name: String, default fallback: Bool = false) -> Bool {
        values[name]?.last.flatMap(Flag.boolean) ?? fallback
    }

    /// An option's text, empty where it was not given.
    public func text(_ name: String) -> String { values[name]?.last ?? "" }

    /// An option's number.
    public func integer(_ name: String) -> Int64? { values[name]?.last.flatMap { Int64($0) } }

    /// All values of an option, in order.
    public func list(_ name: String) -> [String] { values[name] ?? [] }
}
