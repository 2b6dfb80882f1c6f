import Crypto
import EngineAPI

/// The opening of a WebSocket, RFC 6455 section 4.
enum WebSocketHandshake {
    /// What every server adds to the client's key (section 1.3).
    private static let suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Checks a client's opening.
    ///
    /// - Parameter headers: names in lower case.
    /// - Returns: the value of `Sec-WebSocket-Accept`.
    /// - Throws: 400 where the client does not ask for a WebSocket of version 13.
    static func accept(_ headers: [String: String]) throws(APIError) -> String {
        guard headers["upgrade"]?.lowercased() == "websocket" else {
            throw .badRequest("not a WebSocket opening: the Upgrade field is not 'websocket'")
        }
        guard headers["sec-websocket-version"] == "13" else {
            throw .badRequest("WebSocket version \(headers["sec-websocket-version"] ?? "none"): only 13 is spoken")
        }
        guard let key = headers["sec-websocket-key"], !key.isEmpty else {
            throw .badRequest("not a WebSocket opening: no Sec-WebSocket-Key")
        }
        return base64(Insecure.SHA1.hash(data: Array((key + suffix).utf8)))
    }

    /// RFC 4648 section 4.
    static func base64(_ bytes: some Sequence<UInt8>) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bytes = Array(bytes)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for position in 0..<4 {
                text.append(
                    position <= group.count
                        ? alphabet[Int(word >> UInt32(18 - 6 * position) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
