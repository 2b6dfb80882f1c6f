import EngineAPI

/// The `--change` instructions of `docker import` and `docker commit`: lines of a Dockerfile that change an image's
/// configuration.
enum ImportInstructions {
    /// Applies instructions in order.
    ///
    /// - Throws: `.invalid` for an instruction that is unknown or malformed.
    static func apply(_ lines: [String], to config: inout ContainerConfig) throws(ImageError) {
        for line in lines {
            let text = trimmed(line)
            if text.isEmpty { continue }
            let instruction = text.prefix { !$0.isWhitespace }
            let rest = trimmed(text.dropFirst(instruction.count))
            try apply(instruction.lowercased(), rest, to: &config)
        }
    }

    private static func apply(
        _ instruction: String, _ rest: String, to config: inout ContainerConfig
    ) throws(ImageError) {
        func needArgument() throws(ImageError) {
            if rest.isEmpty {
                throw ImageError(.invalid, "\(instruction.uppercased()) requires at least one argument")
            }
        }
        switch instruction {
        case "cmd":
            config.cmd = command(rest)
        case "entrypoint":
            config.entrypoint = command(rest)
        case "env":
            try needArgument()
            for (name, value) in try pairs(rest, instruction) {
                var variables = config.env ?? []
                variables.removeAll { $0 == name || $0.hasPrefix(name + "=") }
                variables.append(name + "=" + value)
                config.env = variables
            }
        case "expose":
            try needArgument()
            for word in try words(rest) {
                for port in try ports(word) { config.exposedPorts = (config.exposedPorts ?? [:]).adding(port) }
            }
        case "label":
            try needArgument()
            for (name, value) in try pairs(rest, instruction) {
                config.labels = (config.labels ?? [:]).merging([name: value]) { $1 }
            }
        case "onbuild":
            try needArgument()
            let trigger = rest.prefix { !$0.isWhitespace }.uppercased()
            if ["ONBUILD", "FROM", "MAINTAINER"].contains(trigger) {
                throw ImageError(.invalid, "\(trigger) isn't allowed as an ONBUILD trigger")
            }
            config.onBuild = (config.onBuild ?? []) + [rest]
        case "stopsignal":
            try needArgument()
            config.stopSignal = rest
        case "user":
            try needArgument()
            config.user = rest
        case "volume":
            try needArgument()
            let quoted = list(rest)
            for path in try quoted == nil ? words(rest) : quoted ?? [] {
                if path.isEmpty { throw ImageError(.invalid, "VOLUME specified can not be an empty string") }
                config.volumes = (config.volumes ?? [:]).adding(path)
            }
        case "workdir":
            try needArgument()
            let path = try words(rest).joined(separator: " ")
            let base = config.workingDir.isEmpty ? "/" : config.workingDir
            config.workingDir = clean(path.hasPrefix("/") ? path : base + "/" + path)
        default:
            throw ImageError(.invalid, "\(instruction) is not a valid change command")
        }
    }

    /// A command in the list form `["a", "b"]`, else a line for the shell.
    private static func command(_ text: String) -> [String]? {
        if text.isEmpty { return nil }
        return list(text) ?? ["/bin/sh", "-c", text]
    }

    /// A JSON list of strings, or nil where the text is none (Docker then takes it as the shell form).
    private static func list(_ text: String) -> [String]? {
        guard text.hasPrefix("[") else { return nil }
        return try? JSONText.decode([String].self, from: Array(text.utf8))
    }

    /// `name=value` pairs, or the old form `name value with blanks`.
    private static func pairs(
        _ text: String, _ instruction: String
    ) throws(ImageError) -> [(name: String, value: String)] {
        let all = try words(text)
        guard let first = all.first, first.contains("=") else {
            let name = text.prefix { !$0.isWhitespace }
            let value = trimmed(text.dropFirst(name.count))
            guard !value.isEmpty else {
                throw ImageError(.invalid, "\(instruction.uppercased()) must have two arguments")
            }
            return [(String(name), value)]
        }
        var pairs: [(name: String, value: String)] = []
        for word in all {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw ImageError(
                    .invalid, "Syntax error - can't find = in \"\(word)\". Must be of the form: name=value")
            }
            pairs.append((String(word[..<equals]), String(word[word.index(after: equals)...])))
        }
        return pairs
    }

    /// Words parted by blanks; quotes and backslashes as in the shell.
    static func words(_ text: String) throws(ImageError) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                // Between double quotes a backslash is itself, but before a quote, a backslash and a dollar sign.
                if quote == "\"", !"\"\\$".contains(character) { word = (word ?? "") + "\\" }
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let word { words.append(word) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if quote != nil || isEscaped {
            throw ImageError(.invalid, "Syntax error - unexpected end of statement while looking for matching quote")
        }
        if let word { words.append(word) }
        return words
    }

    /// `80`, `53/udp`, `8000-8010/tcp` as Docker keeps them.
    private static func ports(_ text: String) throws(ImageError) -> [String] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let transport = parts.count > 1 ? parts[1].lowercased() : "tcp"
        let range = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard parts.count <= 2, ["tcp", "udp", "sctp"].contains(transport), (1...2).contains(range.count),
            let first = range[0], let last = range[range.count - 1], first > 0, first <= last
        else {
            throw ImageError(.invalid, "invalid containerPort: \(text)")
        }
        return (first...last).map { "\($0)/\(transport)" }
    }

    /// An absolute path without `.`, `..` and doubled slashes.
    private static func clean(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var rest = Substring(text)
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}

extension [String: EmptyObject] {
    fileprivate func adding(_ key: String) -> [String: EmptyObject] {
        merging([key: EmptyObject()]) { $1 }
    }
}
