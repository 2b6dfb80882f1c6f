import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

@Suite("health, limits and their use", .needsLab, .engineLab("health"), .serialized)
struct HealthTests {
    private let state = "docker inspect -f '{{.State.Health.Status}}'"

    @Test("--health-cmd: starting, healthy, unhealthy, healthy again, in inspect, ps and filters")
    func health() async throws {
        let lab = try EngineLab.current
        try await lab.succeed(
            "docker run -d --name well --health-cmd 'test -e /well' --health-interval 200ms --health-retries 2 "
                + "--health-start-period 60s busybox sleep 1000")
        #expect(try await lab.succeed("docker ps --format '{{.Status}}'").hasSuffix("(health: starting)"))
        try await lab.succeed("docker exec well touch /well")
        try await lab.wait(for: "healthy", from: "\(state) well")
        #expect(try await lab.succeed("docker ps --format '{{.Status}}'").hasSuffix("(healthy)"))
        #expect(try await lab.succeed("docker ps -f health=healthy --format '{{.Names}}'") == "well")
        try await lab.succeed("docker exec well rm /well")
        try await lab.wait(for: "unhealthy", from: "\(state) well")
        #expect(try await lab.succeed("docker ps -f health=healthy --format '{{.Names}}'") == "")
        try await lab.wait(for: "5", from: "docker inspect -f '{{len .State.Health.Log}}' well")
        // The checks themselves leave no execs behind.
        #expect(try await lab.succeed("docker inspect -f '{{len .ExecIDs}}' well") != "5")
        try await lab.succeed("docker rm -f well")
    }

    @Test("a check that takes too long fails, and its process is killed")
    func late() async throws {
        let lab = try EngineLab.current
        try await lab.succeed(
            "docker run -d --name late --health-cmd 'echo begun; exec sleep 777' --health-interval 100ms "
                + "--health-timeout 500ms --health-retries 1 busybox sleep 1000")
        try await lab.wait(for: "unhealthy", from: "\(state) late")
        let result = try await lab.succeed(
            "docker inspect -f '{{(index .State.Health.Log 0).ExitCode}} {{(index .State.Health.Log 0).Output}}' late")
        #expect(result == "-1 Health check exceeded timeout (500ms): begun")
        let running = try await lab.run("docker top late | grep -c 'sleep 777'").text
        #expect(["0", "1"].contains(running), "at most the present check runs")
        try await lab.succeed("docker rm -f late")
    }

    @Test("health survives the daemon, and the checks go on")
    func restart() async throws {
        let lab = try EngineLab.current
        try await lab.succeed(
            "docker run -d --name stays --health-cmd 'test -e /well' --health-interval 200ms --health-retries 1 "
                + "busybox sh -c 'touch /well; exec sleep 1000'")
        try await lab.wait(for: "healthy", from: "\(state) stays")
        try await lab.restartDaemon(crash: true)
        #expect(try await lab.succeed("\(state) stays") == "healthy")
        try await lab.succeed("docker exec stays rm /well")
        try await lab.wait(for: "unhealthy", from: "\(state) stays")
        try await lab.succeed("docker stop -t 0 stays")
        #expect(try await lab.succeed("\(state) stays") == "unhealthy")
        try await lab.succeed("docker rm stays")
    }

    @Test("stats: a line a container, without a stream, and with one")
    func stats() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name busy --memory 64m busybox sh -c 'while :; do :; done'")
        try await lab.succeed("docker run -d --name calm --network none busybox sleep 1000")
        let format = "'{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.NetIO}} {{.PIDs}}'"
        let lines = try await lab.succeed("docker stats --no-stream --format \(format)").split(separator: "\n")
        let busy = try #require(lines.first { $0.hasPrefix("busy ") }).split(separator: " ")
        #expect(Double(busy[1].dropLast()) ?? 0 > 1, "\(busy)")
        #expect(busy[4] == "64MiB" && busy.last == "1")
        let calm = try #require(lines.first { $0.hasPrefix("calm ") })
        #expect(calm.contains(" 0B / 0B 1"))
        let drawn = try await lab.run("timeout -s KILL 3 docker stats busy", seconds: 10)
        #expect(drawn.output.components("busy") >= 2, "\(drawn.output)")
        try await lab.succeed("docker rm -f busy calm")
    }

    @Test("update: limits change under a running container, policies take effect")
    func update() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name limited --memory 32m --pids-limit 20 busybox sleep 1000")
        try await lab.succeed("docker update --memory 64m --memory-swap 128m --cpus 0.5 --restart always limited")
        let inspect =
            "docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} "
            + "{{.HostConfig.RestartPolicy.Name}}' limited"
        #expect(try await lab.succeed(inspect) == "67108864 500000000 20 always")
        let format = "docker stats --no-stream --format '{{.MemUsage}}' limited"
        #expect(try await lab.succeed(format).hasSuffix("/ 64MiB"))
        let refused = try await lab.run("docker update --memory 512m limited")
        #expect(refused.code != 0 && refused.errors.contains("update the memoryswap at the same time"))
        #expect(try await lab.succeed(inspect) == "67108864 500000000 20 always")
        let pid = try await lab.succeed("docker inspect -f '{{.State.Pid}}' limited")
        try await lab.succeed("kill -9 \(pid)")
        try await lab.wait(for: "running 1", from: "docker inspect -f '{{.State.Status}} {{.RestartCount}}' limited")
        #expect(try await lab.succeed(format).hasSuffix("/ 64MiB"), "a restart keeps the limits")
        try await lab.succeed("docker rm -f limited")
    }

    @Test("restart policies wait longer each time")
    func backOff() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name fails --restart on-failure:4 busybox false")
        try await lab.wait(for: "exited 4", from: "docker inspect -f '{{.State.Status}} {{.RestartCount}}' fails")
        let times = try await lab.succeed(
            "docker events --since 1m --until $(($(date +%s) + 1)) -f container=fails -f event=start -f event=die "
                + "--format '{{.Action}} {{.TimeNano}}'")
        var dies: Int?
        var waits: [Int] = []
        for line in times.split(separator: "\n") {
            let words = line.split(separator: " ")
            let time = try #require(Int(words[1]))
            if words[0] == "die" { dies = time } else if let dies { waits.append((time - dies) / 1_000_000) }
        }
        #expect(waits.count == 4)
        for (wait, least) in zip(waits, [100, 200, 400, 800]) { #expect(wait >= least, "\(waits)") }
        try await lab.succeed("docker rm fails")
    }
}

extension String {
    /// How often a word is in it.
    fileprivate func components(_ word: String) -> Int { ranges(of: word).count }
}
