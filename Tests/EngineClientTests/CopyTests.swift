import Glibc
import SystemCalls
import Testing

@testable import EngineClient

@Suite("Copying")
struct CopyTests {
    @Test(
        "a colon parts container and path, but not in what is plainly a path",
        arguments: [
            ("web:/etc/passwd", "web", "/etc/passwd"), ("web:etc", "web", "etc"), ("web:", "web", ""),
            ("web:/a:b", "web", "/a:b"), ("/a:b", nil, "/a:b"), ("./a:b", nil, "./a:b"), ("..:b", nil, "..:b"),
            ("file", nil, "file"), ("-", nil, "-"), (":x", nil, "x"),
        ])
    func argument(text: String, container: String?, path: String) {
        let argument = CopyArgument(text)
        #expect(argument.container == container)
        #expect(argument.path == path)
    }

    @Test("paths are taken apart as Go does it")
    func paths() {
        let cleaned = ["/a//b/./c/../d/": "/a/b/d", "": ".", "a/..": ".", "../a": "../a", "/..": "/", "/": "/"]
        for (path, clean) in cleaned { #expect(CopyPath.clean(path) == clean) }
        let split = [
            "/a/b": "/a b", "/a/b/": "/a b", "/a/b/.": "/a/b .", "b": ". b", ".": ". .", "/": "/ /", "/a": "/ a",
        ]
        for (path, parts) in split {
            let (directory, base) = CopyPath.split(path)
            #expect("\(directory) \(base)" == parts, "\(path)")
        }
        #expect(CopyEnd.absolute("/a/../b/.") == "/b/.")
        #expect(CopyEnd.absolute("/a/b//") == "/a/b/")
        #expect(CopyEnd.absolute(".").hasSuffix("/."))
    }

    /// Source, destination (`?` missing, `f` file, `d` directory), and where it goes under which name.
    @Test(
        "where a copy goes",
        arguments: [
            ("f /a/x", "d /o", "/o x"), ("d /a/x", "d /o", "/o x"), ("d /a/x/.", "d /o", "/o ."),
            ("d /a/x/", "d /o/", "/o/ x"), ("d /", "d /o", "/o ."), ("f /a/x", "f /o/y", "/o y"),
            ("d /a/x", "f /o/y", "cannot copy directory"), ("f /a/x", "? /o/y", "/o y"),
            ("f /a/x", "? /o/y/", "no such directory"), ("f /a/x", "? /o/y/.", "no such directory"),
            ("d /a/x", "? /o/y", "/o y"), ("d /a/x", "? /o/y/", "/o y"), ("d /a/x/.", "? /o/y", "/o y"),
        ])
    func plan(from source: String, to destination: String, result: String) throws {
        func end(_ text: String) -> CopyEnd {
            CopyEnd(path: String(text.dropFirst(2)), exists: !text.hasPrefix("?"), isDirectory: text.hasPrefix("d"))
        }
        do throws(ClientError) {
            let plan = try CopyPlan(from: end(source), to: end(destination))
            #expect("\(plan.directory) \(plan.name)" == result)
        } catch {
            #expect(error.message == result)
        }
    }

    @Test("a followed link keeps its own name")
    func renamed() throws {
        let followed = CopyEnd.followed("/d/link/.", to: "/real")
        #expect(followed.path == "/real/." && followed.name == nil)
        let file = CopyEnd.followed("/d/link", to: "/real")
        #expect(file.path == "/real" && file.name == "link")
        #expect(try CopyPlan(from: file, to: CopyEnd(path: "/o", isDirectory: true)).name == "link")
        #expect(try CopyPlan(from: file, to: CopyEnd(path: "/o/new", exists: false)).name == "new")
    }

    @Test("ends on this machine: links, what is missing, what is no place to copy to")
    func local() throws {
        let folder = "/tmp/causeway-copy-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileSystem.makeDirectory(folder + "/d")
        defer { try? FileSystem.removeTree(folder) }
        try FileSystem.writeInPlace(folder + "/d/f", "x")
        for (name, target) in [("link", "d"), ("file", "d/f"), ("gone", "d/none"), ("loop", "loop")] {
            try check("symlink") { unsafe symlink(target, folder + "/" + name) }
        }
        let link = try CopyEnd.localSource(folder + "/link", follows: false)
        #expect(link == CopyEnd(path: folder + "/link"))
        let through = try CopyEnd.localSource(folder + "/link/", follows: false)
        #expect(through == CopyEnd(path: folder + "/d/", isDirectory: true, name: "link"))
        #expect(try CopyEnd.localSource(folder + "/link/f", follows: false).path == folder + "/d/f")
        let followed = try CopyEnd.localSource(folder + "/file", follows: true)
        #expect(followed == CopyEnd(path: folder + "/d/f", name: "file"))
        #expect(throws: ClientError.local("lstat \(folder)/none: no such file or directory")) {
            try CopyEnd.localSource(folder + "/none", follows: false)
        }
        #expect(try CopyEnd.localDestination(folder + "/link") == CopyEnd(path: folder + "/d", isDirectory: true))
        #expect(try CopyEnd.localDestination(folder + "/gone") == CopyEnd(path: folder + "/d/none", exists: false))
        #expect(throws: ClientError.local("too many symlinks in \(folder)/loop")) {
            try CopyEnd.localDestination(folder + "/loop")
        }
        #expect(throws: ClientError.local("invalid output path: directory \"\(folder)/no\" does not exist")) {
            try CopyEnd.checkOutput(folder + "/no/such")
        }
        #expect(throws: ClientError.self) { try CopyEnd.checkOutput("/dev/null") }
        try CopyEnd.checkOutput(folder + "/new")
    }
}
