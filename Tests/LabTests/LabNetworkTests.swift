import Glibc
import KernelTestSupport
import SystemCalls
import Testing

@testable import Lab

/// Labs without a daemon, real namespaces, real packets.
@Suite("a lab's network", .enabled(if: geteuid() == 0, "network namespaces need root"))
struct LabNetworkTests {
    /// Runs `body` in a fresh lab and takes it down, whatever happens.
    private func withLab(_ suffix: String, _ body: (Lab) throws -> Void) throws {
        let lab = try Lab(TestLab.name("n-\(suffix)"))
        try lab.up(LabContents())
        let result = Result { try body(lab) }
        try lab.down()
        try result.get()
    }

    private func output(_ lab: Lab, _ command: String) throws -> ProcessOutput {
        try ChildProcess.run(try lab.request(["sh", "-c", command]))
    }

    @Test("its host reaches the internet by address and by name, and the web server there")
    func reachesInternet() throws {
        try withLab("web") { lab in
            let byAddress = try output(lab, "ping -c 1 -W 2 203.0.113.8")
            #expect(byAddress.status.isSuccess, "\(byAddress.text)")
            let byName = try output(lab, "ping -c 1 -W 2 example.test")
            #expect(byName.text.contains("(203.0.113.8)"), "\(byName.errorText)")
            let page = try output(lab, #"printf 'GET / HTTP/1.0\r\n\r\n' | busybox nc -w 2 203.0.113.8 80"#)
            #expect(page.text.contains("You reached the lab's internet."))
        }
    }

    @Test("its internet knows no way back to 172.17.0.0/16")
    func noWayBack() throws {
        try withLab("back") { lab in
            let hidden = try output(lab, "ip addr add 172.17.0.2/32 dev lo && ping -c 1 -W 1 -I 172.17.0.2 203.0.113.8")
            #expect(!hidden.status.isSuccess)
            #expect(hidden.text.contains("100% packet loss"), "\(hidden.text)\(hidden.errorText)")
        }
    }

    @Test("its programs see its devices in /sys, the machine's control groups, and its socket")
    func environment() throws {
        try withLab("env") { lab in
            let devices = try output(lab, "ls /sys/class/net").text.split(separator: "\n")
            #expect(devices == ["lo", "up0"])
            let groups = try output(lab, "ls /sys/fs/cgroup").text.split(separator: "\n").map(String.init)
            #expect(groups == (try FileSystem.list("/sys/fs/cgroup").filter { !$0.hasPrefix(".") }))
            #expect(try output(lab, "echo $DOCKER_HOST").text == "unix://\(lab.socketPath)\n")
            // The programs that were built beside the one that runs, without being installed.
            let own = try output(lab, "echo $PATH").text.prefix { $0 != ":" }
            #expect(LabPrograms.this.hasPrefix("\(own)/"))
            #expect(try output(lab, "exit 7").status.code == 7)
        }
    }

    @Test("two labs live side by side, and the machine's own links stay as they are")
    func sideBySide() throws {
        let before = try machineLinks()
        try withLab("one") { one in
            try withLab("two") { two in
                #expect(one.socketPath != two.socketPath)
                for lab in [one, two] {
                    let pinged = try output(lab, "ping -c 1 -W 2 203.0.113.8")
                    #expect(pinged.status.isSuccess)
                }
                let during = try machineLinks()
                #expect(during == before)
            }
        }
        #expect(try machineLinks() == before)
    }

    @Test("down ends what runs in it and leaves nothing; a second down has nothing to do")
    func down() throws {
        let lab = try Lab(TestLab.name("n-down"))
        try lab.up(LabContents())
        let sleeper = try ChildProcess.spawn(try lab.request(["sleep", "1000"]))
        #expect(LabProcesses(lab).member(sleeper.pid)?.name == "sleep")
        try lab.down()
        #expect(try sleeper.wait() == .signalled(SIGKILL))
        #expect(!lab.exists)
        #expect(!FileSystem.exists(lab.stateDirectory))
        let mounts = try FileSystem.readText("/proc/self/mountinfo")
        #expect(!mounts.contains(lab.name))
        try lab.down()
    }

    @Test("up after a crash clears what was left")
    func upAgain() throws {
        let lab = try Lab(TestLab.name("n-again"))
        try FileSystem.makeDirectory(lab.runDirectory + "/exec/netns")
        _ = try NetworkNamespace.make(at: lab.execRoot + "/netns/0123456789ab")
        try lab.up(LabContents())
        #expect(!FileSystem.exists(lab.execRoot))
        try lab.down()
        #expect(!lab.exists)
    }

    @Test("a daemon that refuses to start is quoted, and nothing is left")
    func daemonRefuses() throws {
        let lab = try Lab(TestLab.name("n-refuse"))
        let script = "/tmp/\(lab.name)-daemon"
        try FileSystem.replace(script, Array("#!/bin/sh\necho 'conmon is missing' >&2\nexit 3\n".utf8), mode: 0o755)
        defer { try? FileSystem.removeFile(script) }
        let error = #expect(throws: LabError.self) { try lab.up(LabContents(daemon: script)) }
        #expect(error?.message.contains("exit code 3") == true, "\(error?.description ?? "")")
        #expect(error?.message.contains("conmon is missing") == true)
        #expect(!lab.exists)
    }

    @Test("a missing daemon is named")
    func daemonMissing() throws {
        let lab = try Lab(TestLab.name("n-missing"))
        let error = #expect(throws: LabError.self) { try lab.up(LabContents(daemon: "/nonexistent/causewayd")) }
        #expect(error?.message.contains("/nonexistent/causewayd") == true)
        #expect(!lab.exists)
    }

    /// Names, flags and addresses of the machine's own links, without counters.
    private func machineLinks() throws -> String {
        try ChildProcess.run(ChildRequest("/bin/sh", ["-c", "ip -o link | sort; ip -o addr; ip route"])).text
    }
}
