import SystemCalls
import Testing
import Walkthrough

@Suite("namespaces shared with another container", .needsLab, .engineLab("share"), .serialized)
struct SharedNamespaceTests {
    @Test("--pid container: one sees the other's processes, and ends with it; docker top shows each its own")
    func processes() async throws {
        let lab = try EngineLab.current
        let id = try await lab.succeed("docker run -d --name seen busybox sleep 4711")
        try await lab.succeed("docker run -d --name seer --pid container:seen busybox sleep 4712")
        #expect(try await lab.succeed("docker inspect -f '{{.HostConfig.PidMode}}' seer") == "container:\(id)")
        #expect(try await lab.succeed("docker exec seer ps -o args | grep -c 'sleep 471[12]'") == "2")
        #expect(try await lab.succeed("docker top seer -o pid,args | grep -o 'sleep 471.'") == "sleep 4712")
        #expect(try await lab.succeed("docker top seen -o pid,args | grep -o 'sleep 471.'") == "sleep 4711")
        try await lab.succeed("docker rm -f seen")
        #expect(try await lab.succeed("docker wait seer") == "137")
        let again = try await lab.run("docker start seer")
        #expect(again.errors.contains("failed to join PID namespace: No such container: \(id)"), "\(again.errors)")
        try await lab.succeed("docker rm seer")
    }

    @Test("--pid host: docker top shows the container's own processes, and none is left of it")
    func machine() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name wide --pid host busybox sh -c 'sleep 4713 & wait'")
        try await lab.wait(for: "2", from: "docker top wide -o pid,args | grep -c 'sleep 4713'")
        let shown = try await lab.succeed("docker top wide -o pid,args")
        #expect(shown.split(separator: "\n").count == 3, "\(shown)")
        #expect(try await lab.succeed("docker top wide -o pid | wc -l") == "3")
        try await lab.succeed("docker rm -f wide")
        #expect(try await lab.run("ps -eo args | grep -c '^sleep 4713'").text == "0")
    }

    @Test("--ipc container: /dev/shm is shared, while any of them runs; one that keeps its own is not shared")
    func memory() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name giver --ipc shareable --shm-size 7m busybox sleep 1000")
        try await lab.succeed("docker run -d --name taker --ipc container:giver busybox sleep 1000")
        try await lab.succeed("docker exec giver sh -c 'echo shared > /dev/shm/f'")
        #expect(try await lab.succeed("docker exec taker cat /dev/shm/f") == "shared")
        #expect(
            try await lab.succeed("docker exec giver readlink /proc/self/ns/ipc")
                == (try await lab.succeed("docker exec taker readlink /proc/self/ns/ipc")))
        for name in ["giver", "taker"] {
            let mount = try await lab.succeed("docker exec \(name) grep ' /dev/shm ' /proc/mounts")
            #expect(mount.contains("rw,nosuid,nodev,noexec") && mount.contains("size=7168k"), "\(mount)")
        }
        try await lab.succeed("docker rm -f giver")
        #expect(try await lab.succeed("docker exec taker cat /dev/shm/f") == "shared")
        try await lab.succeed("docker rm -f taker")

        let id = try await lab.succeed("docker run -d --name miser busybox sleep 1000")
        let refused = try await lab.run("docker run --rm --ipc container:miser busybox true")
        #expect(refused.code == 125)
        #expect(
            refused.errors.contains(
                "failed to join IPC namespace: container \(id): non-shareable IPC "
                    + "(hint: use IpcMode:shareable for the donor container)"), "\(refused.errors)")
        try await lab.succeed("docker rm -f miser")
        #expect(try await lab.run("grep -c -- '-shm ' /proc/mounts").text == "0")
    }

    @Test("a container that is not there, or does not run, is named", arguments: [("pid", "PID"), ("ipc", "IPC")])
    func missing(_ option: String, _ kind: String) async throws {
        let lab = try EngineLab.current
        let nobody = try await lab.run("docker run --rm --\(option) container:nobody busybox true")
        #expect(nobody.code == 125)
        // No 404: the command line would pull the image.
        #expect(
            nobody.errors.hasPrefix("docker: Error response from daemon: No such container: nobody"), "\(nobody.errors)"
        )
        let id = try await lab.succeed("docker create --name idle busybox true")
        let idle = try await lab.run("docker run --rm --\(option) container:idle busybox true")
        #expect(
            idle.errors.contains("failed to join \(kind) namespace: container \(id) is not running"), "\(idle.errors)")
        try await lab.succeed("docker rm idle")
    }
}
