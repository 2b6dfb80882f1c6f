import EngineAPI
import Glibc
import Synchronization
import SystemCalls
import Testing

@testable import ImageStore

@Suite("loading archives")
struct LoadTests {
    @Test("a docker-archive, plain and compressed", arguments: ["", "gzip", "zstd", "xz", "bzip2"])
    func dockerArchive(program: String) throws {
        let test = try TestStore()
        if !program.isEmpty, FileSystem.findProgram(program) == nil { return }
        let plain = TestArchives.docker([TestArchives.layer()], tags: ["test:1", "reg.example:5000/x/y:z"])
        let loaded = try test.load(program.isEmpty ? plain : test.compressed(plain, with: program))
        #expect(loaded.map(\.references) == [["test:1", "reg.example:5000/x/y:z"]])
        let image = try #require(test.store.find("test:1"))
        #expect(image.id == ContentDigest.of(TestArchives.config([TestArchives.layer()])))
        #expect(image.config.cmd == ["sh"])
        #expect(image.config.env == ["A=b"])
        #expect(
            image.repoTags
                == ["test:1", "reg.example:5000/x/y:z"].sorted { $0 < $1 }.sorted { a, _ in a.hasPrefix("test") })
        #expect(image.size == 6)
        #expect(image.created == "2024-01-02T03:04:05Z")
        #expect(try FileSystem.readText(test.files(of: "test:1") + "/hello") == "world\n")
        #expect(test.inventory.filter { $0.hasPrefix("tmp/") }.isEmpty)
    }

    @Test("an OCI layout through nested indexes, layers plain and compressed", arguments: ["", "gzip", "zstd"])
    func ociLayout(program: String) throws {
        let test = try TestStore()
        let layers = [TestArchives.layer("a", "1"), TestArchives.layer("b", "2")]
        let stored = try program.isEmpty ? layers : layers.map { try test.compressed($0, with: program) }
        #expect(try test.load(TestArchives.oci(layers, stored: stored)).map(\.references) == [["oci:2"]])
        let image = try #require(test.store.find("oci:2"))
        #expect(image.layers == layers.map(ContentDigest.of))
        #expect(image.layerDirectories.count == 2)
        #expect(try FileSystem.readText(image.layerDirectories[0] + "/b") == "2")
    }

    @Test("links inside an old docker-archive are followed inside it")
    func linkedLayers() throws {
        let test = try TestStore()
        let layer = TestArchives.layer()
        let config = TestArchives.config([layer])
        let name = ContentDigest.hex(ContentDigest.of(config)) + ".json"
        var tar = TestTar()
        tar.add(Array(name.utf8), content: config)
        tar.add(Array("one/layer.tar".utf8), content: layer)
        tar.add("two/layer.tar", type: "2", target: "../one/layer.tar")
        tar.add("manifest.json", content: "[{\"Config\":\"\(name)\",\"RepoTags\":null,\"Layers\":[\"two/layer.tar\"]}]")
        #expect(try test.load(tar.finished).map(\.references) == [[]])
        #expect(test.store.list().first?.repoTags == [])
    }

    @Test("progress in Docker's words")
    func progress() throws {
        let test = try TestStore()
        let messages = Mutex<[ProgressMessage]>([])
        let layer = TestArchives.layer()
        let path = try test.file(TestArchives.docker([layer]))
        _ = try test.store.load(archive: path) { message in messages.withLock { $0.append(message) } }
        let all = messages.withLock { $0 }
        let first = try #require(all.first)
        #expect(first.status == "Loading layer")
        #expect(first.id == ContentDigest.short(ContentDigest.of(layer)))
        #expect(first.progressDetail == ProgressDetail(current: Int64(layer.count), total: Int64(layer.count)))
        #expect(first.progress?.hasSuffix("kB/2.048kB") == true)
        #expect(all.last?.stream == "Loaded image: test:1\n")

        // A second time, the layer is there; another image takes the name.
        messages.withLock { $0 = [] }
        let other = TestArchives.docker([layer], config: TestArchives.config([layer], command: "other"))
        _ = try test.store.load(archive: try test.file(other)) { message in messages.withLock { $0.append(message) } }
        let old = ContentDigest.of(TestArchives.config([layer]))
        #expect(
            messages.withLock { $0.compactMap(\.stream) } == [
                "The image test:1 already exists, renaming the old one with ID \(old) to empty string\n",
                "Loaded image: test:1\n",
            ])
        #expect(messages.withLock { $0.compactMap(\.status) }.isEmpty)
        #expect(test.store.list().count == 2)
        #expect(test.store.find(old)?.repoTags == [])
    }

    @Test("what is loaded is there for the next process")
    func reopen() throws {
        let test = try TestStore()
        try test.load(TestArchives.docker([TestArchives.layer()]))
        let before = try #require(test.store.find("test:1"))
        let again = try #require(try test.reopened().find("test:1"))
        #expect(again.id == before.id)
        #expect(again.size == before.size)
        #expect(again.lastTagTime == before.lastTagTime)
    }

    @Test("leftovers of a killed process are swept, images of a damaged index are not")
    func sweep() throws {
        let test = try TestStore()
        try test.load(TestArchives.docker([TestArchives.layer()]))
        let kept = test.inventory
        let image = test.folder + "/image"
        try FileSystem.makeDirectory(image + "/tmp/layer-1/diff/x")
        try FileSystem.makeDirectory(image + "/layers/sha256/" + String(repeating: "1", count: 64) + "/diff")
        try FileSystem.writeInPlace(image + "/blobs/sha256/" + String(repeating: "2", count: 64), "{}")
        try FileSystem.makeDirectory(test.folder + "/overlay/half-made/diff")
        _ = try test.reopened()
        #expect(test.inventory == kept)
        #expect(try FileSystem.list(test.folder + "/overlay").isEmpty)

        let names = try test.reopened().list().map(\.repoTags)
        for damage in ["{", ""] {
            try FileSystem.writeInPlace(image + "/repositories.json", damage)
            #expect(try test.reopened().list().map(\.repoTags) == names)
        }
        try FileSystem.removeFile(image + "/repositories.json")
        try FileSystem.removeFile(image + "/repositories.json.copy")
        let unnamed = try test.reopened().list()
        #expect(unnamed.count == names.count, "without any index the images stay, without their names")
        let aside = try FileSystem.list(image).filter { $0.contains(".damaged-") }
        #expect(!aside.isEmpty)
        for name in aside { try FileSystem.removeFile(image + "/" + name) }
        #expect(test.inventory == kept)
    }

    @Test("the busybox image is the same every time and complete")
    func busybox() throws {
        let test = try TestStore()
        let first = test.folder + "/1.tar"
        let second = test.folder + "/2.tar"
        try BusyboxImage.writeArchive(to: first)
        try BusyboxImage.writeArchive(to: second)
        #expect(try FileSystem.readBytes(first) == FileSystem.readBytes(second))
        let loaded = try test.store.load(archive: first) { _ in }
        #expect(loaded.first?.references == ["busybox:latest"])
        let root = try test.files(of: "busybox")
        let program = try #require(FileSystem.status(root + "/bin/busybox"))
        #expect(FileSystem.status(root + "/bin/sh")?.st_ino == program.st_ino)
        #expect(FileSystem.status(root + "/bin/ping")?.st_ino == program.st_ino)
        #expect(FileSystem.status(root + "/tmp")?.st_mode == S_IFDIR | 0o1777)
        #expect(try FileSystem.readText(root + "/etc/passwd").hasPrefix("root:x:0:0:root:/root:/bin/sh\n"))
        #expect(test.store.find("busybox")?.config.cmd == ["sh"])
        #expect(test.store.find("busybox")?.size ?? 0 >= Int64(program.st_size))
    }
}
