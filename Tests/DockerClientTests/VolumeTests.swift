import SystemCalls
import Testing
import Walkthrough

@Suite("volumes", .needsLab, .engineLab("vol"), .serialized)
struct VolumeTests {
    @Test("a named volume keeps what is written, from one container to the next")
    func named() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker volume create --label a=b data1")
        try await lab.succeed("docker run --rm -v data1:/d busybox sh -c 'echo kept > /d/f'")
        #expect(try await lab.succeed("docker run --rm -v data1:/d:ro busybox cat /d/f") == "kept")
        let refused = try await lab.run("docker run --rm -v data1:/d:ro busybox touch /d/g")
        #expect(refused.code == 1)
        #expect(try await lab.succeed("docker volume ls -q --filter label=a=b") == "data1")
        try await lab.succeed("docker volume rm data1")
        let gone = try await lab.run("docker volume inspect data1")
        #expect(gone.code == 1)
        #expect(gone.errors.contains("get data1: no such volume"))
    }

    @Test("a volume in use is not removed")
    func inUse() async throws {
        let lab = try EngineLab.current
        let id = try await lab.succeed("docker create --name holder -v held:/d busybox true")
        let refused = try await lab.run("docker volume rm held")
        #expect(refused.errors.contains("remove held: volume is in use - [\(id)]"))
        #expect(
            try await lab.succeed(
                "docker inspect -f '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.Mode}} {{.RW}}{{end}}' holder"
            )
                == "volume held /d z true")
        try await lab.succeed("docker rm holder")
        try await lab.succeed("docker volume rm held")
    }

    @Test("an anonymous volume goes with rm -v and --rm, and not with rm")
    func anonymous() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run --rm -v /d busybox true")
        try await lab.wait(for: "", from: "docker volume ls -q")
        try await lab.succeed("docker create --name anon -v /d busybox true")
        try await lab.succeed("docker rm -v anon")
        #expect(try await lab.succeed("docker volume ls -q") == "")
        try await lab.succeed("docker create --name anon -v /d busybox true")
        try await lab.succeed("docker rm anon")
        #expect(try await lab.succeed("docker volume ls -q | wc -l") == "1")
        try await lab.succeed("docker volume create named1")
        try await lab.succeed("docker volume prune -f")
        #expect(try await lab.succeed("docker volume ls -q") == "named1")
        try await lab.succeed("docker volume prune -af")
        #expect(try await lab.succeed("docker volume ls -q") == "")
    }

    @Test("a new volume takes over what the image has there")
    func copyUp() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run --rm -v copied:/etc busybox test -f /etc/passwd")
        #expect(
            try await lab.succeed("docker run --rm -v copied:/v busybox sh -c 'test -f /v/passwd && echo yes'") == "yes"
        )
        let empty = try await lab.run("docker run --rm -v bare:/bin/x:nocopy busybox ls /bin/x")
        #expect(empty.text == "")
        try await lab.succeed("docker volume prune -af")
    }

    @Test("options of the local driver: tmpfs, a bind, and what is refused")
    func options() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker volume create --opt type=tmpfs --opt device=tmpfs --opt o=size=1m quick")
        #expect(
            try await lab.succeed("docker run --rm -v quick:/q busybox sh -c 'df /q | tail -1 | cut -d\" \" -f1'")
                == "tmpfs")
        #expect(try await lab.succeed("grep -c volumes/quick/_data /proc/self/mountinfo || true") == "0")
        let nfs = try await lab.run("docker volume create --opt type=nfs --opt device=:/x --opt o=addr=203.0.113.8 far")
        #expect(nfs.code == 1 && nfs.errors.contains("type \"nfs\" are not built"))
        let bad = try await lab.run("docker volume create --opt bad=x far")
        #expect(bad.errors.contains("create far: invalid option: \"bad\""))
        let driver = try await lab.run("docker volume create -d nosuch far")
        #expect(driver.errors.contains("error looking up volume plugin nosuch: plugin \"nosuch\" not found"))
        try await lab.succeed("docker volume rm quick")
    }

    @Test("--mount, --volumes-from and a part of a volume")
    func mounts() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run --name first -v shared1:/s busybox sh -c 'mkdir /s/sub; echo in > /s/sub/f'")
        #expect(try await lab.succeed("docker run --rm --volumes-from first:ro busybox cat /s/sub/f") == "in")
        #expect(
            try await lab.succeed(
                "docker run --rm --mount type=volume,source=shared1,target=/p,volume-subpath=sub busybox cat /p/f")
                == "in")
        #expect(
            try await lab.succeed(
                "docker run --rm --mount type=tmpfs,target=/t,tmpfs-mode=1770 busybox stat -c %a /t") == "1770")
        let missing = try await lab.run("docker run --rm --mount type=bind,source=/nosuch1,target=/t busybox true")
        #expect(missing.errors.contains("bind source path does not exist: /nosuch1"))
        try await lab.succeed("docker rm first")
        try await lab.succeed("docker volume rm shared1")
    }

    @Test("volumes and their mounts outlive a crash of the daemon")
    func crash() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker volume create --opt type=tmpfs --opt device=tmpfs kept1")
        try await lab.succeed("docker run -d --name runs -v kept1:/k busybox sleep 1000")
        try await lab.restartDaemon(crash: true)
        #expect(try await lab.run("docker volume rm kept1").errors.contains("volume is in use"))
        try await lab.succeed("docker rm -f runs")
        #expect(try await lab.succeed("grep -c volumes/kept1/_data /proc/self/mountinfo || true") == "0")
        try await lab.succeed("docker volume rm kept1")
    }
}
