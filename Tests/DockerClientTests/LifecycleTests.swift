import SystemCalls
import Testing
import Walkthrough

@Suite("a container's life", .needsLab, .engineLab("life"), .serialized)
struct LifecycleTests {
    @Test("run --rm hands on the exit code and leaves nothing", arguments: [0, 7, 255])
    func exitCode(_ code: Int) async throws {
        let lab = try EngineLab.current
        #expect(try await lab.run("docker run --rm busybox sh -c 'exit \(code)'").code == code)
        try await lab.wait(for: "", from: "docker ps -aq")
        #expect(try await lab.traces() == lab.baseline)
    }

    @Test("output goes to the streams it was written to")
    func streams() async throws {
        let lab = try EngineLab.current
        let result = try await lab.run("docker run --rm busybox sh -c 'echo out; echo err >&2'")
        #expect(result.output == "out\n")
        #expect(result.errors == "err")
    }

    @Test("input reaches the process, and its end does too")
    func input() async throws {
        let text = String(repeating: "0123456789abcdef\n", count: 3000)
        let lab = try EngineLab.current
        let result = try await lab.run("docker run -i --rm busybox cat", input: text)
        #expect(result.output == text)
        #expect(try await lab.run("docker run -i --rm busybox wc -c", input: text).text == "\(text.utf8.count)")
    }

    @Test("start, stop, kill, restart, rename, pause, wait, rm")
    func verbs() async throws {
        let lab = try EngineLab.current
        let id = try await lab.succeed("docker run -d --name one busybox sleep 1000")
        #expect(LinePattern.matches(id, "{hex64}"))
        let state = "docker inspect -f '{{.State.Status}} {{.State.ExitCode}}'"
        #expect(try await lab.succeed("\(state) one") == "running 0")
        try await lab.succeed("docker pause one")
        #expect(try await lab.succeed("\(state) one") == "paused 0")
        try await lab.succeed("docker unpause one")
        try await lab.succeed("docker stop -t 0 one")
        #expect(try await lab.succeed("\(state) one") == "exited 137")
        try await lab.succeed("docker start one")
        try await lab.succeed("docker rename one two")
        #expect(try await lab.succeed("docker ps --format '{{.Names}}'") == "two")
        try await lab.succeed("docker restart -t 0 two")
        #expect(try await lab.succeed("\(state) two") == "running 0")
        async let code = lab.succeed("docker wait two")
        try await Task.sleep(for: .milliseconds(200))
        try await lab.succeed("docker kill -s KILL two")
        #expect(try await code == "137")
        try await lab.succeed("docker rm two")
        #expect(try await lab.run("docker inspect two").code == 1)
    }

    @Test("stop sends the container's own signal, and waits for its answer")
    func stopSignal() async throws {
        let lab = try EngineLab.current
        try await lab.succeed(
            "docker run -d --name polite --stop-signal USR1 busybox sh -c 'trap \"exit 5\" USR1; echo ready; while :; do sleep 0.1; done'"
        )
        try await lab.wait(for: "ready", from: "docker logs polite")
        try await lab.succeed("docker stop polite")
        #expect(try await lab.succeed("docker inspect -f '{{.State.ExitCode}}' polite") == "5")
        try await lab.succeed("docker rm polite")
    }

    @Test("logs: both streams, the last lines, with times, and followed to the end")
    func logs() async throws {
        let lab = try EngineLab.current
        try await lab.run("docker run --name talks busybox sh -c 'echo one; echo two; echo three'")
        #expect(try await lab.run("docker logs talks").output == "one\ntwo\nthree\n")
        #expect(try await lab.run("docker logs --tail 1 talks").output == "three\n")
        let timed = try await lab.run("docker logs -t --tail 1 talks").text
        #expect(LinePattern.matches(timed, "20{any}T{any}Z three"), "\(timed)")
        try await lab.succeed("docker rm talks")

        try await lab.run("docker run --name both busybox sh -c 'echo out; echo err >&2'")
        let both = try await lab.run("docker logs both")
        #expect(both.output == "out\n")
        #expect(both.errors == "err")
        try await lab.succeed("docker rm both")

        try await lab.succeed("docker run -d --name counts busybox sh -c 'for i in 1 2 3; do echo $i; sleep 0.2; done'")
        #expect(try await lab.run("docker logs -f counts", seconds: 20).output == "1\n2\n3\n")
        try await lab.succeed("docker rm -f counts")
    }

    @Test("exec: exit codes, environment, directory, user, input, detached")
    func exec() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name host1 --hostname host1 busybox sleep 1000")
        #expect(try await lab.run("docker exec host1 sh -c 'exit 3'").code == 3)
        #expect(try await lab.succeed("docker exec host1 cat /etc/hostname") == "host1")
        #expect(
            try await lab.succeed("docker exec -e A=b -w /tmp -u 1:2 host1 sh -c 'echo $A $PWD $(id -u) $(id -g)'")
                == "b /tmp 1 2")
        #expect(try await lab.run("docker exec -i host1 cat", input: "in\n").output == "in\n")
        #expect([126, 127].contains(try await lab.run("docker exec host1 nosuch").code))
        try await lab.succeed("docker exec -d host1 touch /made")
        try await lab.wait(for: "/made", from: "docker exec host1 ls /made")
        try await lab.succeed("docker rm -f host1")
        let stopped = try await lab.run("docker exec host1 true")
        #expect(stopped.errors.contains("No such container: host1"))
    }

    @Test("exec -it: a terminal of its own, which follows the window")
    func execTerminal() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name desk busybox sleep 1000")
        let (device, size, code) = try await lab.converse { shell in
            let session = try TerminalSession(try shell.request("exec docker exec -it desk sh"))
            _ = try session.read(until: TerminalSession.prompt)
            let device = try session.shell("tty")
            let size = try session.resize(rows: 33, columns: 144)
            try session.type("exit 4\n")
            return (device, size, try session.waitForEnd()?.code)
        }
        #expect(device.hasPrefix("/dev/pts/"))
        #expect(size == "33 144")
        #expect(code == 4)
        try await lab.succeed("docker rm -f desk")
    }

    @Test("attach shows what comes from now on, and ends with the container")
    func attach() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -di --name echoes busybox sh -c 'read line; echo got $line; exit 6'")
        let attached = try await lab.run("docker attach echoes", input: "word\n", seconds: 20)
        #expect(attached.output == "got word\n")
        #expect(attached.code == 6)
        try await lab.succeed("docker rm echoes")
    }

    @Test("restart policies: on-failure counts, always comes back, stop means stop")
    func restartPolicies() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name fails --restart on-failure:2 busybox sh -c 'exit 1'")
        try await lab.wait(
            for: "exited 2 1", from: "docker inspect -f '{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}' fails"
        )
        try await lab.succeed("docker run -d --name back --restart always busybox sleep 1000")
        let before = try await lab.succeed("docker inspect -f '{{.State.Pid}}' back")
        try await lab.succeed("kill -9 \(before)")
        try await lab.wait(for: "running 1", from: "docker inspect -f '{{.State.Status}} {{.RestartCount}}' back")
        #expect(try await lab.succeed("docker inspect -f '{{.State.Pid}}' back") != before)
        try await lab.succeed("docker stop -t 0 back")
        #expect(try await lab.succeed("docker inspect -f '{{.State.Status}}' back") == "exited")
        try await lab.succeed("docker rm -f fails back")
    }
}
