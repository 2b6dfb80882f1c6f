import EngineHTTP
import SystemCalls
import Testing

@Suite("docs/api.md")
struct DocumentationTests {
    /// `CAUSEWAY_WRITE_DOCS=1 swift test --filter DocumentationTests` writes the table anew.
    @Test("lists every operation of the API, as the server has it")
    func operations() throws {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(folder)/docs/api.md"
        if ChildRequest.inheritedEnvironment.contains("CAUSEWAY_WRITE_DOCS=1") {
            try FileSystem.writeInPlace(path, Self.table)
        }
        #expect(try FileSystem.readText(path) == Self.table)
    }

    private static var table: String {
        let rows = RouteSummary.all.map { "| `\($0.method) \($0.path)` | \($0.summary) | \($0.state.rawValue) |" }
        return """
            # The Docker Engine API, as Causeway serves it

            Version 1.51, and older ones down to 1.24 by `/vX.Y` before the path. *served*: it works. *refused*: Causeway
            will not do it, and answers with Docker's words. *not built*: it answers 501 and says so. A test holds this
            table against the server's.

            | operation | what it does | state |
            |---|---|---|
            \(rows.joined(separator: "\n"))

            """
    }
}
