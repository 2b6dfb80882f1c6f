import EngineAPI
import Glibc
import Logging
import Testing

@testable import EngineHTTP

/// A server on a socket in a directory of its own, gone after the test.
func withServer(
    _ engine: FakeEngine = FakeEngine(), minimum: APIVersion = .oldest, limits: ConnectionLimits = ConnectionLimits(),
    _ body: (String, APIServer) async throws -> Void
) async throws {
    let directory = "/tmp/causeway-http-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try #require(unsafe mkdir(directory, 0o700) == 0)
    defer { _ = unsafe rmdir(directory) }
    let path = directory + "/engine.sock"
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = APIServer(service: engine, logger: logger, version: "0.1.0", minimum: minimum, limits: limits)
    do {
        try await server.listen(on: [.unix(path: path, group: nil, mode: 0o660)])
        try await body(path, server)
    } catch {
        await server.shutdown()
        throw error
    }
    await server.shutdown()
    #expect(unsafe access(path, F_OK) != 0, "the socket's file should be gone")
}

/// Sends one request and reads everything up to the end of the connection.
func exchange(_ path: String, _ request: String) async throws -> String {
    let client = try RawClient(path)
    await client.send(request)
    return String(decoding: await client.readToEnd(), as: UTF8.self)
}

/// Sends one request with a body and reads the reply.
func ask(_ path: String, _ line: String, body: String? = nil) async throws -> (status: Int, head: String, body: String)
{
    var request = "\(line) HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n"
    if let body { request += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
    let reply = try await exchange(path, request + "\r\n" + (body ?? ""))
    let end = try #require(reply.range(of: "\r\n\r\n"))
    let head = String(reply[..<end.lowerBound])
    let status = try #require(Int(head.split(separator: " ")[1]))
    return (status, head, String(reply[end.upperBound...]))
}

/// Waits until something holds, two seconds at most.
func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<200 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}

extension String {
    func range(of text: String) -> Range<String.Index>? { self.ranges(of: text).first }
}
