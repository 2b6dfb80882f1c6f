/// The keys that end the connection and leave the container running, in Docker's notation: `ctrl-p,ctrl-q`, `a`.
public struct DetachKeys: Equatable, Sendable {
    /// What was typed, and whether the sequence is complete.
    public struct Result: Equatable {
        /// The bytes that go to the container.
        public var passed: [UInt8]
        /// Whether the user asked to leave.
        public var detached: Bool
    }

    private let keys: [UInt8]
    private var matched = 0

    /// Docker's own: Ctrl-P, Ctrl-Q.
    public static let standard = DetachKeys(keys: [16, 17])

    private init(keys: [UInt8]) {
        self.keys = keys
    }

    /// Reads Docker's notation; an empty text is Docker's own keys.
    public init(parsing text: String) throws(ClientError) {
        if text.isEmpty {
            self = .standard
            return
        }
        var keys: [UInt8] = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            if name.utf8.count == 1, let byte = name.utf8.first {
                keys.append(byte)
            } else if name.hasPrefix("ctrl-"), name.utf8.count == 6, let byte = name.utf8.last,
                let code = DetachKeys.control(byte)
            {
                keys.append(code)
            } else {
                throw ClientError(.usage, "invalid detach keys (\(text)): Unknown character: '\(name)'")
            }
        }
        self.init(keys: keys)
    }

    private static func control(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 1
        case UInt8(ascii: "@"): 0
        case UInt8(ascii: "["): 27
        case UInt8(ascii: "\\"): 28
        case UInt8(ascii: "]"): 29
        case UInt8(ascii: "^"): 30
        case UInt8(ascii: "_"): 31
        default: nil
        }
    }

    /// Looks at what was typed. Keys that begin the sequence are held back until it is clear that they do not end it.
    public mutating func feed(_ bytes: [UInt8]) -> Result {
        var passed: [UInt8] = []
        for byte in bytes {
            if byte == keys[matched] {
                matched += 1
                if matched == keys.count {
                    matched = 0
                    return Result(passed: passed, detached: true)
                }
                continue
            }
            if matched > 0 {
                passed += keys[..<matched]
                matched = 0
                if byte == keys[0] {
                    matched = 1
                    continue
                }
            }
            passed.append(byte)
        }
        return Result(passed: passed, detached: false)
    }
}
