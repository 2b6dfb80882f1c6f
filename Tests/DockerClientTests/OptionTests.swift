import Lab
import SystemCalls
import Testing
import Walkthrough

@Suite("docker run's options", .needsLab, .engineLab("options"), .serialized)
struct OptionTests {
    @Test(
        "what the process finds",
        arguments: [
            ("-e A=1 -e B='two words' busybox sh -c 'echo $A $B'", "1 two words"),
            ("-w /tmp busybox pwd", "/tmp"),
            ("-w /made/on/demand busybox pwd", "/made/on/demand"),
            ("-u 1000:1001 busybox sh -c 'echo $(id -u) $(id -g)'", "1000 1001"),
            ("--entrypoint echo busybox hello", "hello"),
            ("--hostname aussie busybox hostname", "aussie"),
            ("--network none busybox sh -c 'ls /sys/class/net'", "lo"),
            (
                "--read-only --tmpfs /scratch busybox sh -c 'touch /x 2>/dev/null || touch /scratch/x && ls /scratch'",
                "x"
            ),
            ("busybox sh -c 'grep CapEff /proc/self/status'", "CapEff:\t00000000a80425fb"),
            ("--cap-drop ALL busybox sh -c 'grep CapEff /proc/self/status'", "CapEff:\t0000000000000000"),
            (
                "--cap-drop ALL --cap-add NET_ADMIN busybox sh -c 'grep CapEff /proc/self/status'",
                "CapEff:\t0000000000001000"
            ),
            ("busybox sh -c 'sort -u /etc/resolv.conf | grep ^nameserver'", "nameserver 203.0.113.53"),
            ("busybox sh -c 'grep -c localhost /etc/hosts'", "2"),
            ("busybox sh -c 'grep \"$(hostname)$\" /etc/hosts | cut -f1'", "172.17.0.2"),
            ("busybox sh -c 'echo $PPID $$'", "0 1"),
            ("busybox sh -c 'head -c 1 /proc/kcore 2>/dev/null | wc -c; ls /proc/acpi | wc -l'", "0\n0"),
        ])
    func inside(_ arguments: String, _ expected: String) async throws {
        let result = try await EngineLab.current.run("docker run --rm \(arguments)")
        #expect(result.text == expected, "exit code \(result.code): \(result.errors)")
    }

    @Test("--network host: the lab's own devices")
    func hostNetwork() async throws {
        let names = try await EngineLab.current.succeed("docker run --rm --network host busybox ip -o link")
        #expect(names.contains(" up0@") && names.contains(" docker0:"))
    }

    @Test("-v: the host's folder, writable, or read-only where asked")
    func bind() async throws {
        let lab = try EngineLab.current
        let folder = lab.shell.lab.stateDirectory + "/shared"
        try FileSystem.makeDirectory(folder)
        try await lab.succeed("docker run --rm -v \(folder):/data busybox sh -c 'echo hello > /data/file'")
        #expect(try FileSystem.readText(folder + "/file") == "hello\n")
        let refused = try await lab.run("docker run --rm -v \(folder):/data:ro busybox touch /data/other")
        #expect(refused.code == 1)
        #expect(refused.errors.contains("Read-only file system"))
    }

    @Test("--memory, --cpus, --pids-limit: the kernel's control groups say so")
    func limits() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name small --memory 64m --cpus 0.5 --pids-limit 50 busybox sleep 1000")
        let pid = try await lab.succeed("docker inspect -f '{{.State.Pid}}' small")
        let groups = try ControlGroups(pid: pid)
        #expect(try groups.read("memory", "memory.limit_in_bytes", or: "memory.max") == "67108864")
        #expect(try groups.read("pids", "pids.max", or: "pids.max") == "50")
        #expect(["50000", "50000 100000"].contains(try groups.read("cpu", "cpu.cfs_quota_us", or: "cpu.max")))
        try await lab.succeed("docker rm -f small")
        #expect(!groups.exist, "the groups are gone with the container")
    }

    @Test("--privileged: every capability that the machine has")
    func privileged() async throws {
        let lab = try EngineLab.current
        let all = try await lab.succeed("grep CapBnd /proc/self/status")
        let inside = try await lab.succeed("docker run --rm --privileged busybox grep CapBnd /proc/self/status")
        #expect(inside == all)
    }

    @Test("--label and a port of inspect's other facts")
    func inspect() async throws {
        let lab = try EngineLab.current
        try await lab.succeed(
            "docker create --name facts --label a=b --label c= -e X=1 --restart unless-stopped busybox sh")
        let format =
            "{{.Name}} {{index .Config.Labels \"a\"}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.NetworkMode}} {{.Path}} {{.State.Status}}"
        let facts = try await lab.succeed("docker inspect -f '\(format)' facts")
        #expect(
            ["/facts b unless-stopped default sh created", "/facts b unless-stopped bridge sh created"].contains(facts))
        #expect(try await lab.succeed("docker ps -a --filter label=a=b --format '{{.Names}}'") == "facts")
        #expect(try await lab.succeed("docker ps -aq --filter label=a=x") == "")
        try await lab.succeed("docker rm facts")
    }
}

/// A process' control groups, version 1 or 2.
private struct ControlGroups {
    private var folders: [String: String] = [:]

    init(pid: String) throws {
        for line in try FileSystem.readText("/proc/\(pid)/cgroup").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            for controller in parts[1].split(separator: ",") { folders[String(controller)] = String(parts[2]) }
            if parts[0] == "0" { folders["unified"] = String(parts[2]) }
        }
    }

    /// Reads a controller's file: the first name in version 1, the second in version 2.
    func read(_ controller: String, _ file: String, or unified: String) throws -> String {
        let text: String
        if let folder = folders[controller] {
            text = try FileSystem.readText("/sys/fs/cgroup/\(controller)\(folder)/\(file)")
        } else {
            text = try FileSystem.readText("/sys/fs/cgroup\(folders["unified"] ?? "")/\(unified)")
        }
        return String(text.split(separator: "\n").first ?? "")
    }

    /// Whether the memory controller's group is still there.
    var exist: Bool {
        if let folder = folders["memory"] { return FileSystem.exists("/sys/fs/cgroup/memory" + folder) }
        return FileSystem.exists("/sys/fs/cgroup" + (folders["unified"] ?? ""))
    }
}
