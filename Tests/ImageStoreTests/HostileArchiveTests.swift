import Glibc
import SystemCalls
import Testing

@testable import ImageStore

/// One hostile or damaged layer.
struct HostileLayer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// What the refusal must say.
    let words: String
    let build: @Sendable (inout TestTar) -> Void
}

let hostileLayers: [HostileLayer] = [
    HostileLayer(testDescription: "dot dot", words: "outside the root") { $0.add("../escape", content: "x") },
    HostileLayer(testDescription: "dot dot inside", words: "outside the root") {
        $0.add("a/../../escape", content: "x")
    },
    HostileLayer(testDescription: "absolute name", words: "is absolute") { $0.add("/escape", content: "x") },
    HostileLayer(testDescription: "write through a link", words: "goes through") {
        $0.add("link", type: "2", target: "/tmp")
        $0.add("link/escape", content: "x")
    },
    HostileLayer(testDescription: "write through a relative link", words: "goes through") {
        $0.add("link", type: "2", target: "../../../..")
        $0.add("link/escape", content: "x")
    },
    HostileLayer(testDescription: "make a directory through a link", words: "goes through") {
        $0.add("link", type: "2", target: "/tmp")
        $0.add("link/escape/", type: "5", mode: 0o755)
    },
    HostileLayer(testDescription: "whiteout through a link", words: "goes through") {
        $0.add("link", type: "2", target: "/tmp")
        $0.add("link/.wh.x")
    },
    HostileLayer(testDescription: "hard link outside", words: "outside the root") {
        $0.add("hard", type: "1", target: "../../../../etc/passwd")
    },
    HostileLayer(testDescription: "hard link to an absolute name", words: "is absolute") {
        $0.add("hard", type: "1", target: "/etc/passwd")
    },
    HostileLayer(testDescription: "hard link through a link", words: "not in the layer") {
        $0.add("link", type: "2", target: "/etc")
        $0.add("hard", type: "1", target: "link/passwd")
    },
    HostileLayer(testDescription: "hard link to nothing", words: "not in the layer") {
        $0.add("hard", type: "1", target: "nothing")
    },
    HostileLayer(testDescription: "block device outside /dev", words: "device node outside /dev") {
        $0.add("disk", type: "4", major: 8, minor: 0)
    },
    HostileLayer(testDescription: "character device in another place", words: "device node outside /dev") {
        $0.add("etc/dev/mem", type: "3", major: 1, minor: 1)
    },
    HostileLayer(testDescription: "a whiteout made by hand", words: "device node outside /dev") {
        $0.add("dev/null", type: "3", major: 0, minor: 0)
    },
    HostileLayer(testDescription: "overlay attribute", words: "trusted.overlay.redirect") {
        $0.pax([("SCHILY.xattr.trusted.overlay.redirect", Array("/etc".utf8))])
        $0.add("dir/", type: "5", mode: 0o755)
    },
    HostileLayer(testDescription: "whiteout of dot dot", words: "whiteout of nothing") { $0.add("a/.wh...") },
    HostileLayer(testDescription: "file below a file", words: "goes through") {
        $0.add("a", content: "x")
        $0.add("a/b", content: "x")
    },
    HostileLayer(testDescription: "no such user", words: "no user and group") {
        $0.pax([("uid", Array("99999999999".utf8))])
        $0.add("a", content: "x")
    },
]

