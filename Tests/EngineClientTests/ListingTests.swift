import EngineAPI
import Testing

@testable import EngineClient

private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

private let containers = """
    [{"Id":"dad7b7094a48e5f1dad7b7094a48e5f1dad7b7094a48e5f1dad7b7094a48e5f1","Names":["/blue"],"Image":"busybox",
      "ImageID":"sha256:ea41f8c807a3","Command":"sh","Created":1000048,"Ports":[],"State":"running","Labels":{},
      "Status":"Up 5 seconds","NetworkSettings":{"Networks":{"bridge":{}}},"Mounts":[]},
     {"Id":"83f83cfc4b9b0a1b83f83cfc4b9b0a1b83f83cfc4b9b0a1b83f83cfc4b9b0a1b","Names":["/red"],
      "Image":"docker.io/library/busybox:1","ImageID":"sha256:ea41f8c807a3","Command":"sh -c true",
      "Created":1000000,"Ports":[{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}],
      "State":"running","Labels":{"a.b-c":"v"},
      "Status":"Up 53 seconds","SizeRootFs":1984172}]
    """

@Suite("Tables")
struct ListingTests {
    @Test("ps prints what the walkthrough shows")
    func containerTable() throws {
        let rows = ContainerListing.rows(try json(containers), truncated: true, now: 1_000_053)
        #expect(
            try ContainerListing.format(size: false).render(rows) == """
                CONTAINER ID   IMAGE       COMMAND        CREATED          STATUS          PORTS                  NAMES
                dad7b7094a48   busybox     "sh"           5 seconds ago    Up 5 seconds                           blue
                83f83cfc4b9b   busybox:1   "sh -c true"   53 seconds ago   Up 53 seconds   0.0.0.0:8080->80/tcp   red

                """)
        #expect(try ContainerListing.format(size: false).render(rows, isQuiet: true) == "dad7b7094a48\n83f83cfc4b9b\n")
    }

    @Test("templates, tables of templates, JSON")
    func formats() throws {
        let rows = ContainerListing.rows(try json(containers), truncated: true, now: 1_000_053)
        let format = ContainerListing.format(size: false)
        #expect(
            try format.render(rows, format: "{{.Names}}: {{.Status}}") == "blue: Up 5 seconds\nred: Up 53 seconds\n")
        #expect(
            try format.render(rows, format: "table {{.Names | upper}}\\t{{.Label \"a.b-c\"}}\\t{{.Size}}") == """
                NAMES     b c       SIZE
                BLUE                0B
                RED       v         0B (virtual 1.98MB)

                """)
        let line = try format.render(rows, format: "json").split(separator: "\n").first
        #expect(line?.hasPrefix("{\"Command\":\"\\\"sh\\\"\",\"CreatedAt\":\"1970-01-12 ") == true)
        #expect(try format.render(rows, format: "json").contains("0.0.0.0:8080-\\u003e80/tcp"))
        #expect(throws: ClientError.self) { try format.render(rows, format: "{{.Foo}}") }
        #expect(throws: ClientError.self) { try format.render([], format: "{{.Foo") }
    }

    @Test("neighbouring ports share a range, long commands are cut")
    func details() throws {
        let ports = try json(
            """
            [{"PrivatePort":444,"Type":"tcp"},{"PrivatePort":443,"Type":"tcp"},{"PrivatePort":53,"Type":"udp"},
             {"IP":"::","PrivatePort":80,"PublicPort":8080,"Type":"tcp"},
             {"IP":"0.0.0.0","PrivatePort":81,"PublicPort":81,"Type":"tcp"}]
            """)
        #expect(PortListing.text(ports.elements) == "53/udp, 0.0.0.0:81->81/tcp, 443-444/tcp, [::]:8080->80/tcp")
        #expect(Shortened.text("sh -c 'while true; do :; done'", width: 20) == "sh -c 'while true; …")
        #expect(Shortened.quoted("a\"b\n") == #""a\"b\n""#)
    }

    @Test("an empty list still has its header")
    func empty() throws {
        #expect(
            try ContainerListing.format(size: false).render([])
                == "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n")
    }

    @Test("network ls prints what the walkthrough shows")
    func networkTable() throws {
        let reply = try json(
            """
            [{"Name":"none","Id":"bfe581bee6a5aaaa","Scope":"local","Driver":"null"},
             {"Name":"bridge","Id":"e9f8463dc960aaaa","Scope":"local","Driver":"bridge"},
             {"Name":"host","Id":"ba45e28be887aaaa","Scope":"local","Driver":"host"}]
            """)
        #expect(
            try NetworkListing.format.render(NetworkListing.rows(reply, truncated: true)) == """
                NETWORK ID     NAME      DRIVER    SCOPE
                e9f8463dc960   bridge    bridge    local
                ba45e28be887   host      host      local
                bfe581bee6a5   none      null      local

                """)
    }

    @Test("images: a row for each tag, <none> for what has none")
    func imageTable() throws {
        let reply = try json(
            """
            [{"Id":"sha256:ea41f8c807a34eef0ec9","RepoTags":["busybox:latest","r.example:5000/a/b:1"],"RepoDigests":[],
              "Created":1000000,"Size":1984172},
             {"Id":"sha256:1111111111112222","RepoTags":[],"RepoDigests":[],"Created":913600,"Size":0}]
            """)
        let rows = ImageListing.rows(reply, truncated: true, digests: false, now: 1_000_000 + 3600 * 3)
        #expect(
            try ImageListing.format(digests: false).render(rows) == """
                REPOSITORY           TAG       IMAGE ID       CREATED        SIZE
                busybox              latest    ea41f8c807a3   3 hours ago    1.98MB
                r.example:5000/a/b   1         ea41f8c807a3   3 hours ago    1.98MB
                <none>               <none>    111111111111   27 hours ago   0B

                """)
    }

    @Test("events in one line")
    func events() throws {
        let event = try json(
            """
            {"Type":"container","Action":"start","Actor":{"ID":"ef02","Attributes":{"name":"red","image":"busybox"}},
             "time":1795449554,"timeNano":1795449554861705424}
            """)
        #expect(EventText.line(event).hasSuffix(".861705424Z container start ef02 (image=busybox, name=red)"))
    }

    @Test("filters are sent as Docker sends them")
    func filters() throws {
        let parsed = try ParsedArguments(
            ["-f", "name=red", "--filter", "label=a=b", "-f", "name=blue"], flags: [FilterOptions.flag()],
            interspersed: true)
        #expect(
            FilterOptions.query(parsed) == #"{"name":{"red":true,"blue":true},"label":{"a=b":true}}"#)
    }
}

