import EngineHTTP
import SystemCalls
import Testing

@Suite("docs/api.md")
struct DocumentationTests {
    /// `make docs` writes the table anew.
    @Test("lists every operation of the API, as the server has it")
    func operations() throws {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(folder)/docs/api.md"
        if ChildRequest.inheritedEnvironment.contains("CAUSEWAY_WRITE_DOCS=1") {
            try FileSystem.writeInPlace(path, Self.table)
        }
        #expect(try FileSystem.readText(path) == Self.table)
    }

    @Test("knows every operation of API 1.51")
    func complete() {
        let known = Set(RouteSummary.all.map { "\($0.method) \($0.path.replacing("{name*}", with: "{name}"))" })
        let missing = Self.operations.filter { operation in
            // The names in braces do not matter.
            let path = operation.replacing(/\{\w+\}/, with: "{}")
            return !known.contains { $0.replacing(/\{\w+\}/, with: "{}") == path }
        }
        #expect(missing == [])
    }

    /// The operations of Docker's own description of API 1.51.
    private static let operations: [String] = [
        ("/containers", "GET json, POST create, POST prune, DELETE {id}, HEAD {id}/archive, GET {id}/archive"),
        (
            "/containers/{id}",
            "GET json, GET top, GET logs, GET changes, GET export, GET stats, POST resize, POST start"
        ),
        ("/containers/{id}", "POST stop, POST restart, POST kill, POST update, POST rename, POST pause, POST unpause"),
        ("/containers/{id}", "POST attach, GET attach/ws, POST wait, PUT archive, POST exec"),
        ("/exec/{id}", "POST start, POST resize, GET json"),
        ("/images", "GET json, POST create, GET search, POST prune, GET get, POST load, DELETE {name}"),
        ("/images/{name}", "GET json, GET history, POST push, POST tag, GET get"),
        ("", "POST build, POST build/prune, POST auth, GET info, GET version, GET _ping, HEAD _ping, POST commit"),
        ("", "GET events, GET system/df, GET distribution/{name}/json, POST session, GET volumes, GET networks"),
        ("/volumes", "POST create, GET {name}, PUT {name}, DELETE {name}, POST prune"),
        ("/networks", "GET {id}, DELETE {id}, POST create, POST {id}/connect, POST {id}/disconnect, POST prune"),
        ("", "GET plugins, GET plugins/privileges, POST plugins/pull, GET plugins/{name}/json, DELETE plugins/{name}"),
        ("/plugins", "POST {name}/enable, POST {name}/disable, POST {name}/upgrade, POST create, POST {name}/push"),
        (
            "",
            "POST plugins/{name}/set, GET nodes, GET nodes/{id}, DELETE nodes/{id}, POST nodes/{id}/update, GET swarm"
        ),
        ("/swarm", "POST init, POST join, POST leave, POST update, GET unlockkey, POST unlock"),
        ("/services", "POST create, GET {id}, DELETE {id}, POST {id}/update, GET {id}/logs"),
        ("", "GET services, GET tasks, GET tasks/{id}, GET tasks/{id}/logs, GET secrets, GET configs"),
        ("/secrets", "POST create, GET {id}, DELETE {id}, POST {id}/update"),
        ("/configs", "POST create, GET {id}, DELETE {id}, POST {id}/update"),
    ].flatMap { prefix, operations in
        operations.split(separator: ",").map { operation in
            let words = operation.split(separator: " ")
            return "\(words[0]) \(prefix)/\(words[1])"
        }
    }

    private static var table: String {
        let rows = RouteSummary.all.map { "| `\($0.method) \($0.path)` | \($0.summary) | \($0.state.rawValue) |" }
        return """
            # The Docker Engine API, as Causeway serves it

            Version 1.51, and older ones down to 1.44 by `/vX.Y` before the path. *served*: it works. *refused*: Causeway
            will not do it, and answers with Docker's words. *not built*: it answers 501 and says so. The table is made from
            the server's own table of routes (`make docs`); a test holds it against that, and against the list of all
            operations of API 1.51.

            | operation | what it does | state |
            |---|---|---|
            \(rows.joined(separator: "\n"))

            """
    }
}

@Suite("SECURITY.md")
struct SecurityPageTests {
    @Test("names tests that are there")
    func tests() throws {
        let folder = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/"
        let words = try FileSystem.readText(folder + "SECURITY.md").split(separator: "`").map(String.init)
        let named = words.filter { $0.hasPrefix("Tests/") }
        #expect(named.count > 10)
        #expect(named.filter { !FileSystem.exists(folder + $0) } == [])
    }
}
