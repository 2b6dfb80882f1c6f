import Lab
import SystemCalls
import Testing
import Walkthrough

/// `--mount` in all its types, through the docker command line.
@Suite("mounts", .needsLab, .engineLab("mounts"), .serialized)
struct MountTests {
    /// A row: the mount, what runs in the container, and what it prints or what the error says.
    struct Row: Sendable, CustomStringConvertible {
        var mount: String
        var script = "true"
        var prints: String?
        var fails: String?
        var description: String { mount }
    }

    @Test(
        "of every type do what they say",
        arguments: [
            Row(mount: "type=image,src=busybox,dst=/m", script: "ls /m/bin/busybox", prints: "/m/bin/busybox"),
            Row(mount: "type=image,src=busybox,dst=/m", script: "touch /m/x", fails: "Read-only file system"),
            Row(
                mount: "type=image,src=busybox,dst=/m,image-subpath=etc", script: "cut -c-4 /m/passwd | head -1",
                prints: "root"),
            Row(
                mount: "type=image,src=busybox,dst=/m,image-subpath=etc/passwd", script: "cut -c-4 /m | head -1",
                prints: "root"),
            Row(
                mount: "type=image,src=busybox,dst=/m,image-subpath=nosuch", fails: "nosuch: no such file or directory"),
            Row(
                mount: "type=image,src=busybox,dst=/m,image-subpath=../x",
                fails: "subpath must be a relative path within the volume"),
            Row(
                mount: "type=image,dst=/m",
                fails: "invalid mount config for type \"image\": field Source must not be empty"),
            Row(
                mount: "type=cluster,src=x,dst=/m",
                fails: "invalid mount config for type \"cluster\": mount type unknown"),
            Row(
                mount: "type=tmpfs,dst=/m,tmpfs-size=1m,tmpfs-mode=700",
                script: "stat -c %a /m; df -k /m | tail -1 | tr -s ' ' | cut -d' ' -f2", prints: "700\n1024"),
            Row(mount: "type=tmpfs,dst=/m,readonly", script: "touch /m/x", fails: "Read-only file system"),
            Row(mount: "type=bind,src=/tmp,dst=/m,readonly", script: "touch /m/x", fails: "Read-only file system"),
            Row(mount: "type=bind,src=/tmp,dst=/m,consistency=cached", script: "test -d /m && echo yes", prints: "yes"),
            Row(mount: "type=bind,src=/tmp,dst=/m,bind-nonrecursive", script: "test -d /m && echo yes", prints: "yes"),
            Row(mount: "type=bind,src=/tmp,dst=/m,bind-propagation=bogus", fails: "invalid propagation mode: bogus"),
            Row(mount: "type=volume,src=mv1,dst=/bin,volume-nocopy", fails: "\"sh\": executable file not found"),
            Row(mount: "type=volume,src=mv2,dst=/etc", script: "test -f /etc/passwd && echo yes", prints: "yes"),
            Row(
                mount: "type=volume,src=mv2,dst=/m,volume-subpath=passwd", script: "cut -c-4 /m | head -1",
                prints: "root"),
            Row(mount: "type=volume,src=mv2,dst=/m,volume-subpath=nosuch", fails: "nosuch: no such file or directory"),
            Row(
                mount: "type=volume,dst=/m,volume-subpath=a", fails: "must not set Subpath when using anonymous volumes"
            ),
            Row(
                mount: "type=volume,src=mv3,dst=/m,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=1m",
                script: "df -k /m | tail -1 | tr -s ' ' | cut -d' ' -f1,2", prints: "tmpfs 1024"),
        ])
    func types(_ row: Row) async throws {
        let result = try await EngineLab.current.run(
            "docker run --rm --mount '\(row.mount)' busybox sh -c \"\(row.script)\"")
        if let wanted = row.prints { #expect(result.text == wanted, "\(result.errors)") }
        if let wanted = row.fails { #expect(result.code != 0 && result.errors.contains(wanted), "\(result.errors)") }
    }

    @Test("an image that is mounted stays for its container, whatever becomes of its name")
    func imageStays() async throws {
        let lab = try EngineLab.current
        let tree = lab.shell.lab.stateDirectory + "/mounted"
        try await lab.succeed(
            "mkdir -p \(tree) && echo inside > \(tree)/f && tar -C \(tree) -c . | docker import - mine:1")
        let layers = "ls \(lab.shell.lab.dataRoot)/image/layers/sha256 | wc -l"
        let before = try await lab.succeed(layers)
        try await lab.succeed("docker run -d --name holds --mount type=image,src=mine:1,dst=/m busybox sleep 1000")
        #expect(
            try await lab.succeed(
                "docker inspect -f '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.RW}}{{end}}' holds")
                == "image mine:1 /m false")
        try await lab.succeed("docker rmi mine:1")
        try await lab.restartDaemon(crash: true)
        #expect(try await lab.succeed("docker exec holds cat /m/f") == "inside")
        try await lab.succeed("docker restart -t 0 holds")
        #expect(try await lab.succeed("docker exec holds cat /m/f") == "inside")
        #expect(try await lab.succeed("docker cp holds:/m/f - | tar -xO") == "inside")
        try await lab.succeed("docker kill holds")
        try await lab.wait(for: "exited", from: "docker inspect -f '{{.State.Status}}' holds")
        #expect(try await lab.succeed("docker cp holds:/m/f - | tar -xO") == "inside")
        #expect(try await lab.traces() == lab.baseline)
        try await lab.succeed("docker rm holds")
        #expect(try await lab.traces() == lab.baseline)
        // The layer went with the last that needed it.
        let after = try #require(Int(try await lab.succeed(layers)))
        #expect(after == (Int(before) ?? 0) - 1)
    }

    @Test("an old client asks for an image mount in vain, and any client for an image that is not there")
    func refusals() async throws {
        let lab = try EngineLab.current
        func create(_ version: String, _ image: String) async throws -> String {
            try await lab.succeed(
                """
                curl -s -w '%{http_code}' --unix-socket \(lab.shell.lab.socketPath) -H 'Content-Type: application/json' \
                -d '{"Image":"busybox","HostConfig":{"Mounts":[{"Type":"image","Source":"\(image)","Target":"/m"}]}}' \
                http://d/v\(version)/containers/create
                """)
        }
        let old = try await create("1.47", "busybox")
        #expect(old.contains(#"Mount type \"Image\" needs API v1.48 or newer"#) && old.hasSuffix("400"), "\(old)")
        let missing = try await create("1.48", "nosuch:1")
        #expect(missing.contains("No such image: nosuch:1") && missing.hasSuffix("404"), "\(missing)")
    }
}
