/// JSON text as it grows, and what is open in it. A structure of its own, so that one step is one access to it.
struct JSONOutput {
    private struct Level {
        var isObject: Bool
        var isEmpty = true
    }

    private(set) var bytes: [UInt8] = []
    private var levels: [Level] = []
    private let pretty: Bool

    init(pretty: Bool) {
        self.pretty = pretty
        bytes.reserveCapacity(512)
    }

    /// How many objects and lists are open.
    var depth: Int { levels.count }

    // MARK: Values

    mutating func write(_ flag: Bool) { writeText(flag ? "true" : "false") }

    mutating func writeNull() { writeText("null") }

    /// Writes text that is JSON already.
    mutating func writeText(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func write(_ time: Timestamp) {
        bytes.append(UInt8(ascii: "\""))
        time.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func write(_ number: Int64) {
        if (0...9).contains(number) {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number))
            return
        }
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        var magnitude = number.magnitude
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10))
            magnitude /= 10
        } while magnitude > 0
        bytes[start...].reverse()
    }

    mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        if Self.isPlain(text) {
            bytes.append(contentsOf: text.utf8)
        } else {
            for scalar in text.unicodeScalars { writeEscaped(scalar) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether nothing in the text needs an escape. 0xE2 begins the two line separators that Go escapes.
    private static func isPlain(_ text: String) -> Bool {
        let span = text.utf8.span
        for position in span.indices {
            let byte = span[position]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0xE2 { return false }
        }
        return true
    }

    private mutating func writeEscaped(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": writeText("\\\"")
        case "\\": writeText("\\\\")
        case "\n": writeText("\\n")
        case "\r": writeText("\\r")
        case "\t": writeText("\\t")
        case "\u{8}": writeText("\\b")
        case "\u{c}": writeText("\\f")
        case "\u{2028}": writeText("\\u2028")
        case "\u{2029}": writeText("\\u2029")
        case "\0"..<" ": writeText((scalar.value < 16 ? "\\u000" : "\\u00") + String(scalar.value, radix: 16))
        default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    // MARK: Objects and lists

    /// Opens an object or a list, `depth` deep; again, where one is open there already.
    mutating func open(object: Bool, at depth: Int) {
        if levels.count > depth, levels[depth].isObject == object {
            close(to: depth + 1)
        } else {
            begin(object: object)
        }
    }

    /// Opens an object or a list where a value is due.
    mutating func begin(object: Bool) {
        bytes.append(UInt8(ascii: object ? "{" : "["))
        levels.append(Level(isObject: object))
    }

    /// Gets ready for a member's value, in the object `depth` deep.
    mutating func member(_ name: String, at depth: Int) {
        element(at: depth)
        write(name)
        bytes.append(UInt8(ascii: ":"))
        if pretty { bytes.append(UInt8(ascii: " ")) }
    }

    /// Gets ready for an element, in the list `depth` deep.
    mutating func element(at depth: Int) {
        close(to: depth)
        if levels[depth - 1].isEmpty {
            levels[depth - 1].isEmpty = false
        } else {
            bytes.append(UInt8(ascii: ","))
        }
        if pretty { breakLine() }
    }

    /// Closes what lies deeper than that.
    mutating func close(to depth: Int) {
        while levels.count > depth, let level = levels.popLast() {
            if pretty, !level.isEmpty { breakLine() }
            bytes.append(UInt8(ascii: level.isObject ? "}" : "]"))
        }
    }

    private mutating func breakLine() {
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 4 * levels.count))
    }
}
