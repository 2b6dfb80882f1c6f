extension JSONTree {
    /// Parses JSON text (RFC 8259).
    public init(parsing bytes: [UInt8]) throws(ClientError) {
        var reader = Reader(bytes: bytes)
        self = try reader.value(depth: 0)
        reader.skipSpaces()
        if reader.position != bytes.count { throw reader.malformed() }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        func malformed() -> ClientError {
            ClientError(.transport, "the daemon sent no JSON: unexpected byte at \(position)")
        }

        var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        mutating func skipSpaces() {
            while let byte = next, byte == 32 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
        }

        mutating func take(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            position += 1
            return true
        }

        mutating func value(depth: Int) throws(ClientError) -> JSONTree {
            if depth > 200 { throw malformed() }
            skipSpaces()
            switch next {
            case UInt8(ascii: "{"): return try object(depth: depth)
            case UInt8(ascii: "["): return try array(depth: depth)
            case UInt8(ascii: "\""): return .string(try string())
            case UInt8(ascii: "t"): return try word("true", .bool(true))
            case UInt8(ascii: "f"): return try word("false", .bool(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            default: return try number()
            }
        }

        mutating func word(_ text: String, _ value: JSONTree) throws(ClientError) -> JSONTree {
            for byte in text.utf8 where !take(byte) { throw malformed() }
            return value
        }

        mutating func number() throws(ClientError) -> JSONTree {
            let start = position
            while let byte = next,
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
            { position += 1 }
            let text = String(decoding: bytes[start..<position], as: UTF8.self)
            if Double(text) == nil { throw malformed() }
            return .number(text)
        }

        mutating func array(depth: Int) throws(ClientError) -> JSONTree {
            position += 1
            var elements: [JSONTree] = []
            skipSpaces()
            if take(UInt8(ascii: "]")) { return .array([]) }
            while true {
                elements.append(try value(depth: depth + 1))
                skipSpaces()
                if take(UInt8(ascii: "]")) { return .array(elements) }
                if !take(UInt8(ascii: ",")) { throw malformed() }
            }
        }

        mutating func object(depth: Int) throws(ClientError) -> JSONTree {
            position += 1
            var members: [Member] = []
            skipSpaces()
            if take(UInt8(ascii: "}")) { return .object([]) }
            while true {
                skipSpaces()
                guard next == UInt8(ascii: "\"") else { throw malformed() }
                let name = try string()
                skipSpaces()
                if !take(UInt8(ascii: ":")) { throw malformed() }
                members.append(Member(name, try value(depth: depth + 1)))
                skipSpaces()
                if take(UInt8(ascii: "}")) { return .object(members) }
                if !take(UInt8(ascii: ",")) { throw malformed() }
            }
        }

        mutating func string() throws(ClientError) -> String {
            position += 1
            var text: [UInt8] = []
            while let byte = next {
                position += 1
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
                case UInt8(ascii: "\\"): try escape(to: &text)
                default: text.append(byte)
                }
            }
            throw malformed()
        }

        mutating func escape(to text: inout [UInt8]) throws(ClientError) {
            guard let byte = next else { throw malformed() }
            position += 1
            switch byte {
            case UInt8(ascii: "n"): text.append(10)
            case UInt8(ascii: "t"): text.append(9)
            case UInt8(ascii: "r"): text.append(13)
            case UInt8(ascii: "b"): text.append(8)
            case UInt8(ascii: "f"): text.append(12)
            case UInt8(ascii: "u"):
                var code = UInt32(try hexadecimal())
                if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: "\\u".utf8) {
                    position += 2
                    let low = UInt32(try hexadecimal())
                    code = 0x10000 &+ ((code - 0xD800) << 10) &+ (low &- 0xDC00)
                }
                text += String(Character(Unicode.Scalar(code) ?? "\u{FFFD}")).utf8
            default: text.append(byte)
            }
        }

        mutating func hexadecimal() throws(ClientError) -> UInt16 {
            let end = position + 4
            guard end <= bytes.count,
                let value = UInt16(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
            else { throw malformed() }
            position = end
            return value
        }
    }
}
