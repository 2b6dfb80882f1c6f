/// Sets tab-separated text in columns by the rules of Go's `text/tabwriter`, which Docker's tables use: a cell ends
/// with a tab, and a column is a block of cells in lines that follow one another.
public enum TabWriter {
    /// Aligns `text`.
    /// - Parameters:
    ///   - minimumWidth: the least width of a column, padding included.
    ///   - padding: spaces after the widest cell of a column.
    public static func align(_ text: String, minimumWidth: Int = 10, padding: Int = 3) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        // The text after the last line feed is a line only where there is some.
        let endsWithLineFeed = lines.last == [""]
        if endsWithLineFeed { lines.removeLast() }
        var widths: [[Int]] = lines.map { _ in [] }
        layOut(lines, &widths, column: 0, from: 0, to: lines.count, minimumWidth, padding)
        var result = ""
        for (index, cells) in lines.enumerated() {
            for (column, cell) in cells.enumerated() {
                result += cell
                if column < cells.count - 1 {
                    result += String(repeating: " ", count: max(0, widths[index][column] - width(of: cell)))
                }
            }
            if endsWithLineFeed || index < lines.count - 1 { result += "\n" }
        }
        return result
    }

    /// Width of a cell, a character a column.
    private static func width(of cell: String) -> Int { cell.unicodeScalars.count }

    /// Settles the widths of `column` and those to its right for a range of lines.
    private static func layOut(
        _ lines: [[String]], _ widths: inout [[Int]], column: Int, from start: Int, to end: Int, _ minimumWidth: Int,
        _ padding: Int
    ) {
        var line = start
        while line < end {
            guard column < lines[line].count - 1 else {
                line += 1
                continue
            }
            var last = line
            var width = minimumWidth
            var hasText = false
            while last < end, column < lines[last].count - 1 {
                let cell = TabWriter.width(of: lines[last][column])
                if cell > 0 { hasText = true }
                width = max(width, cell + padding)
                last += 1
            }
            if !hasText, minimumWidth == 0 { width = 0 }
            for index in line..<last { widths[index].append(width) }
            layOut(lines, &widths, column: column + 1, from: line, to: last, minimumWidth, padding)
            line = last
        }
    }
}
