import EngineAPI
import Glibc
import SystemCalls
import Testing

@testable import EngineClient

/// Two ends of a connection: what the client reads from, and where a test plays the daemon.
private func pair() throws -> (client: SocketStream, daemon: SocketStream) {
    var numbers: [CInt] = [-1, -1]
    try check("socketpair") { unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &numbers) }
    let ends = numbers.map { SocketStream(SharedFileDescriptor(FileDescriptor(owning: $0))) }
    return (ends[0], ends[1])
}

/// The reply that `text` makes, with the connection closed behind it.
private func reply(_ text: String, isHead: Bool = false) throws -> HTTPResponse {
    let (client, daemon) = try pair()
    try daemon.write(Array(text.utf8))
    daemon.finishWriting()
    return try HTTPResponse(reading: client, isHead: isHead)
}

@Suite("HTTP replies")
struct HTTPResponseTests {
    @Test("a body of known length ends there, and the connection can be used again")
    func fixedLength() throws {
        let reply = try reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nApi-Version: 1.51\r\n\r\nhelloHTTP")
        #expect(reply.status == 200)
        #expect(reply["api-version"] == "1.51")
        #expect(!reply.allowsReuse)
        #expect(try reply.readAll() == Array("hello".utf8))
        #expect(reply.allowsReuse)
    }

    @Test("chunks are joined, extensions and trailers skipped")
    func chunked() throws {
        let reply = try reply(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n")
        #expect(try reply.readAll() == Array("abc0123456789".utf8))
        #expect(reply.allowsReuse)
    }

    @Test("lines arrive one by one whatever the chunks")
    func lines() throws {
        let reply = try reply(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n6\r\n:1}\r\n{\r\n2\r\n}\n\r\n0\r\n\r\n"
        )
        var lines: [String] = []
        try reply.forEachLine { lines.append(String(decoding: $0, as: UTF8.self)) }
        #expect(lines == ["{\"a\":1}", "{}"])
    }

    @Test("without a length the body ends with the connection")
    func untilClose() throws {
        let reply = try reply("HTTP/1.0 200 OK\r\n\r\nall of it")
        #expect(try reply.readAll() == Array("all of it".utf8))
    }

    @Test("HEAD, 204 and 304 have no body")
    func noBody() throws {
        #expect(try reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", isHead: true).isFinished)
        #expect(try reply("HTTP/1.1 204 No Content\r\n\r\n").isFinished)
        #expect(try reply("HTTP/1.1 304 Not Modified\r\n\r\n").isFinished)
    }

    @Test(
        "what is cut or no HTTP is refused",
        arguments: [
            "", "hello\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ])
    func malformed(text: String) throws {
        #expect(throws: ClientError.self) { try reply(text).readAll() }
    }

    @Test("after 101 the stream goes on with what came in the same packet")
    func upgrade() throws {
        let reply = try reply("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nraw bytes")
        #expect(try reply.stream.read() == Array("raw bytes".utf8))
    }
}

@Suite("HTTP requests")
struct EngineRequestTests {
    private func head(_ request: EngineRequest) -> String {
        String(decoding: request.head(version: "1.51"), as: UTF8.self)
    }

    @Test("the query is escaped, the version leads the path")
    func query() {
        let request = EngineRequest(
            "GET", "/containers/json", query: [("all", "1"), ("filters", "{\"name\":{\"a b\":true}}")])
        #expect(
            head(request).hasPrefix(
                "GET /v1.51/containers/json?all=1&filters=%7B%22name%22%3A%7B%22a%20b%22%3Atrue%7D%7D HTTP/1.1\r\n"))
    }

    @Test("image names keep their slashes")
    func imageName() {
        #expect(EngineRequest.escape("a.b/c:d", keepingSlashes: true) == "a.b/c:d")
        #expect(EngineRequest.escape("../x") == "..%2Fx")
    }

    @Test("a POST without a body says so")
    func emptyBody() {
        #expect(head(EngineRequest("POST", "/x")).contains("\r\nContent-Length: 0\r\n"))
        #expect(!head(EngineRequest("GET", "/x")).contains("Content-Length"))
    }

    @Test(
        "the older API version wins",
        arguments: [("1.41", "1.51", "1.41"), ("1.52", "1.51", "1.51"), ("1.9", "1.51", "1.9")])
    func versions(theirs: String, ours: String, expected: String) {
        #expect(EngineClient.older(theirs, ours) == expected)
    }
}

@Suite("Where the daemon is")
struct EngineAddressTests {
    private func resolve(_ host: String?, _ variables: [String: String] = [:], context: String? = nil) throws -> String
    {
        try EngineAddress(host: host, context: context) { variables[$0] }.socketPath
    }

    @Test("the option comes before CAUSEWAY_HOST, that before DOCKER_HOST")
    func order() throws {
        let variables = ["CAUSEWAY_HOST": "unix:///c", "DOCKER_HOST": "unix:///d"]
        #expect(try resolve("unix:///o", variables) == "/o")
        #expect(try resolve(nil, variables) == "/c")
        #expect(try resolve(nil, ["DOCKER_HOST": "unix:///d"]) == "/d")
        #expect(try resolve(nil) == "/var/run/docker.sock")
        #expect(try resolve(nil, variables, context: "default") == "/var/run/docker.sock")
    }

    @Test("what is no unix socket is refused with words", arguments: ["tcp://127.0.0.1:2375", "ssh://x", "nonsense"])
    func refused(host: String) {
        #expect(throws: ClientError.self) { try resolve(host) }
    }

    @Test("nobody listening is said in Docker's words")
    func unreachable() {
        let client = EngineClient(address: EngineAddress(socketPath: "/nonexistent/engine.sock"))
        let error = #expect(throws: ClientError.self) { try client.version() }
        #expect(
            error?.message
                == "Cannot connect to the Docker daemon at unix:///nonexistent/engine.sock. Is causewayd running?")
    }
}
