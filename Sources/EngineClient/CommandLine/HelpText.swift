/// The layout of help texts: that of Docker's command.
enum HelpText {
    /// The lines for options: names in one column, what they do in another, broken at `width` columns.
    static func options(_ flags: [Flag], width: Int = 79) -> String {
        let shown = flags.filter { !$0.isHidden }.sorted { $0.name < $1.name }
        let rows = shown.map { flag in
            let names = flag.letter.map { "  -\($0), --\(flag.name)" } ?? "      --\(flag.name)"
            return (
                names: names + (flag.valueName.isEmpty ? "" : " " + flag.valueName),
                text: flag.help + (flag.shownDefault.map { " (default \($0))" } ?? "")
            )
        }
        let widest = rows.map(\.names.count).max() ?? 0
        let indent = widest + 3
        return rows.map { row in
            row.names + String(repeating: " ", count: indent - row.names.count)
                + wrap(row.text, indent: indent, width: width) + "\n"
        }.joined()
    }

    /// Breaks `text` so that no line goes beyond `width`, short words at the end excepted.
    static func wrap(_ text: String, indent: Int, width: Int) -> String {
        var indent = indent
        var room = width - indent
        var result = ""
        let lineBreak = { "\n" + String(repeating: " ", count: indent) }
        if room < 24 {
            indent = 16
            room = width - indent
            result = lineBreak()
        }
        let slop = 5
        room -= slop
        var rest = Array(text.utf8)
        var isFirst = true
        while isFirst || !rest.isEmpty {
            let (line, remainder) = cut(rest, room, slop)
            if !isFirst { result += lineBreak() }
            result += String(decoding: line, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                .joined(separator: lineBreak())
            rest = remainder
            isFirst = false
        }
        return result
    }

    /// The first line of `text` and what is left.
    private static func cut(_ text: [UInt8], _ room: Int, _ slop: Int) -> ([UInt8], [UInt8]) {
        if room + slop > text.count { return (text, []) }
        let head = text[..<room]
        guard let space = head.lastIndex(where: { $0 == 32 || $0 == 9 || $0 == 10 }), space > 0 else {
            return (text, [])
        }
        if let lineFeed = head.lastIndex(of: 10), lineFeed > 0, lineFeed < space {
            return (Array(text[..<lineFeed]), Array(text[(lineFeed + 1)...]))
        }
        return (Array(text[..<space]), Array(text[(space + 1)...]))
    }

    /// Names and what they mean in two columns.
    static func table(_ rows: [(String, String)]) -> String {
        let widest = max(11, rows.map(\.0.count).max() ?? 0)
        return rows.map { "  \($0)" + String(repeating: " ", count: widest - $0.count) + " \($1)\n" }.joined()
    }
}
