/// Compares printed text with what is expected, line by line. In an expected line `{hex12}` and `{hex64}` stand for
/// that many hexadecimal digits, `{any}` for anything; spaces at a line's end do not count.
public enum LinePattern {
    /// Whether the text is exactly these lines.
    public static func equal(_ text: String, _ expected: [String]) -> Bool {
        let lines = Self.lines(text)
        return lines.count == expected.count && zip(lines, expected).allSatisfy { matches($0, $1) }
    }

    /// Whether these lines stand one after the other somewhere in the text.
    public static func contains(_ text: String, _ expected: [String]) -> Bool {
        let lines = Self.lines(text)
        guard !expected.isEmpty, lines.count >= expected.count else { return false }
        return (0...(lines.count - expected.count)).contains { start in
            zip(lines[start...], expected).allSatisfy { matches($0, $1) }
        }
    }

    /// The lines of a text without spaces and carriage returns at their ends, and without empty lines at the end.
    public static func lines(_ text: String) -> [String] {
        // By bytes: "\r\n" is one Character, which no split at "\n" finds.
        let blanks = Array(" \r\t".utf8)
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            var line = line
            while let last = line.last, blanks.contains(last) { line.removeLast() }
            return String(decoding: line, as: UTF8.self)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// Whether one line is as expected.
    public static func matches(_ line: String, _ pattern: String) -> Bool {
        match(Array(line.utf8)[...], Array(pattern.utf8)[...])
    }

    private static func match(_ line: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var line = line
        var pattern = pattern
        while let wanted = pattern.first {
            for (token, digits) in [("{hex12}", 12), ("{hex64}", 64)] where pattern.starts(with: token.utf8) {
                let head = line.prefix(digits)
                guard head.count == digits, head.allSatisfy(isHexadecimal) else { return false }
                return match(line.dropFirst(digits), pattern.dropFirst(token.utf8.count))
            }
            if pattern.starts(with: "{any}".utf8) {
                let rest = pattern.dropFirst(5)
                return (line.startIndex...line.endIndex).contains { match(line[$0...], rest) }
            }
            guard line.popFirst() == wanted else { return false }
            pattern.removeFirst()
        }
        return line.isEmpty
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