@Suite("hostile and damaged archives are refused whole")
struct HostileArchiveTests {
    /// Expects a refusal with these words and a store as it was before.
    func expectRefusal(
        _ test: TestStore, _ bytes: [UInt8], _ words: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let before = test.inventory
        #expect(sourceLocation: sourceLocation) { try test.load(bytes) } throws: { error in
            guard let error = error as? ImageError else { return false }
            if !error.message.contains(words) { print("refused with: \(error.message)") }
            return error.kind == .invalid && error.message.contains(words)
        }
        #expect(test.inventory == before, sourceLocation: sourceLocation)
        #expect(test.store.find("test:1") == nil, sourceLocation: sourceLocation)
    }

    @Test("layers", arguments: hostileLayers)
    func layer(_ hostile: HostileLayer) throws {
        let test = try TestStore()
        var tar = TestTar()
        hostile.build(&tar)
        // A good layer first: it must go too.
        expectRefusal(test, TestArchives.docker([TestArchives.layer(), tar.finished]), hostile.words)
        let path = try test.file(tar.finished)
        #expect(throws: ImageError.self) {
            try test.store.importRoot(archive: path, reference: nil, changes: [], message: "", platform: nil)
        }
        #expect(test.inventory.isEmpty)
        #expect(!FileSystem.exists("/tmp/escape"))
        #expect(!FileSystem.exists(test.folder + "/escape"))
    }

    @Test("member names of the outer archive")
    func outerNames() throws {
        let test = try TestStore()
        for (name, words) in [("../x", "outside the root"), ("/x", "is absolute")] {
            var tar = TestTar()
            tar.add(name, content: "x")
            expectRefusal(test, tar.bytes + TestArchives.docker([TestArchives.layer()]), words)
        }
        var absolute = TestTar()
        absolute.add("x", type: "2", target: "/etc/passwd")
        expectRefusal(test, absolute.bytes + TestArchives.docker([TestArchives.layer()]), "is absolute")
        var outside = TestTar()
        outside.add("x", type: "2", target: "../../etc/passwd")
        expectRefusal(test, outside.bytes + TestArchives.docker([TestArchives.layer()]), "leads outside")
        var device = TestTar()
        device.add("x", type: "3", major: 1, minor: 1)
        expectRefusal(test, device.bytes + TestArchives.docker([TestArchives.layer()]), "neither file")
        var circle = TestTar()
        circle.add("manifest.json", type: "2", target: "b")
        circle.add("b", type: "2", target: "manifest.json")
        expectRefusal(test, circle.finished, "circle")
    }

    @Test("digests that lie")
    func digests() throws {
        let test = try TestStore()
        let layer = TestArchives.layer()
        expectRefusal(
            test, TestArchives.docker([layer], stored: [TestArchives.layer("hello", "WORLD\n")]), "invalid diffID")
        expectRefusal(
            test, TestArchives.docker([layer], configName: String(repeating: "0", count: 64) + ".json"),
            "has the digest")
        var tar = TestTar()
        tar.add("blobs/sha256/" + String(repeating: "0", count: 64), content: "x")
        expectRefusal(test, tar.bytes + TestArchives.docker([layer]), "has the digest")
        expectRefusal(test, try TestArchives.oci([layer], name: "test:1", sizeOff: 1), "bytes, not")
        expectRefusal(
            test, try TestArchives.oci([layer], stored: [TestArchives.layer("x", "y")], name: "test:1"),
            "invalid diffID")
    }

    @Test("manifests that do not fit")
    func manifests() throws {
        let test = try TestStore()
        let layer = TestArchives.layer()
        expectRefusal(
            test, TestArchives.docker([layer], config: TestArchives.config([layer, layer])), "layers length mismatch")
        expectRefusal(test, TestArchives.docker([layer], tags: ["UPPER"]), "must be lowercase")
        expectRefusal(test, TestArchives.docker([layer], config: Array("{".utf8)), "image configuration")
        let windows = Array(#"{"os":"windows","rootfs":{"type":"layers","diff_ids":[]}}"#.utf8)
        expectRefusal(test, TestArchives.docker([], config: windows), "cannot be used on this platform")
        var tar = TestTar()
        tar.add("manifest.json", content: "[{\"Config\":\"../../../etc/passwd\",\"Layers\":[]}]")
        expectRefusal(test, tar.finished, "outside the root")
        var missing = TestTar()
        missing.add("manifest.json", content: "[{\"Config\":\"x\",\"Layers\":[]}]")
        expectRefusal(test, missing.finished, "there is no file")
        expectRefusal(test, TestArchives.layer(), "does not contain a manifest.json")
    }

    @Test("truncated and garbage")
    func damage() throws {
        let test = try TestStore()
        let good = TestArchives.docker([TestArchives.layer("big", String(repeating: "x", count: 100_000))])
        for count in [1, 300, 700, 5000, good.count - 3000] { expectRefusal(test, Array(good.prefix(count)), "") }
        let gzip = try test.compressed(good, with: "gzip")
        expectRefusal(test, Array(gzip.prefix(gzip.count / 2)), "")
        expectRefusal(test, [], "")
        expectRefusal(test, Array("garbage".utf8), "")
        expectRefusal(test, [UInt8](repeating: 0xff, count: 100_000), "")
        expectRefusal(test, [UInt8](repeating: 0, count: 100_000), "")

        let layer = TestArchives.layer("big", String(repeating: "x", count: 100_000))
        for bytes in [
            Array(layer.dropLast(1024)), Array(layer.prefix(5000)),
            try Array(test.compressed(layer, with: "zstd").dropLast(5)),
        ] {
            let path = try test.file(bytes)
            #expect(throws: ImageError.self) {
                try test.store.importRoot(archive: path, reference: nil, changes: [], message: "", platform: nil)
            }
            #expect(test.inventory.isEmpty)
        }
    }

    @Test("absurd sizes")
    func sizes() throws {
        var limits = ArchiveLimits()
        limits.uncompressedBytes = 1 << 20
        let small = try TestStore(limits: limits)
        let zeros = TestArchives.layer("zeros", String(repeating: "\0", count: 2 << 20))
        expectRefusal(small, TestArchives.docker([zeros]), "larger than")
        let packed = try small.compressed(zeros, with: "gzip")
        expectRefusal(small, TestArchives.docker([zeros], stored: [packed]), "larger than")
        // A sparse file is as large as it says.
        var sparse = TestTar()
        sparse.add(Array("sparse".utf8), size: 1 << 32)
        expectRefusal(small, TestArchives.docker([sparse.finished]), "larger than")

        limits = ArchiveLimits()
        limits.ratio = 20
        limits.ratioThreshold = 1 << 16
        let ratio = try TestStore(limits: limits)
        expectRefusal(ratio, TestArchives.docker([zeros], stored: [packed]), "times its size")
        expectRefusal(ratio, try ratio.compressed(TestArchives.docker([zeros]), with: "gzip"), "times its size")

        limits = ArchiveLimits()
        limits.entries = 10
        limits.layers = 3
        let few = try TestStore(limits: limits)
        var many = TestTar()
        for number in 0..<11 { many.add("f\(number)") }
        expectRefusal(few, TestArchives.docker([many.finished]), "more than 10 members")
        expectRefusal(few, TestArchives.docker((0..<4).map { TestArchives.layer("f\($0)") }), "max depth exceeded")
    }
}
