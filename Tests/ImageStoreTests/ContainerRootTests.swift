import Glibc
import SystemCalls
import Testing

@testable import ImageStore

@Suite("roots of containers", .serialized, .enabled(if: geteuid() == 0, "needs root: mounts"))
struct ContainerRootTests {
    @Test("an overlay that is written to, measured, and gone")
    func life() throws {
        let test = try TestStore()
        try test.load(TestArchives.docker([TestArchives.layer("a", "1"), TestArchives.layer("b", "22")]))
        let root = try test.store.makeRoot(container: "c1", image: "test:1")
        #expect(throws: ImageError.self) { try test.store.makeRoot(container: "c1", image: "test:1") }
        #expect(throws: ImageError.self) { try test.store.makeRoot(container: "c2", image: "nosuch") }
        #expect(throws: ImageError.self) { try test.store.makeRoot(container: "../c2", image: "test:1") }
        try test.store.mountRoot(root)
        #expect(try FileSystem.readText(root.merged + "/a") == "1")
        #expect(try FileSystem.readText(root.merged + "/b") == "22")
        try FileSystem.writeInPlace(root.merged + "/new", "12345")
        #expect(test.store.writableSize(container: "c1") == 5)
        #expect(test.store.rootSize(container: "c1") == 8)
        #expect(test.store.root(container: "c1") == root)
        // Again after a crash: one mount, not two.
        try test.store.mountRoot(root)
        try test.store.unmountRoot(root)
        #expect(try FileSystem.list(root.merged).isEmpty)
        try test.store.unmountRoot(root)
        #expect(try test.reopened().root(container: "c1") == root)
        try test.store.mountRoot(root)
        #expect(try FileSystem.readText(root.merged + "/new") == "12345")
        try test.store.removeRoot(container: "c1")
        #expect(test.store.root(container: "c1") == nil)
        #expect(try FileSystem.list(test.folder + "/overlay").isEmpty)
        try test.store.removeRoot(container: "c1")
    }

    @Test("whiteouts hide what is below")
    func whiteouts() throws {
        let test = try TestStore()
        var base = TestTar()
        base.add("gone", content: "x")
        base.add("dir/below", content: "x")
        base.add("again/below", content: "x")
        var top = TestTar()
        top.add(".wh.gone")
        top.add("dir/", type: "5", mode: 0o755)
        top.add("dir/.wh..wh..opq")
        top.add("dir/new", content: "y")
        top.add(".wh.again")
        top.add("again/new", content: "y")
        try test.load(TestArchives.docker([base.finished, top.finished]))
        let root = try test.store.makeRoot(container: "c1", image: "test:1")
        try test.store.mountRoot(root)
        #expect(try FileSystem.list(root.merged) == ["again", "dir"])
        #expect(try FileSystem.list(root.merged + "/dir") == ["new"])
        #expect(try FileSystem.list(root.merged + "/again") == ["new"])
    }

    @Test("128 layers")
    func manyLayers() throws {
        let test = try TestStore()
        let layers = (0..<128).map { TestArchives.layer("f\($0)", "\($0)") }
        try test.load(TestArchives.docker(layers))
        let root = try test.store.makeRoot(container: "c1", image: "test:1")
        let options = try OverlayOptions(root).text
        #expect(options.utf8.count <= OverlayOptions.longest)
        try test.store.mountRoot(root)
        #expect(try FileSystem.list(root.merged).count == 128)
    }

    @Test("a tree that is deep and has odd names is removed and measured")
    func deepTree() throws {
        let test = try TestStore()
        try test.load(TestArchives.docker([TestArchives.layer()]))
        let root = try test.store.makeRoot(container: "c1", image: "test:1")
        var folder = try Folder(path: root.upper)
        let name: [UInt8] = [0xff] + Array(String(repeating: "d", count: 200).utf8)
        for _ in 0..<2000 {
            try folder.makeFolder(name)
            try folder.makeFile([0xfe, 0x0a]).writeAll([1, 2, 3])
            folder = try folder.folder(MemberPath.root.child(name))
        }
        #expect(test.store.writableSize(container: "c1") == 6000)
        try test.store.removeRoot(container: "c1")
        #expect(try FileSystem.list(test.folder + "/overlay").isEmpty)
    }
}
