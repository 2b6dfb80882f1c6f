import SystemCalls
import Testing

@testable import Engine

@Suite("what an engine that starts puts right")
struct RecoveryTests {
    @Test("containers start after those that they lean on; a circle is no obstacle")
    func order() {
        let sorted = StartOrder.sorted(["a": ["c"], "b": [], "c": ["d", "gone"], "d": [], "e": ["f"], "f": ["e"]])
        #expect(sorted == ["d", "c", "a", "b", "f", "e"])
    }

    @Test("a hosts file gets exactly the container's own lines; what the user wrote stays")
    func hosts() {
        let text = "127.0.0.1\tlocalhost\n10.0.0.1\tmine\n172.17.0.2\tred\n172.18.0.2\tred\n"
        #expect(
            NameFiles.mending(text, own: ["172.17.0.2\tred", "172.19.0.2\tred"], name: "red")
                == "127.0.0.1\tlocalhost\n10.0.0.1\tmine\n172.17.0.2\tred\n172.19.0.2\tred\n")
    }

    @Test("files that were half written go, others stay")
    func unfinished() throws {
        let folder = "/tmp/causeway-unfinished-\(UInt32.random(in: 0 ... .max))"
        try FileSystem.makeDirectory(folder)
        defer { try? FileSystem.removeTree(folder) }
        for name in ["a.json", "a.json.tmp-12-34", "b.tmp-x-1", "c.tmp-1"] {
            try FileSystem.writeInPlace(folder + "/" + name, "")
        }
        try FileSystem.removeUnfinished(in: folder)
        #expect(try FileSystem.list(folder) == ["a.json", "b.tmp-x-1", "c.tmp-1"])
    }
}
