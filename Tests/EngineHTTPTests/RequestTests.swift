import EngineAPI
import Glibc
import Testing

@testable import EngineHTTP

@Suite struct RequestTests {
    @Test func pingTellsWhatClientsAskFor() async throws {
        try await withServer { (path, _) async throws in
            let reply = try await ask(path, "GET /_ping")
            #expect(reply.status == 200 && reply.body == "OK")
            for field in [
                "Api-Version: 1.51", "Docker-Experimental: false", "Ostype: linux", "Server: Causeway/0.1.0 (linux)",
                "Builder-Version: 1", "Swarm: inactive", "Pragma: no-cache", "Content-Length: 2",
                "Cache-Control: no-cache, no-store, must-revalidate", "Content-Type: text/plain; charset=utf-8",
            ] { #expect(reply.head.contains("\r\n\(field)"), "\(field)") }
            let head = try await ask(path, "HEAD /_ping")
            #expect(head.status == 200 && head.body.isEmpty && head.head.contains("Content-Length: 0"))
        }
    }

    @Test(arguments: [
        ("GET /nosuch", 404, #"{"message":"page not found"}"#),
        ("PATCH /containers/json", 404, #"{"message":"page not found"}"#),
        ("GET /containers/nosuch/json", 404, #"{"message":"No such container: nosuch"}"#),
        ("GET /v1.51/containers/nosuch/json", 404, #"{"message":"No such container: nosuch"}"#),
        ("GET /containers/json?filters=%7Bbad", 400, #"{"message":"invalid filter"}"#),
        ("GET /containers/json?filters=%7B%22x%22%3A%5B%22a%22%5D%7D", 400, #"{"message":"invalid filter 'x'"}"#),
        ("GET /containers/json?limit=a", 400, #"{"message":"strconv.Atoi: parsing \"a\": invalid syntax"}"#),
        ("POST /containers/red/resize?h=a&w=1", 400, #"{"message":"invalid resize height \"a\": invalid syntax"}"#),
        ("POST /containers/red/wait?condition=foo", 400, #"{"message":"invalid condition: \"foo\""}"#),
        ("GET /containers/red/logs", 400, #"{"message":"Bad parameters: you must choose at least one stream"}"#),
        ("POST /containers/red/rename?name=", 400, #"{"message":"Neither old nor new names may be empty"}"#),
        ("GET /events?since=bad", 500, #"{"message":"strconv.ParseInt: parsing \"bad\": invalid syntax"}"#),
        ("POST /swarm/leave?force=1", 503, #"{"message":"This node is not part of a swarm"}"#),
        ("GET /networks/nosuch", 404, #"{"message":"network nosuch not found"}"#),
        ("POST /build", 501, #"{"message":"POST /build is not built yet in this version of Causeway"}"#),
        (
            "GET /v1.99/version", 400,
            #"{"message":"client version 1.99 is too new. Maximum supported API version is 1.51"}"#
        ),
        (
            "GET /v1.10/version", 400,
            #"{"message":"client version 1.10 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version"}"#
        ),
    ])
    func refusals(_ line: String, _ status: Int, _ body: String) async throws {
        try await withServer { (path, _) async throws in
            let reply = try await ask(path, line)
            #expect(reply.status == status)
            #expect(reply.body == body + "\n")
            #expect(reply.head.contains("\r\nContent-Type: application/json\r\n"))
        }
    }

    @Test func queriesAndStatuses() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            #expect(try await ask(path, "GET /plugins").body == "[]\n")
            #expect(try await ask(path, "GET /volumes").body.contains("\"Name\":\"data\""))
            #expect(try await ask(path, "POST /containers/x/start").status == 204)
            #expect(try await ask(path, "POST /containers/running/start").status == 304)
            #expect(try await ask(path, "POST /containers/x/stop?t=-1&signal=SIGINT").status == 204)
            #expect(try await ask(path, "DELETE /containers/x?force=True&v=0").status == 204)
            #expect(try await ask(path, "POST /containers/x/resize?h=40&w=132").status == 200)
            #expect(
                try await ask(
                    path, "GET /v1.24/containers/json?all=1&limit=3&filters=%7B%22label%22:%7B%22a=b%22:true%7D%7D"
                )
                .body.hasPrefix(#"[{"Id":"abc","Names":["/red"]"#))
            #expect(try await ask(path, "GET /images/docker.io/library/busybox:1/json").status == 200)
            #expect(try await ask(path, "GET /images/a%2Fb%3Ac/json").status == 200)
            #expect(
                engine.calls == [
                    "stop x SIGINT -1", "remove force=true v=false", "resize 40x132",
                    "list all=true limit=3 size=false [\"a=b\"]", "image docker.io/library/busybox:1", "image a/b:c",
                ])
        }
    }

    @Test func versionsOfTheAPIThatAreTaken() async throws {
        try await withServer(minimum: .minimum) { (path, _) async throws in
            for version in ["1.44", "1.47", "1.51"] {
                #expect(try await ask(path, "GET /v\(version)/_ping").status == 200)
            }
            let old = try await ask(path, "GET /v1.43/containers/json")
            #expect(
                old.status == 400
                    && old.body.hasPrefix(
                        #"{"message":"client version 1.43 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version"}"#
                    ))
            #expect(old.head.contains("Api-Version: 1.51"))
            let new = try await ask(path, "GET /v1.52/_ping")
            #expect(
                new.status == 400
                    && new.body.contains("client version 1.52 is too new. Maximum supported API version is 1.51"))
        }
    }

    @Test func createReadsItsBody() async throws {
        try await withServer { (path, _) async throws in
            let made = try await ask(path, "POST /containers/create?name=red", body: #"{"Image":"busybox"}"#)
            #expect(made.status == 201 && made.body == "{\"Id\":\"abc\",\"Warnings\":[]}\n")
            let empty = try await ask(path, "POST /containers/create", body: "{}")
            #expect(empty.status == 400)
            #expect(empty.body.contains("config cannot be empty in order to create a container"))
            let bad = try await ask(path, "POST /containers/create", body: "{bad")
            #expect(bad.status == 400 && bad.body.contains("invalid character 'b' looking for beginning of object"))
            let absent = try await ask(path, "POST /containers/create", body: #"{"Image":"nosuch"}"#)
            #expect(absent.status == 404)
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withServer { (path, _) async throws in
            let get = "GET /containers/red/json HTTP/1.1\r\nHost: e\r\n\r\n"
            let reply = try await exchange(
                path,
                get + "GET /_ping HTTP/1.1\r\nHost: e\r\n\r\n" + get
                    + "GET /nosuch HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n")
            let statuses = reply.ranges(of: "HTTP/1.1 ").map { String(reply[$0.upperBound...].prefix(3)) }
            #expect(statuses == ["200", "200", "200", "404"])
            let ping = try #require(reply.ranges(of: "OK\r\n").dropFirst().first).lowerBound
            let inspect = try #require(reply.ranges(of: "\"Id\":\"abc\"").first).lowerBound
            #expect(ping > inspect)
        }
    }

    @Test func httpOneZeroCloses() async throws {
        try await withServer { (path, _) async throws in
            let reply = try await exchange(path, "GET /events?until=5 HTTP/1.0\r\n\r\n")
            #expect(reply.contains("Connection: close") && !reply.contains("chunked"))
            #expect(reply.hasSuffix("\"timeNano\":2}\n"))
        }
    }

    @Test func theRouteTableIsWhole() {
        let all = RouteSummary.all
        #expect(all.count > 90)
        #expect(Set(all.map { "\($0.method) \($0.path)" }).count == all.count)
        #expect(all.contains { $0.path == "/images/load" && $0.state == .served })
        #expect(all.contains { $0.path == "/nodes" && $0.state == .refused })
        #expect(all.allSatisfy { !$0.summary.isEmpty })
    }
}
