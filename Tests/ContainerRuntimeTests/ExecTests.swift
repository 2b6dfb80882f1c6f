import EngineAPI
import Glibc
import SystemCalls
import Testing

@testable import ContainerRuntime

@Suite(.enabled(if: RuntimeLab.isPossible), .timeLimit(.minutes(2)))
struct ExecTests {
    private func withSleeper(
        user: String = "", env: [String] = [], _ body: (RuntimeLab, RuntimeLab.Made) async throws -> Void
    ) async throws {
        try await RuntimeLab.with { lab in
            let made = try await lab.make(["sleep", "1000"], user: user, env: env)
            try await lab.runtime.start(made.id)
            try await body(lab, made)
            #expect(lab.runtime.isAlive(pid: made.launched.pid, startTime: made.launched.startTime))
            let left = try FileSystem.list(lab.runtime.configuration.socketRoot).filter { $0.hasPrefix("exec-") }
            #expect(left == [])
        }
    }

    @Test func outputErrorsAndExitCodeComeBack() async throws {
        try await withSleeper(env: ["A=container", "B=container"]) { lab, made in
            let exec = try await lab.runtime.exec(
                ExecLaunch(
                    containerID: made.id, execID: "e1",
                    args: ["sh", "-c", "echo $A $B; echo err >&2; pwd; id -u; exit 6"], env: ["A=exec"], cwd: "/tmp",
                    user: "user:wheel", attachStdout: true, attachStderr: true))
            let (output, errors) = try await RuntimeLab.drain(try #require(exec.session))
            #expect(output == "exec container\n/tmp\n1000\n")
            #expect(errors == "err\n")
            #expect(await exec.wait() == 6)
            #expect(await exec.wait() == 6)
        }
    }

    @Test func inputIsHalfClosed() async throws {
        try await withSleeper { lab, made in
            let exec = try await lab.runtime.exec(
                ExecLaunch(
                    containerID: made.id, execID: "e2", args: ["cat"], attachStdin: true, attachStdout: true))
            let session = try #require(exec.session)
            try await session.writeInput(Array("hello".utf8))
            await session.closeInput()
            #expect(try await RuntimeLab.drain(session).output == "hello")
            #expect(await exec.wait() == 0)
        }
    }

    @Test func aTerminalHasItsSize() async throws {
        try await withSleeper { lab, made in
            let exec = try await lab.runtime.exec(
                ExecLaunch(
                    containerID: made.id, execID: "e3", args: ["sh"], tty: true, attachStdin: true, attachStdout: true,
                    consoleSize: TerminalSize(height: 33, width: 99)))
            let session = try #require(exec.session)
            try await session.writeInput(Array("stty size; tty\n".utf8))
            #expect(try await RuntimeLab.read(session, until: "/dev/pts").contains("33 99"))
            try await exec.resize(height: 12, width: 34)
            try await session.writeInput(
                Array("while [ \"$(stty size)\" != '12 34' ]; do :; done; exit 8\n".utf8))
            _ = try await RuntimeLab.drain(session)
            #expect(await exec.wait() == 8)
        }
    }

    @Test func aDetachedOneRunsByItself() async throws {
        try await withSleeper { lab, made in
            let exec = try await lab.runtime.exec(
                ExecLaunch(containerID: made.id, execID: "e4", args: ["sh", "-c", "echo there > /tmp/f; exit 2"]))
            #expect(exec.session == nil)
            #expect(await exec.wait() == 2)
            #expect(try FileSystem.readText(lab.root + "/tmp/f") == "there\n")
        }
    }

    @Test(
        arguments: [
            ("nosuch", 127, "executable file not found in $PATH"), ("/etc/passwd", 126, "permission denied"),
        ], [true, false])
    func aBadCommandFailsInDockersWords(_ bad: (String, Int, String), _ attached: Bool) async throws {
        try await withSleeper { lab, made in
            let error = await #expect(throws: RuntimeError.self) {
                try await lab.runtime.exec(
                    ExecLaunch(containerID: made.id, execID: "e5", args: [bad.0], attachStdout: attached))
            }
            #expect(error?.exitCode == bad.1)
            #expect(error?.message.hasPrefix("OCI runtime exec failed: exec failed: ") == true)
            #expect(error?.message.contains(bad.2) == true)
        }
    }

    @Test func privilegesAreTheContainersUnlessMoreAreAskedFor() async throws {
        try await withSleeper { lab, made in
            var masks: [String] = []
            for (index, privileged) in [false, true].enumerated() {
                let exec = try await lab.runtime.exec(
                    ExecLaunch(
                        containerID: made.id, execID: "e6\(index)", args: ["sh", "-c", "cat /proc/self/status"],
                        privileged: privileged, attachStdout: true))
                let text = try await RuntimeLab.drain(try #require(exec.session)).output
                masks.append(String(text.split(separator: "\n").first { $0.hasPrefix("CapEff") }?.suffix(16) ?? ""))
                #expect(await exec.wait() == 0)
            }
            #expect(masks.first == "00000000a80425fb")
            #expect(masks.last != masks.first)
        }
    }

    @Test func unknownUsersAndContainersAreRefused() async throws {
        try await withSleeper { lab, made in
            let user = await #expect(throws: RuntimeError.self) {
                try await lab.runtime.exec(
                    ExecLaunch(containerID: made.id, execID: "e7", args: ["true"], user: "nosuch"))
            }
            #expect(user?.message == "unable to find user nosuch: no matching entries in passwd file")
            #expect(user?.kind == .invalid)
            let container = await #expect(throws: RuntimeError.self) {
                try await lab.runtime.exec(ExecLaunch(containerID: "nosuch", execID: "e8", args: ["true"]))
            }
            #expect(container?.kind == .notFound)
        }
    }

    @Test func aSignalledOneTells() async throws {
        try await withSleeper { lab, made in
            let exec = try await lab.runtime.exec(
                ExecLaunch(containerID: made.id, execID: "e9", args: ["sleep", "1000"]))
            kill(exec.pid, SIGKILL)
            #expect(await exec.wait() == 137)
        }
    }
}
