import Glibc
import Lab
import SystemCalls
import Testing
import Walkthrough

@Suite("a daemon that goes and comes back", .needsLab, .engineLab("restart"), .serialized)
struct DaemonRestartTests {
    @Test("containers, addresses and exit codes survive", arguments: [false, true])
    func survives(crash: Bool) async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name stays busybox sh -c 'echo before; exec sleep 1000'")
        try await lab.run("docker run --name done busybox sh -c 'exit 5'")
        let facts =
            "docker inspect -f '{{.Id}} {{.State.Pid}} {{.State.Status}} {{.NetworkSettings.Networks.bridge.IPAddress}}' stays"
        let before = try await lab.succeed(facts)
        let rules = try await lab.succeed("iptables-save | grep -v '^[#:]'")
        try await restart(lab, crash: crash)

        #expect(try await lab.succeed(facts) == before)
        #expect(try await lab.succeed("docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' done") == "exited 5")
        #expect(try await lab.succeed("docker logs stays") == "before")
        #expect(try await lab.succeed("docker exec stays echo still") == "still")
        #expect(try await lab.run("docker exec stays ping -c 1 -W 2 203.0.113.8").code == 0)
        #expect(try await lab.succeed("iptables-save | grep -v '^[#:]'") == rules, "the same rules, each once")
        let next = try await lab.succeed("docker run --rm busybox ip -4 -o addr show eth0")
        #expect(next.contains("172.17.0.3/16"), "the address in use is not given again: \(next)")
        try await lab.succeed("docker stop -t 0 stays")
        #expect(try await lab.succeed("docker inspect -f '{{.State.ExitCode}}' stays") == "137")
        try await lab.succeed("docker rm stays done")
        #expect(try await lab.traces() == lab.baseline)
    }

    @Test("a container that ends meanwhile: its exit code is known, --rm is honoured")
    func endsMeanwhile() async throws {
        let lab = try EngineLab.current
        let folder = lab.shell.lab.stateDirectory + "/signal"
        try FileSystem.makeDirectory(folder)
        let body = "'until [ -e /d/go ]; do sleep 0.05; done; exit 9'"
        try await lab.succeed("docker run -d --name ends -v \(folder):/d busybox sh -c \(body)")
        try await lab.succeed("docker run -d --rm --name leaves -v \(folder):/d busybox sh -c \(body)")
        let pids = try await lab.succeed("docker inspect -f '{{.State.Pid}}' ends leaves").split(separator: "\n").map(
            String.init)
        try await lab.converse { shell in
            let handles = pids.compactMap { Int32($0) }
            try shell.lab.stopDaemon(crash: true)
            try FileSystem.writeInPlace(folder + "/go", "")
            for pid in handles where FileSystem.exists("/proc/\(pid)") {
                _ = try ProcessHandle(pid: pid).waitForEnd(milliseconds: 5000)
            }
            try shell.lab.restartDaemon()
        }
        try await lab.wait(for: "exited 9", from: "docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' ends")
        try await lab.wait(for: "ends", from: "docker ps -a --format '{{.Names}}'")
        try await lab.succeed("docker rm ends")
        #expect(try await lab.traces() == lab.baseline)
    }

    @Test("restart policies hold over a crash: always comes up again, no stays down")
    func restartPolicy() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name always --restart always busybox sleep 1000")
        try await lab.succeed("docker run -d --name never busybox sleep 1000")
        let pids = try await lab.succeed("docker inspect -f '{{.State.Pid}}' always never").split(separator: "\n").map(
            String.init)
        try await lab.converse { shell in
            try shell.lab.stopDaemon(crash: true)
            for pid in pids.compactMap({ Int32($0) }) {
                let handle = try ProcessHandle(pid: pid)
                try handle.send(SIGKILL)
                _ = try handle.waitForEnd(milliseconds: 5000)
            }
            try shell.lab.restartDaemon()
        }
        try await lab.wait(for: "running", from: "docker inspect -f '{{.State.Status}}' always")
        try await lab.wait(for: "exited 137", from: "docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' never")
        try await lab.succeed("docker rm -f always never")
    }

    @Test("containers that end with the daemon are down at the next start; those with --rm are gone, volumes with them")
    func endsWithDaemon() async throws {
        let lab = try EngineLab.current
        try await lab.restartDaemon(options: ["--live-restore=false"])
        let volumes = try await lab.succeed("docker volume ls -q")
        try await lab.succeed("docker run -d --name ends busybox sh -c 'trap exit TERM; while :; do sleep 0.1; done'")
        try await lab.succeed(
            "docker run -d --rm --name leaves -v /anonymous busybox sh -c 'trap exit TERM; while :; do sleep 0.1; done'"
        )
        try await lab.restartDaemon(options: [])
        #expect(try await lab.succeed("docker ps -a --format '{{.Names}} {{.State}}'") == "ends exited")
        #expect(try await lab.succeed("docker volume ls -q") == volumes)
        try await lab.succeed("docker rm ends")
        #expect(try await lab.traces() == lab.baseline)
    }

    @Test("images are still there")
    func images() async throws {
        let lab = try EngineLab.current
        let before = try await lab.succeed("docker images --no-trunc")
        try await restart(lab, crash: true)
        #expect(try await lab.succeed("docker images --no-trunc") == before)
    }

    private func restart(_ lab: EngineLab, crash: Bool) async throws {
        try await lab.converse { shell in
            try shell.lab.stopDaemon(crash: crash)
            try shell.lab.restartDaemon()
        }
    }
}
