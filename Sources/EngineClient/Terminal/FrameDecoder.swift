/// Takes Docker's multiplexed stream apart: frames of an eight-byte head (stream, three zeros, length big-endian) and a
/// payload. Pieces may be cut anywhere. See the API's `POST /containers/{id}/attach`.
public struct FrameDecoder {
    /// Bytes of one stream, in order.
    public struct Piece: Equatable {
        /// 0 standard input (echoed), 1 standard output, 2 standard error, 3 an error of the daemon.
        public var stream: UInt8
        /// What was written.
        public var bytes: [UInt8]
    }

    private var head: [UInt8] = []
    private var stream: UInt8 = 0
    private var left = 0

    /// Starts at the beginning of a frame.
    public init() {}

    /// Whether a frame has begun and not ended.
    public var isInsideFrame: Bool { left > 0 || !head.isEmpty }

    /// Takes bytes in and hands out what belongs to which stream. Payload is not held back until a frame is whole.
    public mutating func feed(_ bytes: [UInt8]) throws(ClientError) -> [Piece] {
        var pieces: [Piece] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if left == 0 {
                let part = rest.prefix(8 - head.count)
                head += part
                rest = rest.dropFirst(part.count)
                if head.count < 8 { break }
                stream = head[0]
                if stream > 3 { throw ClientError(.transport, "unrecognized stream: \(stream)") }
                left = head[4...].reduce(0) { $0 << 8 | Int($1) }
                head = []
                continue
            }
            let part = rest.prefix(left)
            pieces.append(Piece(stream: stream, bytes: Array(part)))
            left -= part.count
            rest = rest.dropFirst(part.count)
        }
        return pieces
    }
}
