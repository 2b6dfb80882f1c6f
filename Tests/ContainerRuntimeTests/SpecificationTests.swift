import EngineAPI
import Glibc
import SystemCalls
import Testing

@testable import ContainerRuntime

/// Files beside the tests that hold what is expected.
enum Golden {
    static func path(_ name: String, from file: String = #filePath) -> String {
        file.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Golden/ContainerRuntime/" + name
    }

    /// The file's value; with `CAUSEWAY_UPDATE_GOLDEN` set, `actual` is written there first.
    static func value(_ name: String, updatingWith actual: JSONValue? = nil) throws -> JSONValue {
        if let actual, unsafe getenv("CAUSEWAY_UPDATE_GOLDEN") != nil {
            let text = String(decoding: try JSONText.encode(actual, pretty: true), as: UTF8.self)
            try FileSystem.writeInPlace(path(name), text + "\n")
        }
        return try JSONText.decode(JSONValue.self, from: try FileSystem.readBytes(path(name)))
    }
}

struct SpecificationTests {
    static let id = "ef026d18edc0ff39e7fb9676c6f23a14f78175f5b101100254cf27d724c99c25"

    /// The seed's red, as Docker 28 ran it: a terminal, a volume, a read-only bind and a limit.
    static func red() -> SpecificationInput {
        let folder = "/var/lib/docker/containers/" + id
        var config = ContainerConfig()
        config.tty = true
        var host = HostConfig()
        host.memory = 64 << 20
        return SpecificationInput(
            containerID: id, config: config, hostConfig: host, rootfs: "/nosuch/merged", hostname: "ef026d18edc0",
            networkNamespacePath: "/run/docker/netns/363d0c4af1f8",
            bindMounts: [
                BindMount(source: "/var/lib/docker/volumes/vol1/_data", destination: "/data", propagation: ""),
                BindMount(source: "/tmp", destination: "/host", readOnly: true),
            ], hostsPath: folder + "/hosts", hostnamePath: folder + "/hostname",
            resolvConfPath: folder + "/resolv.conf", args: ["sh"], env: ["A=1"], cgroupVersion: .v1,
            limitsSwap: true, seccomp: nil, limits: ProcessLimits())
    }

    static func make(_ input: SpecificationInput) throws -> JSONValue {
        try JSONText.decode(JSONValue.self, from: try SpecificationBuilder.make(input))
    }

    @Test func redIsAsExpected() throws {
        let made = try Self.make(Self.red())
        #expect(try Golden.value("red.json", updatingWith: made) == made)
    }

    /// All that Docker writes is there, but for what is known to differ: a version that Debian's runtimes know, one
    /// list of devices in place of twice the same, and members that say nothing.
    @Test(arguments: [
        "process", "hostname", "mounts", "linux/sysctl", "linux/cgroupsPath", "linux/maskedPaths",
        "linux/readonlyPaths",
    ])
    func redIsAsDockersOwn(_ path: String) throws {
        var ours: JSONValue? = try Self.make(Self.red())
        var dockers: JSONValue? = try Golden.value("docker-28-red.json")
        for name in path.split(separator: "/") {
            ours = ours?[String(name)]
            dockers = dockers?[String(name)]
        }
        #expect(ours != nil)
        #expect(ours == dockers)
    }

    @Test func memoryAndProcessorsAreLimitedAsAskedFor() throws {
        var input = Self.red()
        input.hostConfig.nanoCpus = 1_500_000_000
        input.hostConfig.pidsLimit = 100
        input.hostConfig.cpusetCpus = "0-1"
        let resources = try #require(try Self.make(input)["linux"]?["resources"])
        #expect(resources["memory"]?["limit"] == .int(67_108_864))
        #expect(resources["memory"]?["swap"] == .int(134_217_728))
        #expect(resources["cpu"]?["quota"] == .int(150_000))
        #expect(resources["cpu"]?["period"] == .int(100_000))
        #expect(resources["cpu"]?["cpus"] == .string("0-1"))
        #expect(resources["pids"]?["limit"] == .int(100))
        input.limitsSwap = false
        #expect(try Self.make(input)["linux"]?["resources"]?["memory"]?["swap"] == nil)
    }

