import EngineAPI
import Glibc
import SystemCalls
import Testing

@testable import ContainerRuntime

@Suite(.enabled(if: RuntimeLab.isPossible), .timeLimit(.minutes(2)))
struct ContainerLifeTests {
    @Test func aCommandRunsAndItsExitCodeAndOutputComeBack() async throws {
        try await RuntimeLab.with { lab in
            let result = try await lab.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
            #expect(result.exit.exitCode == 3)
            #expect(!result.exit.oomKilled)
            #expect(abs(result.exit.finishedAt.nanoseconds - Timestamp.now.nanoseconds) < 10_000_000_000)
            #expect(result.output == "out\n")
            #expect(result.errors == "err\n")
        }
    }

    @Test func outputBeforeAnyoneReadsIsNotLost() async throws {
        try await RuntimeLab.with { lab in
            let made = try await lab.make(["echo", "early"])
            let session = try await lab.runtime.attach(made.id, tty: false)
            try await lab.runtime.start(made.id)
            let exit = await lab.runtime.waitForExit(made.id, conmonPid: made.launched.conmonPid)
            #expect(exit.exitCode == 0)
            #expect(try await RuntimeLab.drain(session).output == "early\n")
        }
    }

    @Test func theEndOfTheInputReachesTheProcess() async throws {
        try await RuntimeLab.with { lab in
            let text = String(repeating: "0123456789abcdef\n", count: 20000)
            let made = try await lab.make(["cat"], openStdin: true)
            let session = try await lab.runtime.attach(made.id, tty: false)
            try await lab.runtime.start(made.id)
            async let drained = RuntimeLab.drain(session)
            try await session.writeInput(Array(text.utf8))
            await session.closeInput()
            let output = try await drained.output
            #expect(output == text)
            #expect(await lab.runtime.waitForExit(made.id, conmonPid: made.launched.conmonPid).exitCode == 0)
        }
    }

    @Test func withoutAnOpenInputAProcessReadsItsEndAtOnce() async throws {
        try await RuntimeLab.with { lab in
            let result = try await lab.run(["cat"])
            #expect(result.exit.exitCode == 0)
        }
    }

    @Test func aTerminalHasASizeAndControlCInterrupts() async throws {
        try await RuntimeLab.with { lab in
            let made = try await lab.make(["sh"], tty: true, openStdin: true)
            let session = try await lab.runtime.attach(made.id, tty: true)
            try await lab.runtime.start(made.id)
            try await lab.runtime.resize(made.id, height: 41, width: 123)
            try await session.writeInput(
                Array("while [ \"$(stty size)\" != '41 123' ]; do :; done; echo si''zed\n".utf8))
            #expect(try await RuntimeLab.read(session, until: "sized").contains("sized"))
            try await session.writeInput(Array("sleep 100; echo aft''er $?\n".utf8))
            _ = try await RuntimeLab.read(session, until: "sleep 100")
            try await Task.sleep(for: .milliseconds(200))
            try await session.writeInput([3])
            try await session.writeInput(Array("exit 7\n".utf8))
            _ = try await RuntimeLab.drain(session)
            #expect(await lab.runtime.waitForExit(made.id, conmonPid: made.launched.conmonPid).exitCode == 7)
        }
    }

    @Test func detachKeysLetGoAndTheProcessRunsOn() async throws {
        try await RuntimeLab.with { lab in
            let made = try await lab.make(["sh"], tty: true, openStdin: true)
            let session = DetachableSession(try await lab.runtime.attach(made.id, tty: true))
            try await lab.runtime.start(made.id)
            try await session.writeInput(Array("echo he''llo\n".utf8))
            _ = try await RuntimeLab.read(session, until: "hello")
            try await session.writeInput([0x10])
            try await session.writeInput([0x11])
            while try await session.nextOutput() != nil {}
            #expect(session.detached)
            #expect(lab.runtime.isAlive(pid: made.launched.pid, startTime: made.launched.startTime))
            let again = try await lab.runtime.attach(made.id, tty: true)
            try await again.writeInput(Array("exit 5\n".utf8))
            #expect(await lab.runtime.waitForExit(made.id, conmonPid: made.launched.conmonPid).exitCode == 5)
        }
    }

    @Test(arguments: [
        ("nosuch", 127, "executable file not found in $PATH"), ("/nosuch", 127, "no such file or directory"),
        ("/etc/passwd", 126, "permission denied"), ("/etc", 126, "permission denied"),
    ])
    func aBadCommandFailsInDockersWordsAndLeavesNothing(_ command: String, _ code: Int, _ words: String) async throws {
        try await RuntimeLab.with { lab in
            let error = await #expect(throws: RuntimeError.self) { try await lab.make([command]) }
            #expect(error?.exitCode == code)
            #expect(error?.message.contains("exec: \"\(command)\": ") == true)
            #expect(error?.message.contains(words) == true)
            let configuration = lab.runtime.configuration
            #expect(try FileSystem.list(configuration.socketRoot) == [])
            #expect(try FileSystem.list(configuration.stateRoot).filter { !$0.hasPrefix(".") } == [])
            for hierarchy in configuration.cgroups.hierarchies where FileSystem.exists(hierarchy + lab.cgroupParent) {
                let groups = try FileSystem.list(hierarchy + lab.cgroupParent).filter { $0.count == 64 }
                #expect(groups == [])
            }
        }
    }

