import EngineAPI
import SystemCalls
import Testing

@testable import ImageStore

@Suite("many at once")
struct ConcurrencyTests {
    @Test("loading, removing, making roots and saving the same image from many threads leaves a whole store")
    func mixture() async throws {
        let test = try TestStore()
        let store = test.store
        let layers = [TestArchives.layer("a", "1"), TestArchives.layer("b", "2")]
        let path = try test.file(TestArchives.docker(layers))
        let sink = test.folder + "/sink"
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for round in 0..<10 {
                        try? await BlockingWork.run {
                            switch (number + round) % 4 {
                            case 0, 1: _ = try store.load(archive: path) { _ in }
                            case 2:
                                let id = "c\(number)-\(round)"
                                defer { try? store.removeRoot(container: id) }
                                let root = try store.makeRoot(container: id, image: "test:1")
                                for layer in root.lower { #expect(FileSystem.isDirectory(layer), "\(layer) is gone") }
                                let file = try FileDescriptor.open(sink + id, 0o1102)
                                try store.save(["test:1"], to: file.rawValue)
                            default: _ = try store.remove("test:1", force: true, users: { _ in [] })
                            }
                        }
                    }
                }
            }
        }
        _ = try store.load(archive: path) { _ in }
        #expect(test.inventory.filter { !$0.hasPrefix("tmp/") }.count == 3)
        #expect(test.inventory.filter { $0.hasPrefix("tmp/") }.isEmpty)
        for (name, content) in [("a", "1"), ("b", "2")] {
            let found = store.find("test:1")?.layerDirectories.compactMap { try? FileSystem.readText($0 + "/" + name) }
            #expect(found == [content])
        }
        _ = try store.remove("test:1", force: false, users: { _ in [] })
        #expect(test.inventory.isEmpty)
    }
}
