public import EngineAPI
import Glibc
import SystemCalls

/// Asks the engine over its unix socket: blocking, one request after another, on a connection that is kept.
///
/// The API's version is settled with `HEAD /_ping` before the first request, as Docker's clients do: the older of
/// what both sides speak.
public final class EngineClient {
    /// The newest API version that this client speaks.
    public static let newestVersion = "1.51"

    /// Where the daemon listens.
    public let address: EngineAddress
    /// How many seconds of silence end a reply; nil waits for ever.
    private let patience: Int?
    private var idle: SocketStream?
    private var negotiated: String?

    /// Does not connect yet.
    /// - Parameters:
    ///   - version: an API version to use as it is (`DOCKER_API_VERSION`); nil settles it with the daemon.
    ///   - patience: how many seconds of silence end a reply; nil waits for ever.
    public init(address: EngineAddress, version: String? = nil, patience: Int? = nil) {
        self.address = address
        self.patience = patience
        negotiated = version.map { $0.hasPrefix("v") ? String($0.dropFirst()) : $0 }
    }

    /// The API version that is used; asks the daemon where that is not settled yet.
    public func version() throws(ClientError) -> String {
        if let negotiated { return negotiated }
        let reply = try exchange(EngineRequest("HEAD", "/_ping"), version: nil)
        keep(reply)
        let theirs = reply["api-version"] ?? "1.24"
        let version = EngineClient.older(theirs, EngineClient.newestVersion)
        negotiated = version
        return version
    }

    /// The older of two API versions.
    static func older(_ one: String, _ other: String) -> String {
        let parts = { (text: String) in text.split(separator: ".").map { Int($0) ?? 0 } }
        return parts(one).lexicographicallyPrecedes(parts(other)) ? one : other
    }

    /// Sends a request and reads the reply's head. A status of 400 or more is thrown, with the daemon's words.
    ///
    /// The reply's body must be read to its end before the next request on the same connection; other requests may
    /// be made meanwhile, they use another connection.
    public func send(_ request: EngineRequest) throws(ClientError) -> HTTPResponse {
        let reply = try exchange(request, version: try version())
        if reply.status >= 400 { throw try failure(reply) }
        return reply
    }

    /// Sends a request and reads the whole reply.
    @discardableResult
    public func bytes(_ request: EngineRequest) throws(ClientError) -> [UInt8] {
        let reply = try send(request)
        let bytes = try reply.readAll()
        keep(reply)
        return bytes
    }

    /// Sends a request and parses the reply.
    public func json(_ request: EngineRequest) throws(ClientError) -> JSONValue {
        try JSONValue(parsing: try bytes(request))
    }

    /// Turns a typed value into a request's body.
    public static func body(_ value: some Encodable) throws(ClientError) -> EngineRequest.Body {
        do {
            return .json(try JSONText.encode(value))
        } catch {
            throw .local("cannot write the request: \(error)")
        }
    }

    /// Sends several requests at once, each on a connection of its own, and hands out the replies in their order, or
    /// what went wrong: so that ten containers stop in the time of one.
    public func all(_ requests: [EngineRequest]) -> [Result<HTTPResponse, ClientError>] {
        var replies: [Result<HTTPResponse, ClientError>] = []
        var rest = requests[...]
        while !rest.isEmpty {
            let group = rest.prefix(50)
            rest = rest.dropFirst(group.count)
            let pending = group.map { request in
                Result { () throws(ClientError) in
                    let version = try version()
                    let stream = try SocketStream.connect(to: address)
                    try transmit(request, version: version, on: stream)
                    return stream
                }
            }
            for result in pending {
                replies.append(
                    Result { () throws(ClientError) in
                        let reply = try HTTPResponse(reading: try result.get())
                        if reply.status >= 400 { throw try failure(reply) }
                        return reply
                    })
            }
        }
        return replies
    }

    /// Asks for a raw connection (`Upgrade: tcp`): from the reply on, the stream belongs to the container's process.
    public func hijack(_ request: EngineRequest) throws(ClientError) -> SocketStream {
        var request = request
        request.headers += [("Connection", "Upgrade"), ("Upgrade", "tcp")]
        let version = try version()
        let stream = try SocketStream.connect(to: address)
        try transmit(request, version: version, on: stream)
        let reply = try HTTPResponse(reading: stream)
        if reply.status >= 400 { throw try failure(reply) }
        guard reply.status == 101 || reply.status == 200 else {
            throw ClientError(.transport, "unable to upgrade to tcp, received \(reply.status)")
        }
        return stream
    }

    /// Puts the connection of a finished reply aside for the next request.
    public func keep(_ reply: HTTPResponse) {
        if reply.allowsReuse { idle = reply.stream }
    }

    private func exchange(_ request: EngineRequest, version: String?) throws(ClientError) -> HTTPResponse {
        let stream: SocketStream
        if let kept = idleConnection() {
            stream = kept
        } else {
            stream = try SocketStream.connect(to: address)
            if let patience { stream.setPatience(seconds: patience) }
        }
        try transmit(request, version: version, on: stream)
        return try HTTPResponse(reading: stream, isHead: request.method == "HEAD")
    }

    /// The connection that was kept, unless the daemon has closed it meanwhile: an idle one has nothing to read.
    private func idleConnection() -> SocketStream? {
        guard let kept = idle else { return nil }
        idle = nil
        return kept.hasBuffered || hasInput(kept) ? nil : kept
    }

    private func transmit(_ request: EngineRequest, version: String?, on stream: SocketStream) throws(ClientError) {
        let head = request.head(version: version)
        switch request.body {
        case .none:
            try stream.write(head)
        case .json(let bytes):
            try stream.write(head + bytes)
        case .stream(let source, _):
            try stream.write(head)
            do {
                try sendChunks(of: source, on: stream)
            } catch {
                // A daemon that refuses a body answers before it has read all: its words matter more than ours.
                if error.kind != .transport || !hasInput(stream) { throw error }
            }
        }
    }

    private func sendChunks(of source: SharedFileDescriptor, on stream: SocketStream) throws(ClientError) {
        while true {
            let part: [UInt8]
            do {
                part = try source.withDescriptor { (input) throws(SystemCallError) in try input.read(upTo: 1 << 18) }
            } catch {
                throw .local("cannot read the input: \(error)")
            }
            if part.isEmpty { break }
            // An answer before the end is a refusal: the rest is not wanted.
            if hasInput(stream) { return }
            try stream.write(Array((String(part.count, radix: 16) + "\r\n").utf8) + part + [13, 10])
        }
        try stream.write(Array("0\r\n\r\n".utf8))
    }

    private func hasInput(_ stream: SocketStream) -> Bool {
        var entry = pollfd(fd: stream.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, 0) > 0
    }

    private func failure(_ reply: HTTPResponse) throws(ClientError) -> ClientError {
        let bytes = try reply.readAll()
        keep(reply)
        let text = String(decoding: bytes, as: UTF8.self).trimmingSpaces
        let message = (try? JSONValue(parsing: bytes))?["message"]?.string ?? text
        return ClientError(
            .daemon(status: reply.status),
            "Error response from daemon: " + (message.isEmpty ? "request returned status \(reply.status)" : message))
    }
}
