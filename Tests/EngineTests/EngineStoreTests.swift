import EngineStore
import Foundation
import Testing

struct EngineStoreTests {
    private let folder = "/tmp/causeway-store-\(UInt32.random(in: 0 ... .max))"
    private var path: String { folder + "/causeway.db" }

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    @Test func whatIsPutIsThereAfterTheStoreIsOpenedAgain() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try EngineStore(path: path)
        #expect(first.isNew)
        let red = Document(id: "b", name: "red", content: "{\"name\":\"röd 🟥\"}")
        try first.put(.container, Document(id: "b", name: "before", content: "{}"))
        try first.put(.container, red)
        try first.put(.container, Document(id: "a", name: "blue", content: ""))
        try first.put(.volume, Document(id: "b", name: "red", content: "a volume"))
        try first.remove(.network, id: "not there")
        try first.setSetting("id", "one")
        try first.setSetting("id", "two")
        first.close()
        #expect(throws: StoreError.self) { try first.all(.container) }

        let second = try EngineStore(path: path)
        #expect(!second.isNew)
        #expect(try second.all(.container).map(\.name) == ["blue", "red"])
        #expect(try second.all(.container).last == red)
        #expect(try second.all(.volume).count == 1)
        #expect(try second.setting("id") == "two")
        #expect(try second.setting("other") == nil)
        try second.remove(.container, id: "b")
        #expect(try second.all(.container).map(\.id) == ["a"])
    }

    @Test func aNameIsTakenOnce() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try EngineStore(path: path)
        try store.put(.network, Document(id: "a", name: "web", content: "1"))
        let error = #expect(throws: StoreError.self) {
            try store.put(.network, Document(id: "b", name: "web", content: "2"))
        }
        #expect(error?.isConflict == true)
        #expect(try store.all(.network).map(\.content) == ["1"])
    }
}
