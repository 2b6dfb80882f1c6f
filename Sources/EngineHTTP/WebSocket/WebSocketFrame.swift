/// Frames of a WebSocket, RFC 6455 section 5.
enum WebSocketFrame {
    /// What a frame is (section 11.8).
    enum Opcode: UInt8 {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        /// Whether it speaks of the connection, and not data.
        var isControl: Bool { rawValue >= 8 }
    }

    /// Why a connection is closed (section 7.4.1).
    enum CloseCode: UInt16 {
        case normal = 1000
        case protocolError = 1002
    }

    /// One whole frame from the server: unmasked.
    static func encode(_ opcode: Opcode, _ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = [0x80 | opcode.rawValue]
        frame.reserveCapacity(payload.count + 10)
        if payload.count < 126 {
            frame.append(UInt8(payload.count))
        } else if payload.count <= Int(UInt16.max) {
            frame += [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        } else {
            frame.append(127)
            for shift in stride(from: 56, through: 0, by: -8) {
                frame.append(UInt8(truncatingIfNeeded: payload.count >> shift))
            }
        }
        return frame + payload
    }

    /// The frame that ends a connection.
    static func close(_ code: CloseCode) -> [UInt8] {
        encode(.close, [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xff)])
    }
}

/// Takes a client's bytes apart into frames, however they are cut. Data is handed on as it comes, so that a frame of
/// any length costs no memory.
struct WebSocketParser {
    /// What a client sent.
    enum Event: Hashable {
        /// A piece of a message.
        case data([UInt8])
        case ping([UInt8])
        case close
        /// The client breaks the rules: unmasked frames, reserved bits, long control frames.
        case violation
    }

    private enum State {
        case head
        case payload(WebSocketFrame.Opcode, left: UInt64)
        case ended
    }

    private var state = State.head
    private var buffer: [UInt8] = []
    private var mask: [UInt8] = []
    private var maskPosition = 0

    /// Takes more bytes.
    mutating func push(_ bytes: [UInt8]) -> [Event] {
        var events: [Event] = []
        buffer += bytes
        var position = 0
        loop: while true {
            switch state {
            case .ended: break loop
            case .head:
                guard let head = Self.head(buffer[position...]) else { break loop }
                guard let opcode = head.opcode else {
                    state = .ended
                    events.append(.violation)
                    break loop
                }
                position += head.length
                mask = head.mask
                maskPosition = 0
                state = .payload(opcode, left: head.payload)
            case .payload(let opcode, let left):
                let available = UInt64(buffer.count - position)
                if opcode.isControl, available < left { break loop }
                let count = Int(min(available, left))
                let piece = unmasked(buffer[position..<position + count])
                position += count
                let rest = left - UInt64(count)
                state = rest == 0 ? .head : .payload(opcode, left: rest)
                switch opcode {
                case .continuation, .text, .binary: if !piece.isEmpty { events.append(.data(piece)) }
                case .ping: events.append(.ping(piece))
                case .pong: break
                case .close:
                    events.append(.close)
                    state = .ended
                }
                if rest > 0 { break loop }
            }
        }
        buffer.removeFirst(position)
        return events
    }

    private mutating func unmasked(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(bytes.count)
        for byte in bytes {
            plain.append(byte ^ mask[maskPosition & 3])
            maskPosition += 1
        }
        return plain
    }

    /// A frame's head; nil where it is not whole yet, without an opcode where it breaks the rules.
    private static func head(
        _ bytes: ArraySlice<UInt8>
    ) -> (opcode: WebSocketFrame.Opcode?, payload: UInt64, mask: [UInt8], length: Int)? {
        guard bytes.count >= 2 else { return nil }
        let first = bytes[bytes.startIndex]
        let second = bytes[bytes.startIndex + 1]
        let bad = (opcode: WebSocketFrame.Opcode?.none, payload: UInt64(0), mask: [UInt8](), length: 0)
        guard first & 0x70 == 0, second & 0x80 != 0, let opcode = WebSocketFrame.Opcode(rawValue: first & 0x0f) else {
            return bad
        }
        let short = second & 0x7f
        if opcode.isControl, short > 125 || first & 0x80 == 0 { return bad }
        let extra = short == 126 ? 2 : short == 127 ? 8 : 0
        guard bytes.count >= 2 + extra + 4 else { return nil }
        let body = bytes.dropFirst(2)
        let length = extra == 0 ? UInt64(short) : body.prefix(extra).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        if length > UInt64(Int64.max) { return bad }
        return (opcode, length, Array(body.dropFirst(extra).prefix(4)), 2 + extra + 4)
    }
}
