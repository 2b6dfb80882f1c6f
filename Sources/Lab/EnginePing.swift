import SystemCalls

/// Asks an engine whether it is there: `GET /_ping` of the Docker Engine API.
enum EnginePing {
    /// Whether the engine behind the socket answers within two seconds.
    static func answers(_ socketPath: String) -> Bool {
        let request = Array("GET /_ping HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n".utf8)
        // An engine that ends in between is an error here, no SIGPIPE.
        guard let descriptor = try? UnixSocket.connect(socketPath, patience: 2),
            case .bytes(request.count) = InternetSocket.send(descriptor.rawValue, request.span),
            let bytes = try? descriptor.read()
        else { return false }
        return String(decoding: bytes, as: UTF8.self).hasPrefix("HTTP/1.1 200")
    }
}