    @Test func aPrivilegedContainerHidesNothing() throws {
        var input = Self.red()
        input.hostConfig.privileged = true
        input.seccomp = try SeccompProfile(json: Array(#"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[]}"#.utf8))
        let linux = try #require(try Self.make(input)["linux"])
        #expect(linux["seccomp"] == nil)
        #expect(linux["maskedPaths"] == nil)
        #expect(linux["readonlyPaths"] == nil)
        #expect(linux["devices"] != nil)
    }

    @Test func theHostsNamespacesAreSharedWhereAskedFor() throws {
        var input = Self.red()
        input.networkNamespacePath = nil
        input.hostConfig.pidMode = "host"
        input.hostConfig.ipcMode = "host"
        input.hostConfig.utsMode = "host"
        let made = try Self.make(input)
        #expect(made["linux"]?["namespaces"] == .array([.object([.init("type", .string("mount"))])]))
        #expect(made["hostname"] == nil)
        #expect(made["linux"]?["sysctl"] == nil)
        input.hostConfig.sysctls = ["net.ipv4.ip_forward": "1"]
        #expect(throws: RuntimeError.self) { try Self.make(input) }
    }

    @Test func onVersionTwoTheControlGroupsAreTheContainersOwn() throws {
        var input = Self.red()
        input.cgroupVersion = .v2
        guard case .array(let list) = try Self.make(input)["linux"]?["namespaces"] else {
            throw SystemCallError("", "", .invalid)
        }
        #expect(list.last?["type"] == .string("cgroup"))
    }

    @Test func limitsStayWithinWhatIsInherited() throws {
        let inherited = ["nofile": ProcessLimits.Limit(soft: 1024, hard: 4096)]
        let bound = ProcessLimits(inherited: inherited, oomScoreAdjustment: 0, canRaise: false)
        let asked = Ulimit(name: "nofile", hard: 100_000, soft: 2048)
        #expect(try bound.resolve(asked) == ProcessLimits.Limit(soft: 2048, hard: 4096))
        let free = ProcessLimits(inherited: inherited, canRaise: true)
        #expect(try free.resolve(asked) == ProcessLimits.Limit(soft: 2048, hard: 100_000))
        #expect(try free.resolve(Ulimit(name: "core", hard: -1, soft: -1)).hard == .max)
        #expect(throws: RuntimeError.self) { try free.resolve(Ulimit(name: "nosuch", hard: 1, soft: 1)) }
        #expect(throws: RuntimeError.self) { try free.resolve(Ulimit(name: "core", hard: 1, soft: 2)) }

        var input = Self.red()
        input.limits = bound
        input.hostConfig.oomScoreAdj = -500
        #expect(try Self.make(input)["process"]?["oomScoreAdj"] == nil)
        input.hostConfig.oomScoreAdj = 500
        #expect(try Self.make(input)["process"]?["oomScoreAdj"] == .int(500))
    }

    @Test func theKernelsListOfLimitsIsRead() {
        let text = """
            Limit                     Soft Limit           Hard Limit           Units
            Max cpu time              unlimited            unlimited            seconds
            Max open files            1024                 20000                files
            """
        let limits = ProcessLimits.parse(text)
        #expect(limits["nofile"] == ProcessLimits.Limit(soft: 1024, hard: 20000))
        #expect(limits["cpu"] == ProcessLimits.Limit(soft: .max, hard: .max))
    }

    @Test func mountsGoOuterBeforeInnerAndReplaceTheKernels() throws {
        var input = Self.red()
        input.hostConfig.tmpfs = ["/dev/shm": "size=1m"]
        input.bindMounts = [
            BindMount(source: "/a", destination: "/x/y/z"),
            BindMount(source: "/b", destination: "/x", recursive: false),
        ]
        let mounts = try ContainerMounts.make(input)
        let destinations = mounts.map(\.destination)
        #expect(destinations.filter { $0 == "/dev/shm" }.count == 1)
        #expect(destinations.suffix(2).first == "/etc/hosts")
        #expect(destinations.last == "/x/y/z")
        #expect(mounts.first { $0.destination == "/x" }?.options == ["bind", "rprivate"])
        #expect(
            mounts.first { $0.destination == "/dev/shm" }?.options == [
                "noexec", "nosuid", "nodev", "rprivate", "size=1m",
            ])
    }

    @Test func environmentsAreMerged() {
        #expect(
            Environment.make(hostname: "h", tty: true, asked: ["A=1", "PATH=/x", "TERM", "A=2", "E="])
                == ["PATH=/x", "HOSTNAME=h", "A=2", "E="])
    }

    @Test(arguments: [
        ("exec,size=64m", ["nosuid", "nodev", "rprivate", "exec", "size=64m"]),
        ("", ["noexec", "nosuid", "nodev", "rprivate"]),
        ("rw,ro,mode=1777", ["noexec", "nosuid", "nodev", "rprivate", "ro", "mode=1777"]),
    ])
    func tmpfsOptionsReplaceTheDefaults(_ text: String, _ expected: [String]) throws {
        #expect(try TmpfsOptions.resolve(text) == expected)
    }

    @Test(arguments: ["size", "nosuch", "exec=1", "nosuch=1"])
    func badTmpfsOptionsAreRefused(_ text: String) {
        #expect(throws: RuntimeError.self) { try TmpfsOptions.resolve(text) }
    }

    @Test func deviceRulesAreRead() throws {
        let expected = DeviceRule(allow: true, kind: "c", major: 1, minor: nil, access: "rw")
        #expect(try DeviceRule.parse("c 1:* rw") == expected)
        for bad in ["", "c 1:3", "d 1:3 r", "c 1 r", "c 1:3 x", "c a:3 r", "c  1:3 r"] {
            #expect(throws: RuntimeError.self) { try DeviceRule.parse(bad) }
        }
    }

    @Test func devicesOfTheMachineAreFound() throws {
        var host = HostConfig()
        host.devices = [DeviceMapping(pathOnHost: "/dev/null", pathInContainer: "/dev/hole", cgroupPermissions: "r")]
        let devices = try ContainerDevices.resolve(host)
        #expect(devices.nodes.first?.path == "/dev/hole")
        #expect(devices.nodes.first?.major == 1)
        #expect(devices.nodes.first?.minor == 3)
        #expect(devices.rules.last == DeviceRule(allow: true, kind: "c", major: 1, minor: 3, access: "r"))
        host.devices = [DeviceMapping(pathOnHost: "/etc/passwd", pathInContainer: "", cgroupPermissions: "")]
        #expect(throws: RuntimeError.self) { try ContainerDevices.resolve(host) }
    }

    @Test func securityOptionsAreRead() throws {
        let options = try SecurityOptions(["no-new-privileges", "seccomp=unconfined", "label=disable", "apparmor:x"])
        #expect(options.noNewPrivileges)
        #expect(options.apparmor == "x")
        guard case .unconfined = options.seccomp else { throw RuntimeError("seccomp") }
        for bad in ["nosuch", "nosuch=1", "no-new-privileges=maybe", "seccomp={"] {
            #expect(throws: RuntimeError.self) { try SecurityOptions([bad]) }
        }
    }
}
