import EngineAPI
import Glibc
import SystemCalls
import Testing

@testable import ImageStore

@Suite("saving")
struct SaveTests {
    func save(_ test: TestStore, _ names: [String], from store: ImageStore? = nil) throws -> [UInt8] {
        let path = test.folder + "/saved.tar"
        let file = try FileDescriptor.open(path, O_RDWR | O_CREAT | O_TRUNC)
        try (store ?? test.store).save(names, to: file.rawValue)
        return try FileSystem.readBytes(path)
    }

    @Test("what is saved loads again with the same ids, names and bytes, as docker-archive and as OCI layout")
    func roundTrip() throws {
        let test = try TestStore()
        let busybox = test.folder + "/busybox.tar"
        try BusyboxImage.writeArchive(to: busybox)
        _ = try test.store.load(archive: busybox) { _ in }
        let layers = [TestArchives.layer("a", "1"), TestArchives.layer("b", "2")]
        try test.load(TestArchives.docker(layers, tags: ["multi:1", "multi:2"]))
        let saved = try save(test, ["busybox", "multi", "multi:1"])

        let second = try TestStore()
        let loaded = try second.load(saved)
        #expect(loaded.map(\.references) == [["busybox:latest"], ["multi:1", "multi:2"]])
        #expect(second.store.list().map(\.id) == test.store.list().map(\.id))
        #expect(try save(second, ["busybox", "multi"]) == saved)

        // Without manifest.json it is an OCI layout and nothing else.
        let folder = test.folder + "/oci"
        try FileSystem.makeDirectory(folder)
        let tar = try #require(FileSystem.findProgram("tar"))
        #expect(
            try ChildProcess.run(ChildRequest(tar, ["-C", folder, "-xf", test.folder + "/saved.tar"])).status.isSuccess)
        try FileSystem.removeFile(folder + "/manifest.json")
        #expect(
            try ChildProcess.run(ChildRequest(tar, ["-C", folder, "-czf", test.folder + "/oci.tgz", "."])).status
                .isSuccess)
        let third = try TestStore()
        let layout = try third.store.load(archive: test.folder + "/oci.tgz") { _ in }
        #expect(Set(layout.map(\.id)) == Set(loaded.map(\.id)))
        #expect(third.store.find("multi:2")?.layers == layers.map(ContentDigest.of))
    }

    @Test("by id there are no names; unknown names write nothing")
    func names() throws {
        let test = try TestStore()
        try test.load(TestArchives.docker([TestArchives.layer()]))
        let id = try #require(test.store.find("test:1")).id
        let second = try TestStore()
        #expect(try second.load(save(test, [String(ContentDigest.short(id))])).map(\.references) == [[]])
        #expect { try self.save(test, ["test:1", "nosuch"]) } throws: {
            ($0 as? ImageError)?.message == "No such image: nosuch"
        }
        #expect(try FileSystem.readBytes(test.folder + "/saved.tar").isEmpty)
    }

    @Test("the keys of manifest.json are Docker's")
    func manifest() throws {
        let test = try TestStore()
        let layer = TestArchives.layer()
        try test.load(TestArchives.docker([layer]))
        let text = String(decoding: try save(test, ["test:1"]), as: UTF8.self)
        let digits = ContentDigest.hex(ContentDigest.of(layer))
        let config = ContentDigest.hex(ContentDigest.of(TestArchives.config([layer])))
        #expect(
            text.contains(
                """
                [{"Config":"blobs/sha256/\(config)","RepoTags":["test:1"],"Layers":["blobs/sha256/\(digits)"],\
                "LayerSources":{"sha256:\(digits)":{"mediaType":"application/vnd.oci.image.layer.v1.tar",\
                "digest":"sha256:\(digits)","size":\(layer.count)}}}]
                """))
        #expect(text.contains("{\"test\":{\"1\":\"\(digits)\"}}"))
        #expect(text.contains("\"io.containerd.image.name\":\"docker.io/library/test:1\""))
    }

    @Test("a layer that was damaged on disk is not handed out as whole")
    func damage() throws {
        let test = try TestStore()
        let layer = TestArchives.layer("x", String(repeating: "abc", count: 10_000))
        try test.load(TestArchives.docker([layer]))
        let path = test.store.layout.archive(ContentDigest.of(layer))
        let other = try test.compressed(TestArchives.layer("x", String(repeating: "abd", count: 10_000)), with: "zstd")
        try FileDescriptor.open(path, O_WRONLY | O_TRUNC).writeAll(other)
        #expect { try self.save(test, ["test:1"]) } throws: { ($0 as? ImageError)?.kind == .io }
    }
}
