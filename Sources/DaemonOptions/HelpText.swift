/// What `--help` prints.
enum HelpText {
    /// What the daemon is, in one line.
    static let summary = "A container engine for Linux that speaks the Docker Engine API."

    /// The whole text, ended by a newline; every option has its line, in dockerd's layout.
    static var text: String {
        let rows = DaemonOption.supported.map { option in
            let letter = option.letter.map { "-\($0), " } ?? "    "
            let word = option.kind.word
            return ("  \(letter)--\(option.name)" + (word.isEmpty ? "" : " \(word)"), description(option))
        }
        let width = (rows.map(\.0.count).max() ?? 0) + 3
        let lines = rows.map { left, right in
            left + String(repeating: " ", count: width - left.count) + right
        }
        return "\nUsage:  \(DaemonOption.program) [OPTIONS]\n\n\(summary)\n\nOptions:\n" + lines.joined(separator: "\n")
            + "\n"
    }

    private static func description(_ option: DaemonOption) -> String {
        if option.standard.isEmpty { return option.help }
        if case .text("string") = option.kind { return "\(option.help) (default \"\(option.standard)\")" }
        return "\(option.help) (default \(option.standard))"
    }
}
