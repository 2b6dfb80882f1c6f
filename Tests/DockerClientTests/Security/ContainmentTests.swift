import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// What a container with Docker's defaults must not get at, tried as root inside it.
@Suite("what a container cannot reach", .needsLab, .engineLab("walls", options: ["--debug"]), .serialized)
struct ContainmentTests {
    /// A file of the host's, whose content must never be seen, and its folder.
    private func secret() async throws -> (folder: String, lab: EngineLab) {
        let lab = try EngineLab.current
        let folder = lab.shell.lab.stateDirectory + "/secret"
        try await lab.succeed("mkdir -p \(folder); echo t0p5ecret > \(folder)/f")
        return (folder, lab)
    }

    @Test func `capabilities, system calls and privileges are Docker's`() async throws {
        let lab = try EngineLab.current
        let status =
            "grep -E 'Cap(Eff|Prm|Bnd|Inh|Amb)|NoNewPrivs|^Seccomp:' /proc/1/status | tr -d '\\t' | tr '\\n' ' '"
        let usual = "00000000a80425fb"
        #expect(
            try await lab.succeed("docker run --rm busybox sh -c \"\(status)\"")
                == "CapInh:0000000000000000 CapPrm:\(usual) CapEff:\(usual) CapBnd:\(usual) CapAmb:0000000000000000 NoNewPrivs:0 Seccomp:2"
        )
        #expect(
            try await lab.succeed(
                "docker run --rm --security-opt no-new-privileges -u 1000 busybox sh -c \"\(status)\""
            )
            .hasSuffix(
                "CapPrm:0000000000000000 CapEff:0000000000000000 CapBnd:\(usual) CapAmb:0000000000000000 NoNewPrivs:1 Seccomp:2"
            ))
        // The filter stands before the kernel's own checks: these need no capability outside.
        for command in ["unshare -r true", "unshare -n true", "unshare -m true", "mount -t tmpfs t /tmp"] {
            let result = try await lab.run("docker run --rm busybox \(command)")
            #expect(result.code != 0 && result.errors.contains("ermi"), "\(command): \(result.errors)")
        }
        #expect(try await lab.succeed("docker info -f '{{.SecurityOptions}}'").contains("name=seccomp,profile=builtin"))
    }

    @Test func `the host's devices and the kernel's secrets are out of reach`() async throws {
        let lab = try EngineLab.current
        let tries = [
            "mknod /d b 7 0 && head -c 1 /d", "mknod /m c 1 1 && head -c 1 /m", "echo 0 > /proc/sys/kernel/panic",
            "echo b > /proc/sysrq-trigger", "echo x > /proc/irq/0/smp_affinity", "mount -o remount,rw /proc/sys",
            "test -s /proc/kcore", "test -s /proc/keys", "test -s /proc/timer_list", "ls /sys/firmware | grep .",
            "ls /proc/acpi | grep .", "touch /sys/kernel/x", "echo 1 > /sys/class/net/lo/ifalias",
            "dmesg | grep .",
        ]
        for attempt in tries {
            let result = try await lab.run("docker run --rm busybox sh -c '\(attempt)'")
            #expect(result.code != 0, "\(attempt): \(result.output)")
        }
    }

    @Test func `there is no way to the daemon from inside`() async throws {
        let lab = try EngineLab.current
        #expect(try await lab.run("docker run --rm busybox find / -xdev -type s").text == "")
        #expect(try await lab.run("docker run --rm busybox sh -c 'cat /proc/net/unix | tail -n +2'").text == "")
        for address in ["172.17.0.1", Lab.hostAddress] {
            for port in [2375, 2376] {
                let result = try await lab.run("docker run --rm busybox nc -w 1 \(address) \(port) < /dev/null")
                #expect(result.code != 0, "\(address):\(port)")
            }
        }
    }

    @Test func `the host's files are not seen through proc, exec's directory or descriptors left open`() async throws {
        let (folder, lab) = try await secret()
        try await lab.succeed("docker run -d --name inside busybox sleep 1000")
        for path in ["/proc/1/root", "/proc/1/cwd", "/proc/self/root"] {
            #expect(try await lab.run("docker exec inside cat \(path)\(folder)/f").code != 0)
        }
        // CVE-2024-21626: a descriptor of the host's that the runtime leaks, as the working directory.
        let up = String(repeating: "../", count: 12)
        for number in 3...14 {
            for command in ["exec -w /proc/self/fd/\(number) inside", "run --rm -w /proc/self/fd/\(number) busybox"] {
                let result = try await lab.run("docker \(command) cat \(up)\(folder)/f")
                #expect(result.code != 0 && !result.output.contains("t0p5ecret"), "\(command)")
            }
        }
        let open = try await lab.succeed("docker exec inside sh -c 'ls -l /proc/self/fd /proc/1/fd'")
        #expect(!open.contains("/sys/fs/cgroup") && !open.contains(lab.shell.lab.dataRoot), "\(open)")
        try await lab.succeed("docker rm -f inside")
    }

    @Test func `docker cp stays in the container, whatever its links and whoever changes them meanwhile`() async throws
    {
        let (folder, lab) = try await secret()
        try await lab.succeed("docker run -d --name liar busybox sleep 1000")
        try await lab.succeed(
            "docker exec liar sh -c 'ln -s / /all; ln -s /proc/1/root /proot; ln -s \(folder) /far; "
                + "ln -s ../../../../../../../..\(folder) /up; mkdir -p /race'")
        for path in [
            "/all\(folder)", "/proot\(folder)", "/far", "/up", "/proc/1/root\(folder)", "/../../../..\(folder)",
        ] {
            let out = try await lab.run("docker cp -L liar:\(path)/f - | tar xO")
            #expect(!out.output.contains("t0p5ecret"), "out of \(path)")
            try await lab.run("echo forged | docker exec -i liar tee /tmp/new > /dev/null; echo forged > \(folder)/new")
            try await lab.run("docker cp \(folder)/new liar:\(path)/f")
            #expect(try FileSystem.readText(folder + "/f") == "t0p5ecret\n", "into \(path)")
        }
        // A directory that turns into a link and back as fast as it can.
        try await lab.succeed(
            "docker exec -d liar sh -c 'mkdir -p /race/d /race/k; echo own > /race/d/f; ln -s \(folder) /race/l; "
                + "while :; do mv /race/d /race/o; mv /race/l /race/d; mv /race/d /race/l; mv /race/o /race/d; done'")
        try await lab.succeed(
            "for i in $(seq 15); do docker cp liar:/race/d/f - 2>/dev/null | tar xO 2>/dev/null; "
                + "docker cp \(folder)/new liar:/race/d/f 2>/dev/null; done | grep -q t0p5ecret && exit 1; true")
        #expect(try FileSystem.readText(folder + "/f") == "t0p5ecret\n")
        try await lab.succeed("docker rm -f liar")
    }

    @Test func `a volume's folders and what the image is do not lead out`() async throws {
        let (folder, lab) = try await secret()
        try await lab.succeed(
            "docker volume create wall >/dev/null; docker run --rm -v wall:/v busybox sh -c 'ln -s / /v/all; mkdir /v/sub; ln -s \(folder) /v/far'"
        )
        for path in ["all", "all\(folder)", "far", "sub/../all", "../../../..\(folder)", "..", "sub/../.."] {
            let result = try await lab.run(
                "docker run --rm --mount type=volume,src=wall,dst=/m,volume-subpath=\(path) busybox sh -c 'cat /m/f /m/\(folder)/f; ls /m'"
            )
            // A link to the root is one to the volume's own.
            #expect(!result.output.contains("t0p5ecret") && !result.lines.contains("proc"), "\(path): \(result.output)")
        }
        // Where something is mounted is the container's own, though its image has a link there.
        try await lab.succeed("docker run --name linked busybox ln -s \(folder) /data && docker commit linked linked")
        try await lab.run(
            "docker run --rm -v wall:/data/x -v wall:/data linked sh -c 'echo forged > /data/f; touch /data/x/f'")
        #expect(try FileSystem.list(folder).sorted() == ["f", "new"].filter { FileSystem.exists(folder + "/" + $0) })
        #expect(try FileSystem.readText(folder + "/f") == "t0p5ecret\n")
        try await lab.succeed("docker rm -f linked; docker rmi linked; docker volume rm wall")
    }

    @Test func `what the daemon keeps, others on the machine cannot read`() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name kept -e PASSWORD=inm3mory busybox sleep 1000")
        let readers = "setpriv --reuid 65534 --regid 65534 --clear-groups"
        for folder in [lab.shell.lab.dataRoot, lab.shell.lab.execRoot] {
            let found = try await lab.run("\(readers) grep -r -l inm3mory \(folder) 2>/dev/null")
            #expect(found.output == "", "\(found.output)")
        }
        let database = lab.shell.lab.dataRoot + "/causeway.db"
        #expect(
            try await lab.succeed("stat -c %a \(database) \(database)-wal \(database)-shm | sort -u") == "600")
        #expect(try await lab.run("grep inm3mory \(lab.shell.lab.daemonLog)").output == "", "nor does the log tell")
        try await lab.succeed("docker rm -f kept")
    }
}
