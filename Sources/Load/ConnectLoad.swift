import Glibc
import SystemCalls

/// One container that is plugged into a network and out of it, on one kept connection.
struct ConnectLoad {
    /// The engine's unix socket.
    var socket: String
    var network: String
    var container: String
    var rounds: Int

    /// Prints a line each round: the time to connect, the time to disconnect.
    func run() throws {
        let connection = try UnixSocket.connect(socket, patience: 10)
        let body = #"{"Container":"\#(container)"}"#
        for _ in 0..<rounds {
            let connect = try post(connection.rawValue, "/networks/\(network)/connect", body)
            print(connect, try post(connection.rawValue, "/networks/\(network)/disconnect", body))
        }
    }

    /// - Returns: microseconds to the whole reply.
    private func post(_ number: CInt, _ path: String, _ body: String) throws -> Int {
        let request = Array(
            ("POST \(path) HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
        var buffer = [UInt8](repeating: 0, count: 4096)
        var reply = HTTPReply()
        let begin = ContinuousClock.now
        guard unsafe send(number, request, request.count, CInt(MSG_NOSIGNAL)) == request.count else {
            throw LoadFailure.broken("the engine closed the connection")
        }
        while true {
            let count = unsafe recv(number, &buffer, buffer.count, 0)
            guard count > 0 else { throw LoadFailure.broken("the engine closed the connection") }
            if try reply.take(buffer.span.extracting(0..<count)) { break }
        }
        return Int((ContinuousClock.now - begin) / .microseconds(1))
    }
}
