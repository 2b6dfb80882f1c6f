import Testing

@testable import Lab

@Suite("causeway lab: arguments")
struct LabArgumentsTests {
    @Test("up takes a name, its options, and the daemon's after --")
    func up() throws {
        let parsed = try LabArguments(parsing: [
            "up", "peer", "--no-image", "--daemon", "/x/causewayd", "--", "--debug",
        ])
        #expect(parsed.operation == .up)
        #expect(parsed.name == "peer")
        #expect(parsed.withoutImage)
        #expect(parsed.daemon == "/x/causewayd")
        #expect(parsed.rest == ["--debug"])
    }

    @Test("exec takes the command after --, options included")
    func exec() throws {
        let parsed = try LabArguments(parsing: ["exec", "--", "ip", "-d", "addr"])
        #expect(parsed.name == nil)
        #expect(parsed.rest == ["ip", "-d", "addr"])
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            ["sideways"], ["up", "--daemon"], ["up", "a", "b"], ["down", "--", "x"], ["exec", "--no-daemon"],
            ["status", "--format", "yaml"], ["status", "--all"],
        ])
    func refused(_ arguments: [String]) {
        #expect(throws: LabError.self) { _ = try LabArguments(parsing: arguments) }
    }

    @Test("a name may not lead out of the lab's folder", arguments: ["", "..", "a/b", "A", "-x", "é", "a b"])
    func names(_ name: String) {
        #expect(throws: LabError.self) { _ = try Lab(name) }
    }

    @Test("a socket's path fits the kernel's 107 bytes even for the longest name")
    func socketPath() throws {
        #expect(try Lab(String(repeating: "n", count: 24)).socketPath.utf8.count < 108)
    }

    @Test("mount points: escapes resolved, only the outermost below a folder")
    func mountPoints() {
        let table = """
            23 27 0:22 / /sys rw - sysfs sysfs rw
            31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
            32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
            40 27 0:40 / /run/a\\040b rw - tmpfs tmpfs rw
            """
        #expect(LabMounts.mountPoints(below: "/sys", table: table) == ["/sys/fs/cgroup"])
        #expect(LabMounts.allMountPoints(table).last == "/run/a b")
    }
}
