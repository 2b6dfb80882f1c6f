import Glibc
import SystemCalls
import Testing

@testable import ImageStore

@Suite("unpacking layers", .enabled(if: geteuid() == 0, "needs root: owners and devices"))
struct ExtractionTests {
    /// Imports a root file system and returns where its files are.
    func unpack(_ test: TestStore, _ build: (inout TestTar) -> Void) throws -> String {
        var tar = TestTar()
        build(&tar)
        let reference = try ImageReference(parsing: "x")
        _ = try test.store.importRoot(
            archive: try test.file(tar.finished), reference: reference, changes: [], message: "", platform: nil)
        return try test.files(of: "x")
    }

    @Test("owners, permissions, times, links")
    func attributes() throws {
        let test = try TestStore()
        let root = try unpack(test) { tar in
            tar.add("./", type: "5", mode: 0o711, uid: 5)
            tar.add("bin/", type: "5", mode: 0o750, uid: 1, gid: 2)
            tar.add("bin/su", content: "x", mode: 0o4755, uid: 0, gid: 42)
            tar.add("bin/su2", type: "1", target: "bin/su")
            tar.add("mtab", type: "2", mode: 0o777, uid: 7, target: "/proc/mounts")
            tar.add("bin/dangling", type: "2", target: "../../../../nowhere")
            tar.add("implied/parents/file", content: "y", uid: 70000)
            tar.add("pipe", type: "6", mode: 0o622)
            tar.add("dev/null", type: "3", mode: 0o666, major: 1, minor: 3)
        }
        let status = { (name: String) in try #require(FileSystem.status(root + name, followLinks: false)) }
        #expect(try status("").st_mode & 0o7777 == 0o711)
        #expect(try status("").st_uid == 5)
        #expect(try status("/bin").st_mode & 0o7777 == 0o750)
        #expect(try status("/bin").st_gid == 2)
        #expect(try status("/bin").st_mtim.tv_sec == 1_700_000_000)
        #expect(try status("/bin/su").st_mode & 0o7777 == 0o4755)
        #expect(try status("/bin/su").st_mtim.tv_sec == 1_700_000_000)
        #expect(try status("/bin/su2").st_ino == status("/bin/su").st_ino)
        #expect(FileSystem.linkTarget(root + "/mtab") == "/proc/mounts")
        #expect(try status("/mtab").st_uid == 7)
        #expect(FileSystem.linkTarget(root + "/bin/dangling") == "../../../../nowhere")
        #expect(try status("/implied/parents/file").st_uid == 70000)
        #expect(try status("/pipe").st_mode == S_IFIFO | 0o622)
        #expect(try status("/dev/null").st_mode == S_IFCHR | 0o666)
    }

    @Test("names that are long, composed otherwise, or not UTF-8")
    func names() throws {
        let test = try TestStore()
        let long = String(repeating: "long/", count: 60) + "end"
        let decomposed = Array("fo\u{65}\u{301}".utf8)
        let raw: [UInt8] = [0x66, 0xff, 0xfe, 0x78]
        let root = try unpack(test) { tar in
            tar.pax([("path", Array(long.utf8))])
            tar.add("short", content: "1")
            tar.pax([("path", decomposed)])
            tar.add("short", content: "2")
            tar.add(raw, content: Array("3".utf8))
            tar.add("Gold=Főtanúsítvány.crt", content: "4")
        }
        #expect(try FileSystem.readText(root + "/" + long) == "1")
        let found = unsafe decomposed.withUnsafeBufferPointer { _ in
            unsafe access(cString(Array(root.utf8) + [47] + decomposed), F_OK)
        }
        #expect(found == 0)
        #expect(unsafe access(cString(Array(root.utf8) + [47] + raw), F_OK) == 0)
        #expect(try FileSystem.readText(root + "/Gold=Főtanúsítvány.crt") == "4")
    }

    @Test("attributes of files: capabilities and user attributes")
    func extendedAttributes() throws {
        let test = try TestStore()
        // vfs_cap_data, revision 2: cap_net_raw, effective.
        let capability: [UInt8] = [1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        let root = try unpack(test) { tar in
            tar.pax([
                ("SCHILY.xattr.security.capability", capability), ("SCHILY.xattr.user.note", Array("hi".utf8)),
                ("SCHILY.xattr.security.selinux", Array("x".utf8)),
            ])
            tar.add("ping", content: "x", mode: 0o755)
        }
        let tool = try #require(FileSystem.findProgram("getcap"))
        let output = try ChildProcess.run(ChildRequest(tool, [root + "/ping"]))
        #expect(output.text.contains("cap_net_raw"))
    }

    @Test("whiteouts become overlayfs' own")
    func whiteouts() throws {
        let test = try TestStore()
        let root = try unpack(test) { tar in
            tar.add(".wh.gone")
            tar.add("opaque/", type: "5", mode: 0o755)
            tar.add("opaque/.wh..wh..opq")
            tar.add("opaque/new", content: "n")
            tar.add(".wh..wh.plnk/1.2", content: "aufs")
            tar.add(".wh.replaced")
            tar.add("replaced/", type: "5", mode: 0o755)
            tar.add("replaced/x", content: "x")
            tar.add("kept", content: "k")
            tar.add(".wh.kept")
        }
        let gone = try #require(FileSystem.status(root + "/gone", followLinks: false))
        #expect(gone.st_mode & S_IFMT == S_IFCHR)
        #expect(gone.st_rdev == 0)
        #expect(try FileSystem.readText(root + "/kept") == "k")
        #expect(FileSystem.isDirectory(root + "/replaced"))
    }

    @Test("later members replace earlier ones")
    func replacement() throws {
        let test = try TestStore()
        let root = try unpack(test) { tar in
            tar.add("a", content: "old")
            tar.add("a", content: "new")
            tar.add("d/", type: "5", mode: 0o700)
            tar.add("d/", type: "5", mode: 0o755)
            tar.add("l", type: "2", target: "/etc/shadow")
            tar.add("l", content: "file")
        }
        #expect(try FileSystem.readText(root + "/a") == "new")
        #expect(try #require(FileSystem.status(root + "/d")).st_mode & 0o777 == 0o755)
        #expect(FileSystem.linkTarget(root + "/l") == nil)
        #expect(try FileSystem.readText(root + "/l") == "file")
    }

    @Test("GNU tar's sparse files and long names", .enabled(if: FileSystem.findProgram("tar") != nil))
    func gnuTar() throws {
        let test = try TestStore()
        let source = test.folder + "/source"
        try FileSystem.makeDirectory(source)
        let sparse = try FileDescriptor.open(source + "/sparse", O_WRONLY | O_CREAT)
        try check("pwrite") { unsafe pwrite(sparse.rawValue, [UInt8](repeating: 7, count: 10), 10, 5_000_000) }
        try check("ftruncate") { ftruncate(sparse.rawValue, 8_000_000) }
        let name = String(repeating: "n", count: 180)
        try FileSystem.writeInPlace(source + "/" + name, "long")
        for format in [
            "gnu", "posix", "posix --sparse-version=0.0", "posix --sparse-version=0.1", "posix --sparse-version=1.0",
        ] {
            let tar = try #require(FileSystem.findProgram("tar"))
            let archive = test.folder + "/source.tar.gz"
            let options = "--format=\(format)".split(separator: " ").map(String.init)
            let output = try ChildProcess.run(
                ChildRequest(tar, ["-C", source, "-S", "-czf", archive] + options + ["."]))
            #expect(output.status.isSuccess)
            let reference = try ImageReference(parsing: "sparse")
            let id = try test.store.importRoot(
                archive: archive, reference: reference, changes: ["CMD sh"], message: "", platform: nil)
            let root = try test.files(of: "sparse")
            let bytes = try FileSystem.readBytes(root + "/sparse")
            #expect(bytes.count == 8_000_000)
            #expect(bytes[5_000_003] == 7)
            #expect(bytes.count { $0 != 0 } == 10)
            #expect(try FileSystem.readText(root + "/" + name) == "long")
            #expect(test.store.find(id)?.comment == "Imported from -")
        }
    }
}