@Suite("Image names")
struct ImageNameTests {
    @Test(
        "names that are none",
        arguments: [
            ("UPPER", "invalid reference format: repository name (library/UPPER) must be lowercase"),
            ("a:b:c", "invalid reference format"), ("bad//ref", "invalid reference format"),
            ("a..b", "invalid reference format"), ("-a", "invalid reference format"),
            ("a:", "invalid reference format"),
            ("a@sha256:xyz", "invalid reference format"), ("", "invalid reference format"),
        ])
    func refused(text: String, message: String) {
        #expect(throws: ValueError(message)) { try ImageName(checking: text) }
    }

    @Test(
        "names that are fine", arguments: ["busybox", "a/b_c__d-e--f.g:1.2-3_x", "r.example:5000/x/y", "localhost/a"])
    func accepted(text: String) throws {
        #expect(try ImageName(checking: text) == ImageName(text))
    }

    @Test(
        "familiar names",
        arguments: [
            ("busybox", "docker.io", "library/busybox", "busybox:latest"),
            ("a/b:1", "docker.io", "a/b", "a/b:1"),
            ("localhost/x", "localhost", "x", "localhost/x:latest"),
            ("r.example:5000/x/y:t", "r.example:5000", "x/y", "r.example:5000/x/y:t"),
            ("x@sha256:ab", "docker.io", "library/x", "x@sha256:ab"),
            ("docker.io/library/busybox", "docker.io", "library/busybox", "busybox:latest"),
        ])
    func familiar(text: String, domain: String, path: String, familiar: String) {
        let name = ImageName(text).withDefaultTag
        #expect(name.domain == domain)
        #expect(name.path == path)
        #expect(name.familiar == familiar)
    }
}
