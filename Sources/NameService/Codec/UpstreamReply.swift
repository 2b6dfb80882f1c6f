/// What to make of a message that came from a server which was asked.
enum UpstreamReply: Hashable, Sendable {
    /// Not an answer to this question: wait on.
    case ignore
    /// The server cannot help; ask the next.
    case askNext
    /// A reply that repeats the question, for the client as it is.
    case handOn
    /// A bare header with an error code; the client gets the code with its own question.
    case bareError(ResponseCode)

    /// Compares a message with what was sent: QR, id, and the question, letter case aside.
    ///
    /// - Parameters:
    ///   - message: what came.
    ///   - question: what was sent, at least up to the question's end.
    ///   - questionEnd: where its question ends.
    static func judge(_ message: Span<UInt8>, question: Span<UInt8>, questionEnd: Int) -> UpstreamReply {
        guard message.count >= 12, message.number(at: 0) == question.number(at: 0), message[2] & 0xF8 == 0x80 else {
            return .ignore
        }
        let code = UInt16(message[3] & 15)
        if message.number(at: 4) == 0 {
            // Servers that cannot read a question send none back.
            guard message.count == 12 || message.number(at: 6) == 0 else { return .ignore }
            switch ResponseCode(rawValue: code) {
            case .serverFailure, .refused: return .askNext
            case .formatError: return .bareError(.formatError)
            case .notImplemented: return .bareError(.notImplemented)
            default: return .ignore
            }
        }
        guard message.number(at: 4) == 1, message.count >= questionEnd else { return .ignore }
        for index in 12..<questionEnd where lowered(message[index]) != lowered(question[index]) { return .ignore }
        let isFailure = code == ResponseCode.serverFailure.rawValue || code == ResponseCode.refused.rawValue
        return isFailure ? .askNext : .handOn
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }
}
