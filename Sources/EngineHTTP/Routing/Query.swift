import EngineAPI

/// The part of a request's target behind the question mark.
struct Query: Sendable {
    private let pairs: [(name: String, value: String)]

    init(_ text: some StringProtocol) {
        pairs = text.split(separator: "&").map { pair in
            guard let separator = pair.firstIndex(of: "=") else { return (Percent.decode(pair, plusIsSpace: true), "") }
            return (
                Percent.decode(pair[..<separator], plusIsSpace: true),
                Percent.decode(pair[pair.index(after: separator)...], plusIsSpace: true)
            )
        }
    }

    /// The first value of that name; nil where there is none.
    subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// The first value of that name; nil where there is none or it is empty.
    func text(_ name: String) -> String? {
        guard let value = self[name], !value.isEmpty else { return nil }
        return value
    }

    /// All values of that name.
    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// A switch; off where it is left out.
    func flag(_ name: String) -> Bool { QueryFlag.value(self[name]) }

    /// A whole number; nil where it is left out or empty. Anything else is refused in Go's words.
    func integer(_ name: String) throws(APIError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text) else {
            throw .badRequest("strconv.Atoi: parsing \"\(text)\": invalid syntax")
        }
        return number
    }

    /// A time, RFC 3339 or Unix seconds; nil where it is left out or empty. Anything else is a 500, as with Docker.
    func time(_ name: String) throws(APIError) -> Timestamp? {
        guard let text = text(name) else { return nil }
        guard let time = Timestamp(text) else {
            throw .internalFailure("strconv.ParseInt: parsing \"\(text)\": invalid syntax")
        }
        return time
    }

    /// The `filters`.
    func filters() throws(APIError) -> Filters { try Filters(query: self["filters"]) }
}

/// Percent-encoding, RFC 3986 section 2.1.
enum Percent {
    /// Decodes `%XX`; a broken escape stays as it is.
    static func decode(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String {
        let bytes = Array(text.utf8)
        guard bytes.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else { return String(text) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "%"), position + 2 < bytes.count, let high = digit(bytes[position + 1]),
                let low = digit(bytes[position + 2])
            {
                decoded.append(high << 4 | low)
                position += 3
                continue
            }
            decoded.append(byte == UInt8(ascii: "+") && plusIsSpace ? UInt8(ascii: " ") : byte)
            position += 1
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
