import Dispatch
import EngineAPI
import Glibc
import SystemCalls
import Testing

@testable import ImageStore

@Suite("files of a container, packed and unpacked", .serialized, .enabled(if: geteuid() == 0, "needs root"))
struct ContainerViewTests {
    /// A folder with a root in it and a secret beside.
    private func withRoot(_ body: (_ view: ContainerView, _ root: String, _ outside: String) throws -> Void) throws {
        let folder = "/tmp/causeway-view-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileTree.remove(folder) }
        for name in ["/root/dir", "/outside"] { try FileSystem.makeDirectory(folder + name) }
        try FileSystem.writeInPlace(folder + "/outside/secret", "secret")
        try body(try ContainerView(directory: folder + "/root"), folder + "/root", folder + "/outside")
    }

    private func unpack(
        _ tar: TestTar, into view: ContainerView, _ path: String = "/", keepsKinds: Bool = false
    ) throws {
        let name = "/tmp/causeway-view-tar-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileSystem.removeFile(name) }
        try FileSystem.replace(name, tar.finished)
        var options = ExtractOptions()
        options.keepsKinds = keepsKinds
        try view.unpack(
            into: path, from: SharedFileDescriptor(try FileDescriptor.open(name, O_RDONLY)), options: options)
    }

    private func text(_ path: String) -> String? { try? FileSystem.readText(path) }

    private func expectRefusal(_ tar: TestTar, _ view: ContainerView) {
        #expect(throws: ImageError.self) { try unpack(tar, into: view) }
    }

    @Test("names that lead out, devices and hard links to what is outside are refused")
    func refused() throws {
        try withRoot { view, root, outside in
            let hostile: [(inout TestTar) -> Void] = [
                { $0.add("../outside/x", content: "x") }, { $0.add("dir/../../outside/x", content: "x") },
                { $0.add("dev", type: "3", major: 1, minor: 3) }, { $0.add("disk", type: "4", major: 8, minor: 0) },
                { $0.add("hard", type: "1", target: "../outside/secret") },
                { $0.add("hard", type: "1", target: outside + "/secret") },
                {
                    $0.add("link", type: "2", target: outside); $0.add("hard", type: "1", target: "link/secret")
                },
            ]
            for add in hostile {
                var tar = TestTar()
                add(&tar)
                expectRefusal(tar, view)
            }
            let left = try FileSystem.list(outside)
            #expect(left == ["secret"])
            #expect(!FileSystem.exists(root + "/hard"))
            #expect(!FileSystem.exists(root + "/dev"))
        }
    }

    @Test("links are followed inside the root alone, and the last name never")
    func links() throws {
        try withRoot { view, root, outside in
            try check("symlink") { unsafe symlink(outside, root + "/out") }
            try check("symlink") { unsafe symlink("../../../../dir", root + "/up") }
            try check("symlink") { unsafe symlink(outside + "/secret", root + "/last") }
            var tar = TestTar()
            tar.add("up/a", content: "a")
            tar.add("last", content: "new")
            try unpack(tar, into: view)
            #expect(text(root + "/dir/a") == "a")
            #expect(text(outside + "/secret") == "secret")
            #expect(text(root + "/last") == "new")
            var through = TestTar()
            through.add("out/x", content: "x")
            // Inside the root there is no such directory, and the name is taken by the link.
            expectRefusal(through, view)
            #expect(throws: ImageError.self) { _ = try view.status("/out/secret") }
            let up = try view.status("/up/a")
            #expect(up.size == 1)
            let link = try view.status("/up")
            #expect(link.linkTarget == "/dir")
            let left = try FileSystem.list(outside)
            #expect(left == ["secret"])
        }
    }

    @Test("a link that is swapped in again and again never lets a write out")
    func race() throws {
        try withRoot { view, root, outside in
            try FileSystem.makeDirectory(root + "/spare")
            try check("symlink") { unsafe symlink(outside, root + "/bad") }
            let ended = DispatchSemaphore(value: 0)
            try DedicatedThread.start("swap") {
                defer { ended.signal() }
                for _ in 0..<20_000 {
                    unsafe rename(root + "/dir", root + "/kept")
                    unsafe rename(root + "/bad", root + "/dir")
                    unsafe rename(root + "/dir", root + "/bad")
                    unsafe rename(root + "/kept", root + "/dir")
                }
            }
            for number in 0..<300 {
                var tar = TestTar()
                tar.add("dir/f\(number)", content: "x")
                try? unpack(tar, into: view)
            }
            // Else the folder could not be removed under its hands.
            ended.wait()
            let left = try FileSystem.list(outside)
            #expect(left == ["secret"])
        }
    }

    @Test("kinds are kept where that is asked for")
    func kinds() throws {
        try withRoot { view, root, _ in
            var tar = TestTar()
            tar.add("dir", content: "x")
            #expect(throws: ImageError.self) { try unpack(tar, into: view, keepsKinds: true) }
            #expect(FileSystem.isDirectory(root + "/dir"))
            try unpack(tar, into: view)
            #expect(text(root + "/dir") == "x")
        }
    }

    @Test("what is packed comes out the same, long names, odd names and owners included")
    func roundTrip() throws {
        try withRoot { view, root, _ in
            let long = String(repeating: "n", count: 120) + "ä"
            try FileSystem.writeInPlace(root + "/dir/" + long, "long")
            try check("chown") { unsafe chown(root + "/dir/" + long, 3_000_000, 7) }
            try check("link") { unsafe link(root + "/dir/" + long, root + "/dir/second") }
            try check("symlink") { unsafe symlink("/nowhere", root + "/dir/link") }
            let name = root + ".tar"
            let file = SharedFileDescriptor(try FileDescriptor.open(name, O_RDWR | O_CREAT | O_TRUNC))
            try view.pack("/dir", as: "copy") { bytes throws(SystemCallError) in
                try file.withDescriptor { (file) throws(SystemCallError) in try file.writeAll(bytes) }
            }
            try view.unpack(into: "/", from: SharedFileDescriptor(try FileDescriptor.open(name, O_RDONLY)))
            #expect(text(root + "/copy/" + long) == "long")
            let status = try #require(FileSystem.status(root + "/copy/second"))
            #expect(status.st_uid == 3_000_000 && status.st_gid == 7 && status.st_nlink == 2)
            #expect(FileSystem.linkTarget(root + "/copy/link") == "/nowhere")
        }
    }
}
