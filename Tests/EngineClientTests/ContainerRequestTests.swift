import EngineAPI
import Testing

@testable import EngineClient

private func make(_ words: [String], environment: [String: String] = [:]) throws -> ContainerCreateRequest {
    let parsed = try ParsedArguments(words, flags: ContainerFlags.all, interspersed: false)
    return try ContainerRequest.make(parsed) { environment[$0] }
}

private func refusal(_ words: String...) -> String? {
    do {
        _ = try make(words)
        return nil
    } catch let error as ValueError {
        return error.message
    } catch {
        return "\(error)"
    }
}

@Suite("The request that `run` makes")
struct ContainerRequestTests {
    @Test("docker run -it --name=red busybox")
    func interactive() throws {
        let request = try make(["-it", "--name=red", "busybox"])
        #expect(request.config.image == "busybox")
        #expect(request.config.cmd == nil)
        #expect(request.config.tty && request.config.openStdin && request.config.stdinOnce)
        #expect(request.config.attachStdin && request.config.attachStdout && request.config.attachStderr)
        #expect(request.hostConfig.networkMode == "default")
        #expect(request.hostConfig.restartPolicy.name == "no")
    }

    @Test("everything after the image is the container's")
    func command() throws {
        #expect(try make(["busybox", "sh", "-c", "echo --rm"]).config.cmd == ["sh", "-c", "echo --rm"])
        #expect(try make(["--entrypoint", "", "busybox"]).config.entrypoint == [""])
    }

    @Test("variables without a value come from here, or are taken away")
    func environment() throws {
        let request = try make(["-e", "A=b=c", "-e", "FOO", "-e", "NOPE", "busybox"], environment: ["FOO": "bar"])
        #expect(request.config.env == ["A=b=c", "FOO=bar", "NOPE"])
    }

    @Test("limits")
    func limits() throws {
        let host = try make([
            "-m", "64m", "--memory-swap", "-1", "--cpus", "1.5", "-c", "512", "--pids-limit", "100", "--shm-size",
            "1k", "--ulimit", "nofile=1:2", "busybox",
        ]).hostConfig
        #expect(host.memory == 64 << 20)
        #expect(host.memorySwap == -1)
        #expect(host.nanoCpus == 1_500_000_000)
        #expect(host.cpuShares == 512)
        #expect(host.pidsLimit == 100)
        #expect(host.shmSize == 1024)
        #expect(host.ulimits == [Ulimit(name: "nofile", hard: 2, soft: 1)])
    }

    @Test("--init=false is told apart from nothing said")
    func initProcess() throws {
        #expect(try make(["--init=false", "busybox"]).hostConfig.useInit == false)
        #expect(try make(["busybox"]).hostConfig.useInit == nil)
    }

    @Test("volumes and mounts")
    func storage() throws {
        let request = try make([
            "-v", "/a:/b:ro", "-v", "vol:/x", "-v", "/anonymous", "--tmpfs", "/t:size=1m", "--mount",
            "type=bind,source=/a,target=/c,readonly,bind-propagation=rshared", "busybox",
        ])
        #expect(request.hostConfig.binds == ["/a:/b:ro", "vol:/x"])
        #expect(request.config.volumes?.keys.sorted() == ["/anonymous"])
        #expect(request.hostConfig.tmpfs == ["/t": "size=1m"])
        let mount = try #require(request.hostConfig.mounts?.first)
        #expect(mount.type == "bind" && mount.source == "/a" && mount.target == "/c" && mount.readOnly == true)
        #expect(mount.bindOptions?.propagation == "rshared")
    }

    @Test("ports")
    func ports() throws {
        let request = try make([
            "-p", "80:80", "-p", "127.0.0.1:8080:81/udp", "-p", "[::1]:1-2:4-5", "-p", "9000-9003:90", "--expose",
            "40-41", "busybox",
        ])
        #expect(
            request.hostConfig.portBindings == [
                "80/tcp": [PortBinding(hostPort: "80")],
                "81/udp": [PortBinding(hostIp: "127.0.0.1", hostPort: "8080")],
                "4/tcp": [PortBinding(hostIp: "::1", hostPort: "1")],
                "5/tcp": [PortBinding(hostIp: "::1", hostPort: "2")],
                "90/tcp": [PortBinding(hostPort: "9000-9003")],
            ])
        #expect(request.config.exposedPorts?["41/tcp"] != nil)
    }

    @Test("networks")
    func networks() throws {
        let plain = try make(["--network", "host", "busybox"])
        #expect(plain.hostConfig.networkMode == "host")
        #expect(plain.networkingConfig.endpointsConfig.isEmpty)
        let rich = try make(["--net", "net1", "--ip", "10.0.0.5", "--network-alias", "web", "busybox"])
        #expect(rich.networkingConfig.endpointsConfig["net1"]?.ipamConfig?.ipv4Address == "10.0.0.5")
        #expect(rich.networkingConfig.endpointsConfig["net1"]?.aliases == ["web"])
        let long = try make(["--network", "name=net1,alias=a,ip=10.1.1.1", "--network", "net2", "busybox"])
        #expect(long.hostConfig.networkMode == "net1")
        #expect(long.networkingConfig.endpointsConfig.keys.sorted() == ["net1", "net2"])
    }

    @Test("refusals in Docker's words")
    func refusals() {
        #expect(refusal("-p", "x:80", "b") == "invalid hostPort: x")
        #expect(refusal("-p", "1:2:3:4", "b") == "invalid IP address: 1:2")
        #expect(refusal("-p", "80:80/foo", "b") == "invalid proto: foo")
        #expect(
            refusal("--rm", "--restart", "always", "b")
                == "conflicting options: cannot specify both --restart and --rm")
        #expect(refusal("--mac-address", "zz", "b") == "zz is not a valid mac address")
        #expect(refusal("--device", "/dev/a:/b:zz", "b") == "bad mode specified: zz")
        #expect(refusal("--env-file", "/nonexistent", "b") == "open /nonexistent: no such file or directory")
        #expect(
            refusal("--network-alias", "x", "b")
                == "network-scoped aliases are only supported for user-defined networks")
        #expect(
            refusal("--no-healthcheck", "--health-cmd", "x", "b")
                == "--no-healthcheck conflicts with --health-* options")
    }

    @Test("the JSON is Docker's")
    func json() throws {
        let value = try JSONValue(parsing: JSONText.encode(try make(["--rm", "-m", "6m", "busybox", "true"])))
        #expect(value.text("Image") == "busybox")
        #expect(value["Cmd"]?.strings == ["true"])
        #expect(value["HostConfig"]?.flag("AutoRemove") == true)
        #expect(value["HostConfig"]?.number("Memory") == 6 << 20)
        #expect(value["NetworkingConfig"]?["EndpointsConfig"]?["default"] != nil)
    }
}