    @Test func signalsReachTheFirstProcess() async throws {
        try await RuntimeLab.with { lab in
            let made = try await lab.make(["sh", "-c", "trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done"])
            let session = try await lab.runtime.attach(made.id, tty: false)
            try await lab.runtime.start(made.id)
            _ = try await RuntimeLab.read(session, until: "up")
            try await lab.runtime.kill(made.id, signal: SIGTERM)
            #expect(await lab.runtime.waitForExit(made.id, conmonPid: made.launched.conmonPid).exitCode == 9)
            let error = await #expect(throws: RuntimeError.self) {
                try await lab.runtime.kill(made.id, signal: SIGKILL)
            }
            #expect(error?.kind == .notFound)
        }
    }

    @Test func aPausedContainerStandsStillAndCanBeRemoved() async throws {
        try await RuntimeLab.with { lab in
            let made = try await lab.make(["sh", "-c", "while :; do echo x; sleep 0.01; done"])
            try await lab.runtime.start(made.id)
            try await lab.runtime.pause(made.id)
            let size = FileSystem.status(made.logPath)?.st_size
            try await Task.sleep(for: .milliseconds(100))
            #expect(FileSystem.status(made.logPath)?.st_size == size)
            try await lab.runtime.unpause(made.id)
            try await Task.sleep(for: .milliseconds(300))
            #expect(FileSystem.status(made.logPath)?.st_size != size)
            try await lab.runtime.pause(made.id)
            try await lab.runtime.delete(made.id, force: true)
            #expect(!lab.runtime.isAlive(pid: made.launched.pid, startTime: made.launched.startTime))
        }
    }

    @Test func wantOfMemoryIsTold() async throws {
        try await RuntimeLab.with { lab in
            var host = HostConfig()
            host.memory = 16 << 20
            let result = try await lab.run(["tail", "/dev/zero"], host: host)
            #expect(result.exit.exitCode == 137)
            #expect(result.exit.oomKilled)
        }
    }

    @Test func aKilledMonitorTakesItsContainerAlong() async throws {
        try await RuntimeLab.with { lab in
            let made = try await lab.make(["sleep", "1000"])
            try await lab.runtime.start(made.id)
            kill(made.launched.conmonPid, SIGKILL)
            #expect(await lab.runtime.waitForExit(made.id, conmonPid: made.launched.conmonPid).exitCode == 137)
            #expect(!lab.runtime.isAlive(pid: made.launched.pid, startTime: made.launched.startTime))
            try await lab.runtime.delete(made.id, force: false)
        }
    }

    @Test func aNewDaemonFindsARunningContainer() async throws {
        try await RuntimeLab.with { lab in
            let made = try await lab.make(["sh", "-c", "sleep 0.3; exit 4"])
            try await lab.runtime.start(made.id)
            let second = ContainerRuntime(lab.runtime.configuration, logger: lab.runtime.logger)
            let running = await #expect(throws: RuntimeError.self) { try await second.delete(made.id, force: false) }
            #expect(running?.message.contains("is running") == true)
            #expect(await second.waitForExit(made.id, conmonPid: made.launched.conmonPid).exitCode == 4)
            // And one that comes after the end reads it from the files.
            let third = ContainerRuntime(lab.runtime.configuration, logger: lab.runtime.logger)
            #expect(await third.waitForExit(made.id, conmonPid: made.launched.conmonPid).exitCode == 4)
            try await third.delete(made.id, force: true)
            #expect(try FileSystem.list(lab.runtime.configuration.exitRoot) == [])
        }
    }

    @Test func monitorsLeaveNoZombies() async throws {
        try await RuntimeLab.with { lab in
            let made = try await lab.make(["true"])
            try await lab.runtime.start(made.id)
            _ = await lab.runtime.waitForExit(made.id, conmonPid: made.launched.conmonPid)
            for _ in 0..<100 where FileSystem.exists("/proc/\(made.launched.conmonPid)") {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(!FileSystem.exists("/proc/\(made.launched.conmonPid)"))
        }
    }

    @Test func usersRootsAndLimitsAreAsAskedFor() async throws {
        try await RuntimeLab.with { lab in
            var host = HostConfig()
            host.readonlyRootfs = true
            host.tmpfs = ["/tmp": "size=1m"]
            host.ulimits = [Ulimit(name: "nofile", hard: 256, soft: 128)]
            let script =
                "id -u; id -G; ulimit -n; touch /x 2>/dev/null || echo readonly; echo > /tmp/y && echo tmp; pwd"
            let result = try await lab.run(["sh", "-c", script], user: "user", env: ["A=b"], host: host)
            #expect(result.output == "1000\n1000 10\n128\nreadonly\ntmp\n/\n")
            // Containers of other suites run at the same time and borrow it for a moment, too.
            for _ in 0..<100 where FileSystem.status("/dev/null")?.st_uid != 0 {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(FileSystem.status("/dev/null")?.st_uid == 0)
        }
    }

    @Test func aPrivilegedContainerMayMount() async throws {
        try await RuntimeLab.with { lab in
            var host = HostConfig()
            host.privileged = true
            let linked = unsafe symlink("busybox", lab.root + "/bin/mount")
            #expect(linked == 0)
            let mounting = ["mount", "-t", "tmpfs", "x", "/tmp"]
            let allowed = try await lab.run(mounting, host: host)
            #expect(allowed.exit.exitCode == 0)
            let refused = try await lab.run(mounting)
            #expect(refused.exit.exitCode != 0)
        }
    }
}
