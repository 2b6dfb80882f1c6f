import EngineAPI
import SystemCalls
import Testing

@testable import ImageStore

@Suite("finding, naming, removing")
struct RemoveTests {
    let layer = TestArchives.layer()
    var id: String { ContentDigest.of(TestArchives.config([layer])) }

    func loaded(_ tags: [String] = ["test:1"]) throws -> TestStore {
        let test = try TestStore()
        try test.load(TestArchives.docker([layer], tags: tags))
        return test
    }

    func expectConflict(_ words: String, _ body: () throws -> Void) {
        #expect { try body() } throws: { error in
            guard let error = error as? ImageError else { return false }
            if error.message != words { print("instead: \(error.message)") }
            return error.kind == .conflict && error.message == words
        }
    }

    @Test("names, ids and beginnings of ids")
    func find() throws {
        let test = try loaded(["test:1", "busybox"])
        let digits = ContentDigest.hex(id)
        for name in [
            "test:1", "busybox", "docker.io/library/busybox:latest", id, digits, String(digits.prefix(5)),
            "sha256:" + digits.prefix(7),
        ] {
            #expect(test.store.find(name)?.id == id, "\(name)")
        }
        for name in ["test", "nosuch", "", "bad//ref", "sha256:", "sha256:zz", String(repeating: "0", count: 64)] {
            #expect(test.store.find(name) == nil, "\(name)")
        }
        #expect { try test.store.resolve("nosuch") } throws: {
            ($0 as? ImageError)?.message == "No such image: nosuch:latest"
        }
        #expect { try test.store.resolve("bad//ref") } throws: { ($0 as? ImageError)?.kind == .invalid }
    }

    @Test("a name is one image's")
    func tag() throws {
        let test = try loaded()
        try test.store.tag("test:1", as: ImageReference(parsing: "other"))
        #expect(test.store.find("test:1")?.repoTags == ["other:latest", "test:1"])
        try test.store.untag(ImageReference(parsing: "other"))
        #expect(try test.reopened().find("other") == nil)
        #expect(throws: ImageError.self) { try test.store.untag(ImageReference(parsing: "other")) }
        #expect(throws: ImageError.self) { try test.store.tag("nosuch", as: ImageReference(parsing: "x")) }
    }

    @Test("the last name takes the image and its layers along")
    func removeByName() throws {
        let test = try loaded(["test:1", "test:2"])
        #expect(
            try test.store.remove("test:2", force: false, users: { _ in [] }) == [ImageDeleteItem(untagged: "test:2")])
        let items = try test.store.remove("test:1", force: false, users: { _ in [] })
        #expect(
            items == [
                ImageDeleteItem(untagged: "test:1"), ImageDeleteItem(deleted: id),
                ImageDeleteItem(deleted: ContentDigest.of(layer)),
            ])
        #expect(test.inventory.isEmpty)
        #expect(test.store.list().isEmpty)
        #expect { try test.store.remove("test:1", force: false, users: { _ in [] }) } throws: {
            ($0 as? ImageError)?.message == "No such image: test:1"
        }
    }

    @Test("an id of several names needs force; of one name not")
    func removeByID() throws {
        let test = try loaded(["a:1", "b:1"])
        let short = ContentDigest.short(id)
        expectConflict(
            "conflict: unable to delete \(short) (must be forced) - image is referenced in multiple repositories"
        ) {
            _ = try test.store.remove(short, force: false, users: { _ in [] })
        }
        let items = try test.store.remove(short, force: true, users: { _ in [] })
        #expect(items.compactMap(\.untagged) == ["a:1", "b:1"])
        #expect(test.inventory.isEmpty)
        let one = try loaded(["a:1"])
        #expect(try one.store.remove(short, force: false, users: { _ in [] }).count == 3)
    }

    @Test("containers hold their image, in Docker's words")
    func inUse() throws {
        let test = try loaded(["busybox"])
        let short = ContentDigest.short(id)
        let container = "ef026d18edc0ff39e7fb9676c6f23a14f78175f5b101100254cf27d724c99c25"
        let stopped = { @Sendable (_: String) in [ImageUser(container: container, isRunning: false)] }
        expectConflict(
            "conflict: unable to remove repository reference \"busybox\" (must force) - container ef026d18edc0 is using its referenced image \(short)"
        ) { _ = try test.store.remove("busybox", force: false, inUse: { _ in [container] }) }
        expectConflict(
            "conflict: unable to delete \(short) (cannot be forced) - image is being used by running container ef026d18edc0"
        ) {
            _ = try test.store.remove(short, force: true, inUse: { _ in [container] })
        }
        expectConflict(
            "conflict: unable to delete \(short) (must be forced) - image is being used by stopped container ef026d18edc0"
        ) {
            _ = try test.store.remove(short, force: false, users: stopped)
        }
        // Forced by name while it runs: the name goes, the image stays.
        #expect(
            try test.store.remove("busybox", force: true, inUse: { _ in [container] })
                == [ImageDeleteItem(untagged: "busybox:latest")])
        #expect(test.store.find(id)?.repoTags == [])
        #expect(try test.store.remove(short, force: true, users: stopped).count == 2)
        #expect(test.store.list().isEmpty)
    }

    @Test("layers that another image or a container has stay")
    func sharedLayers() throws {
        let test = try loaded(["a"])
        let top = TestArchives.layer("top", "t")
        try test.load(TestArchives.docker([layer, top], tags: ["b"]))
        let items = try test.store.remove("b", force: false, users: { _ in [] })
        #expect(items.compactMap(\.deleted).count == 2)
        #expect(try FileSystem.readText(test.files(of: "a") + "/hello") == "world\n")

        _ = try test.store.makeRoot(container: "c1", image: "a")
        #expect(try test.store.remove("a", force: true, users: { _ in [] }).compactMap(\.deleted) == [id])
        #expect(test.inventory.count == 1)
        let again = try test.reopened()
        #expect(test.inventory.count == 1)
        #expect(again.root(container: "c1")?.image == id)
        try again.removeRoot(container: "c1")
        #expect(test.inventory.isEmpty)
    }

    @Test("history, newest first")
    func history() throws {
        let test = try loaded(["test:1", "test:2"])
        #expect(
            try test.store.history("test:1") == [
                ImageHistoryItem(
                    comment: "", created: 1_704_164_645, createdBy: "ADD x", id: id, size: 6,
                    tags: ["test:1", "test:2"])
            ])
    }
}
