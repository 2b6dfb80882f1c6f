import EngineAPI
import Testing

@testable import Engine

@Suite("References to containers")
struct ReferenceTests {
    private let table = ContainerTable()
    private let red = String(repeating: "ab", count: 32)
    private let blue = String(repeating: "ac", count: 32)

    init() {
        insert(red, "red")
        insert(blue, "blue")
        // A name that looks like an id's beginning, and one that is another's whole id.
        insert(String(repeating: "d", count: 64), "ac")
        insert(String(repeating: "e", count: 64), red)
    }

    private func insert(_ id: String, _ name: String) {
        table.insert(
            Container(
                ContainerRecord(
                    id: id, name: name, created: .now, config: ContainerConfig(), hostConfig: HostConfig(), imageID: "",
                    path: "", arguments: [], networks: [:], mounts: [])))
    }

    @Test("a full id goes before an exact name, and that before a prefix")
    func order() throws {
        #expect(try table.resolve(red).record.name == "red")
        #expect(try table.resolve("ac").id.hasPrefix("dddd"))
        #expect(try table.resolve("aca").record.name == "blue")
        #expect(try table.resolve("/blue").record.name == "blue")
    }

    @Test("an ambiguous prefix is 400, an unknown reference 404", arguments: [("a", 400), ("x", 404), ("", 404)])
    func refused(_ reference: String, _ status: Int) {
        let error = #expect(throws: APIError.self) { try table.resolve(reference) }
        #expect(error?.status == status)
    }

    @Test("a name in use is refused in the words that docker-py matches")
    func conflict() {
        let error = #expect(throws: APIError.self) { try table.reserve(name: "red", for: "new") }
        #expect(error?.status == 409)
        #expect(
            error?.message
                == "Conflict. The container name \"/red\" is already in use by container \"\(red)\". "
                + "You have to remove (or rename) that container to be able to reuse that name.")
    }
}
