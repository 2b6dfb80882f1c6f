/// The keys that let a client go while the process runs on, as `--detach-keys` takes them: names separated by commas,
/// each a single character or `ctrl-` and one of `a` to `z`, `@`, `[`, `\`, `]`, `^`, `_`.
public struct DetachKeys: Hashable, Sendable {
    /// The bytes that a terminal sends for the keys, at least one.
    public let sequence: [UInt8]

    /// Docker's own: `ctrl-p,ctrl-q`.
    public static let standard = DetachKeys(sequence: [0x10, 0x11])

    private init(sequence: [UInt8]) {
        self.sequence = sequence
    }

    /// Reads Docker's notation.
    ///
    /// - Throws: `RuntimeError` of kind `invalid`, in Docker's words.
    public init(parsing text: String) throws(RuntimeError) {
        var bytes: [UInt8] = []
        for key in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let byte = Self.byte(of: key) else {
                throw RuntimeError("Invalid detach keys (\(text)) provided", kind: .invalid)
            }
            bytes.append(byte)
        }
        self.init(sequence: bytes)
    }

    private static func byte(of key: Substring) -> UInt8? {
        let utf8 = Array(key.utf8)
        if utf8.count == 1 { return utf8[0] }
        guard key.hasPrefix("ctrl-"), utf8.count == 6, let last = utf8.last else { return nil }
        switch last {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return last - UInt8(ascii: "a") + 1
        case UInt8(ascii: "@"): return 0
        case UInt8(ascii: "[")...UInt8(ascii: "_"): return last - UInt8(ascii: "@")
        default: return nil
        }
    }
}

/// Looks for detach keys in a stream of input. A pure value: feed it the input piece by piece.
public struct DetachKeysFilter: Sendable {
    private let sequence: [UInt8]
    /// How many keys of the sequence have been seen and are held back.
    private var matched = 0

    /// Starts with nothing seen.
    public init(_ keys: DetachKeys) {
        sequence = keys.sequence
    }

    /// Takes the next input.
    ///
    /// - Returns: what the process is to get (keys of a sequence that is not complete yet are held back, and come
    ///   out once it turns out to be something else), and whether the sequence is complete. What comes after it
    ///   is dropped.
    public mutating func filter(_ input: [UInt8]) -> (passed: [UInt8], detached: Bool) {
        var passed: [UInt8] = []
        passed.reserveCapacity(input.count)
        for byte in input {
            // What is held back and this byte: as much of its end as may begin the sequence stays held back.
            let pending = sequence[..<matched] + [byte]
            let kept = (0...pending.count).first { sequence.starts(with: pending.dropFirst($0)) } ?? pending.count
            passed += pending.prefix(kept)
            matched = pending.count - kept
            if matched == sequence.count {
                matched = 0
                return (passed, true)
            }
        }
        return (passed, false)
    }
}
