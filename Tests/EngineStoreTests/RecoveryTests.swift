import Glibc
import Synchronization
import SystemCalls
import Testing

@testable import EngineStore

@Suite("a damaged state is kept aside and made again")
struct RecoveryTests {
    /// A folder with a store in it, and what the store has said.
    final class Place: Sendable {
        let folder: String
        let said = Mutex<[String]>([])
        var path: String { folder + "/causeway.db" }

        init() throws {
            folder = "/tmp/causeway-store-\(getpid())-\(UInt32.random(in: 0 ... .max))"
            try FileSystem.makeDirectory(folder)
        }

        deinit { try? FileSystem.removeTree(folder) }

        func open() throws(StoreError) -> EngineStore {
            try EngineStore(path: path) { words in self.said.withLock { $0.append(words) } }
        }

        /// What was put aside.
        var aside: [String] {
            ((try? FileSystem.list(folder)) ?? []).filter { $0.hasPrefix("causeway.db.damaged-") && $0.hasSuffix("Z") }
        }
    }

    private static let red = Document(id: "1", name: "red", content: "{\"a\":\n 1}")
    private static let blue = Document(id: "2", name: "blue", content: "{}")

    /// A store with something of everything, without a word closed as after `kill -9`.
    private static func filled(_ place: Place) throws -> EngineStore {
        let store = try place.open()
        try store.put(.container, red)
        try store.put(.container, blue)
        try store.put(.network, Document(id: "n", name: "net", content: "{}"))
        try store.put(.volume, Document(id: "v", name: "v", content: "{}"))
        try store.setSetting("engine id", "E")
        try store.remove(.container, id: blue.id)
        return store
    }

    private static func expectAll(_ store: EngineStore) throws {
        #expect(try store.all(.container) == [red])
        #expect(try store.all(.network).map(\.name) == ["net"])
        #expect(try store.all(.volume).map(\.name) == ["v"])
        #expect(try store.setting("engine id") == "E")
    }

    @Test(
        "at the start",
        arguments: ["garbage", "cut short", "empty", "gone", "a log of nonsense", "no tables", "a page of nonsense"])
    func atStart(damage: String) throws {
        let place = try Place()
        try Self.filled(place).close()
        try Self.damage(place, damage)
        let store = try place.open()
        try Self.expectAll(store)
        #expect(place.said.withLock { $0.contains { $0.contains("is damaged") } })
        #expect(place.aside.count == (["gone", "empty"].contains(damage) ? 0 : 1))
        // And it works on.
        try store.put(.container, Self.blue)
        store.close()
        #expect(try place.open().all(.container).count == 2)
    }

    private static func damage(_ place: Place, _ kind: String) throws {
        switch kind {
        case "garbage": try FileSystem.writeInPlace(place.path, String(repeating: "garbage ", count: 4096))
        case "cut short": #expect(unsafe truncate(place.path, 5000) == 0)
        case "empty": #expect(unsafe truncate(place.path, 0) == 0)
        case "gone": try FileSystem.removeFile(place.path)
        case "no tables":
            // SQLite's header, and nothing behind it.
            let head = try FileSystem.readBytes(place.path).prefix(4096)
            try FileSystem.replace(place.path, Array(head))
        case "a page of nonsense":
            var bytes = try FileSystem.readBytes(place.path)
            for index in 4096..<min(bytes.count, 12288) { bytes[index] = 0xa5 }
            try FileSystem.replace(place.path, bytes)
        default:
            // The database itself is sound, but what was written last is in a log that nobody can read.
            let store = try place.open()
            try store.put(.container, Self.blue)
            let before = try FileSystem.readBytes(place.path)
            try store.remove(.container, id: Self.blue.id)
            store.close()
            try FileSystem.replace(place.path, before)
            try FileSystem.writeInPlace(place.path + "-wal", String(repeating: "nonsense", count: 1000))
        }
    }

    @Test("while it is in use")
    func inUse() throws {
        let place = try Place()
        let store = try Self.filled(place)
        let size = try #require(FileSystem.status(place.path)).st_size
        let nonsense = [UInt8](repeating: 0xa5, count: Int(max(size, 65536)))
        for suffix in ["", "-wal"] {
            try FileDescriptor.open(place.path + suffix, O_WRONLY).writeAll(nonsense)
        }
        try store.put(.network, Document(id: "m", name: "more", content: "{}"))
        #expect(try store.all(.container) == [Self.red])
        #expect(try store.all(.network).map(\.name) == ["more", "net"])
    }

    @Test("a file that may not be opened is no damage: it stays, and the words say so")
    func unopenable() throws {
        let place = try Place()
        try FileSystem.makeDirectory(place.path)
        #expect(throws: StoreError.self) { try place.open() }
        #expect(FileSystem.isDirectory(place.path))
        #expect(place.aside.isEmpty)
    }

    @Test("a copy that is damaged is left out and kept, the others come back")
    func damagedCopy() throws {
        let place = try Place()
        let store = try Self.filled(place)
        try store.put(.container, Self.blue)
        store.close()
        try FileSystem.removeFile(place.path)
        try FileSystem.writeInPlace(place.folder + "/state/container/2", "causeway-state 1 9\n2\nblue\n")
        #expect(try place.open().all(.container) == [Self.red])
        #expect(try FileSystem.list(place.folder + "/state/container").contains { $0.hasPrefix("2.damaged-") })
    }

    @Test("copies that were not written follow when they can be")
    func lateCopies() async throws {
        let place = try Place()
        let store = try Self.filled(place)
        // Nothing can be made in place of a folder: as on a full disk.
        let folder = place.folder + "/state/container"
        #expect(unsafe rename(folder, folder + "-gone") == 0)
        try store.put(.container, Self.blue)
        try store.put(.container, Document(id: "3", name: "green", content: "{}"))
        // They follow the database within moments, and the log is told.
        for _ in 0..<1000 where place.said.withLock({ !$0.contains { $0.contains("was not written") } }) {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(unsafe rename(folder + "-gone", folder) == 0)
        try store.put(.network, Document(id: "m", name: "more", content: "{}"))
        store.close()
        try FileSystem.removeFile(place.path)
        #expect(try place.open().all(.container).map(\.name) == ["red", "blue", "green"])
        #expect(place.said.withLock { $0.count { $0.contains("was not written") } } == 1)
    }

    @Test("what was removed a moment ago does not come back")
    func removedCopy() throws {
        let place = try Place()
        try Self.filled(place).close()
        let store = try place.open()
        try store.remove(.container, id: Self.red.id)
        // As a crash would leave it, and a disk that loses the database.
        try withExtendedLifetime(store) {
            for suffix in ["", "-wal", "-shm"] { try FileSystem.removeFile(place.path + suffix) }
            let again = try place.open()
            #expect(try again.all(.container).isEmpty)
            #expect(try again.all(.network).map(\.name) == ["net"])
            again.close()
        }
    }

    @Test("a store without copies gets them")
    func firstCopies() throws {
        let place = try Place()
        try Self.filled(place).close()
        try FileSystem.removeTree(place.folder + "/state")
        try place.open().close()
        try FileSystem.removeFile(place.path)
        try Self.expectAll(try place.open())
    }

    @Test("names as long as they may be")
    func longNames() throws {
        let place = try Place()
        let store = try place.open()
        let names = ["a", "b"].map { String(repeating: "v", count: 254) + $0 }
        for name in names { try store.put(.volume, Document(id: name, name: name, content: "{}")) }
        store.close()
        try FileSystem.removeFile(place.path)
        #expect(try place.open().all(.volume).map(\.name) == names)
    }
}
