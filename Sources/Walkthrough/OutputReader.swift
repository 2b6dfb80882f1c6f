import Glibc
import SystemCalls

/// Why a conversation with a program did not go as planned.
public struct ConversationError: Error, Sendable, CustomStringConvertible {
    /// What was waited for, and what came instead.
    public let description: String
}

/// Reads what a program prints, and waits for words in it.
final class OutputReader {
    private let descriptor: SharedFileDescriptor
    private var pending: [UInt8] = []
    private var ended = false

    init(_ descriptor: SharedFileDescriptor) { self.descriptor = descriptor }

    /// Waits until `words` have been printed, and returns everything up to and with them.
    ///
    /// - Parameter seconds: how long at most.
    func read(until words: String, seconds: Int = 10) throws -> String {
        let target = Array(words.utf8)
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            let text = Array(Self.plain(pending).utf8)
            if let end = Self.find(target, in: text) {
                pending = Array(text[end...])
                return String(decoding: text[..<end], as: UTF8.self)
            }
            let left = Self.milliseconds(until: deadline)
            guard left > 0, !ended else {
                let got = String(decoding: text.suffix(600), as: UTF8.self)
                throw ConversationError(
                    description:
                        "'\(words)' did not come within \(seconds) s\(ended ? " (the program ended)" : ""); got: \(got)"
                )
            }
            try readOnce(milliseconds: left)
        }
    }

    /// Everything that is printed until the program ends.
    func readToEnd(seconds: Int = 10) throws -> String {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !ended {
            let left = Self.milliseconds(until: deadline)
            guard left > 0 else { throw ConversationError(description: "the program did not end within \(seconds) s") }
            try readOnce(milliseconds: left)
        }
        defer { pending = [] }
        return Self.plain(pending)
    }

    private func readOnce(milliseconds: Int) throws {
        var wanted = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        guard try check("poll", "", { unsafe poll(&wanted, 1, CInt(milliseconds)) }) > 0 else { return }
        // A terminal whose last program has ended answers EIO.
        let bytes = (try? descriptor.withDescriptor { try $0.read() }) ?? []
        ended = bytes.isEmpty
        pending += bytes
    }

    private static func find(_ words: [UInt8], in text: [UInt8]) -> Int? {
        guard text.count >= words.count else { return nil }
        for start in 0...(text.count - words.count) where text[start..<(start + words.count)].elementsEqual(words) {
            return start + words.count
        }
        return nil
    }

    /// Text without carriage returns and without a terminal's control sequences (ECMA-48: ESC [ … letter). A sequence
    /// of which only the beginning has come yet stays, for the next look.
    static func plain(_ bytes: [UInt8]) -> String {
        var kept: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.first {
            if byte == 0x1b, rest.dropFirst().first == UInt8(ascii: "["),
                let end = rest.dropFirst(2).firstIndex(where: { (0x40...0x7e).contains($0) })
            {
                rest = rest[(end + 1)...]
                continue
            }
            if byte == 0x1b, rest.count < 12 {
                kept += rest
                break
            }
            if byte != 0x0d, byte != 0x07 { kept.append(byte) }
            rest = rest.dropFirst()
        }
        return String(decoding: kept, as: UTF8.self)
    }

    private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int {
        Int((deadline - .now) / .milliseconds(1))
    }
}
