/// What a command line sets: the texts given for each option, in their order. Read by the rules of pflag, which dockerd
/// uses: `--name value`, `--name=value`, `-l value`, `-lvalue`, `-l=value`, letters of true-or-false options run
/// together; `--icc` alone is true and `--icc=false` is false.
struct CommandLineFlags: Hashable, Sendable {
    /// The texts by the option's name. true-or-false options hold `true` or `false`.
    private(set) var values: [String: [String]] = [:]

    /// Reads the words after the program's name.
    init(parsing arguments: [String]) throws(DaemonOptionError) {
        var rest = arguments[...]
        var positional: [String] = []
        while let word = rest.popFirst() {
            if word == "--" {
                positional += rest
                break
            } else if word.hasPrefix("--") {
                try readLong(word.dropFirst(2), &rest)
            } else if word.hasPrefix("-"), word.count > 1 {
                try readLetters(word.dropFirst(), &rest)
            } else {
                positional.append(word)
            }
        }
        if !positional.isEmpty, values["help"] == nil, values["version"] == nil {
            throw DaemonOptionError(
                """
                "\(DaemonOption.program)" accepts no argument(s).
                See '\(DaemonOption.program) --help'.

                Usage:  \(DaemonOption.program) [OPTIONS]

                \(HelpText.summary)
                """)
        }
    }

    /// Whether a true-or-false option is given as true.
    func isOn(_ name: String) -> Bool { values[name]?.last == "true" }

    private mutating func readLong(_ word: Substring, _ rest: inout ArraySlice<String>) throws(DaemonOptionError) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = DaemonOption.named(name) else {
            if DockerOnlyOptions.names.contains(name) { throw DockerOnlyOptions.refusal(option: name) }
            if name.isEmpty { throw .usage("bad flag syntax: --\(word)") }
            throw .usage("unknown flag: --\(name)")
        }
        if parts.count == 2 {
            try set(option, String(parts[1]))
        } else if option.kind == .flag {
            try set(option, "true")
        } else if let value = rest.popFirst() {
            try set(option, value)
        } else {
            throw .usage("flag needs an argument: --\(name)")
        }
    }

    private mutating func readLetters(_ letters: Substring, _ rest: inout ArraySlice<String>) throws(DaemonOptionError)
    {
        var remaining = letters
        while let letter = remaining.popFirst() {
            guard let option = DaemonOption.lettered(letter) else {
                if let name = DockerOnlyOptions.letters[letter] { throw DockerOnlyOptions.refusal(option: name) }
                throw .usage("unknown shorthand flag: '\(letter)' in -\(letters)")
            }
            if remaining.first == "=", remaining.count > 1 {
                try set(option, String(remaining.dropFirst()))
                return
            }
            if option.kind == .flag {
                try set(option, "true")
                continue
            }
            if !remaining.isEmpty {
                try set(option, String(remaining))
                return
            }
            guard let value = rest.popFirst() else {
                throw .usage("flag needs an argument: '\(letter)' in -\(letters)")
            }
            try set(option, value)
        }
    }

    private mutating func set(_ option: DaemonOption, _ value: String) throws(DaemonOptionError) {
        var value = value
        if option.kind == .flag {
            guard let parsed = Self.truth(value) else {
                throw .usage(
                    "invalid argument \"\(value)\" for \"\(option.spelling)\" flag: it is neither true nor false")
            }
            value = String(parsed)
        }
        switch option.kind {
        // One word may hold several addresses, as pflag's lists of addresses do.
        case .list("ipSlice"): values[option.name, default: []] += value.split(separator: ",").map(String.init)
        case .list, .pools, .pairs, .nested: values[option.name, default: []].append(value)
        case .flag, .number, .text: values[option.name] = [value]
        }
    }

    /// Go's strconv.ParseBool.
    static func truth(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}
