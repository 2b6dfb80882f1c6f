import EngineAPI
import Glibc
import SystemCalls

/// A device node in a container.
struct ContainerDevice: Hashable, Sendable {
    var path: String
    /// `c` or `b`.
    var kind: String
    var major: UInt32
    var minor: UInt32
    var mode: UInt32
    var uid: UInt32
    var gid: UInt32

    /// Reads a device of the machine.
    static func read(_ path: String, as inside: String) -> ContainerDevice? {
        guard let information = FileSystem.status(path) else { return nil }
        let kind: String
        switch information.st_mode & S_IFMT {
        case S_IFCHR: kind = "c"
        case S_IFBLK: kind = "b"
        default: return nil
        }
        let number = UInt64(information.st_rdev)
        // gnu_dev_major(3): twelve bits and twenty more above; the minor's lower eight bits, and the rest above.
        return ContainerDevice(
            path: inside, kind: kind, major: UInt32((number >> 8) & 0xfff) | UInt32((number >> 32) & ~0xfff),
            minor: UInt32(number & 0xff) | UInt32((number >> 12) & 0xffff_ff00),
            mode: UInt32(information.st_mode & 0o7777), uid: information.st_uid, gid: information.st_gid)
    }
}

/// A line of a control group's list of devices.
struct DeviceRule: Hashable, Sendable {
    var allow: Bool
    /// `a`, `c` or `b`; nil for all.
    var kind: String?
    /// nil for all.
    var major: UInt32?
    /// nil for all.
    var minor: UInt32?
    /// Of `r`, `w` and `m`.
    var access: String

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("allow", allow)
            if let kind { writer.member("type", kind) }
            if let major { writer.member("major", major) }
            if let minor { writer.member("minor", minor) }
            writer.member("access", access)
        }
    }

    /// Reads Docker's `--device-cgroup-rule`: `c 1:3 rwm`.
    ///
    /// - Throws: `RuntimeError` of kind `invalid`, in Docker's words.
    static func parse(_ text: String) throws(RuntimeError) -> DeviceRule {
        let failure = RuntimeError("invalid device cgroup rule format: '\(text)'", kind: .invalid)
        let fields = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 3, ["a", "b", "c"].contains(fields[0]), (1...3).contains(fields[2].count),
            fields[2].allSatisfy("rwm".contains)
        else { throw failure }
        let numbers = fields[1].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard numbers.count == 2, numbers.allSatisfy({ $0 == "*" || UInt32($0) != nil }) else { throw failure }
        return DeviceRule(
            allow: true, kind: fields[0], major: UInt32(numbers[0]), minor: UInt32(numbers[1]), access: fields[2])
    }
}

/// The devices of a container: the nodes beyond the runtime's own, and the rules of its control group.
struct ContainerDevices: Hashable, Sendable {
    var nodes: [ContainerDevice] = []
    var rules: [DeviceRule]

    /// What every container may use, in Docker's order: zero, null, urandom, random, tty, console; fuse not.
    private static let standardRules: [DeviceRule] = {
        let allowed: [(UInt32, UInt32)] = [(1, 5), (1, 3), (1, 9), (1, 8), (5, 0), (5, 1)]
        return [DeviceRule(allow: false, access: "rwm")]
            + allowed.map { DeviceRule(allow: true, kind: "c", major: $0.0, minor: $0.1, access: "rwm") }
            + [DeviceRule(allow: false, kind: "c", major: 10, minor: 229, access: "rwm")]
    }()

    /// Finds the machine's devices that a container asks for.
    ///
    /// - Throws: `RuntimeError` of kind `invalid`, in Docker's words.
    static func resolve(_ host: HostConfig) throws(RuntimeError) -> ContainerDevices {
        if host.privileged {
            return ContainerDevices(nodes: all(in: "/dev"), rules: [DeviceRule(allow: true, access: "rwm")])
        }
        var result = ContainerDevices(rules: standardRules)
        for mapping in host.devices ?? [] {
            let inside = mapping.pathInContainer.isEmpty ? mapping.pathOnHost : mapping.pathInContainer
            let access = mapping.cgroupPermissions.isEmpty ? "rwm" : mapping.cgroupPermissions
            let nodes =
                FileSystem.isDirectory(mapping.pathOnHost)
                ? all(in: mapping.pathOnHost, as: inside)
                : ContainerDevice.read(mapping.pathOnHost, as: inside).map { [$0] } ?? []
            guard !nodes.isEmpty else {
                throw RuntimeError(
                    "error gathering device information while adding custom device \"\(mapping.pathOnHost)\": "
                        + (FileSystem.exists(mapping.pathOnHost) ? "not a device node" : "no such file or directory"),
                    kind: .invalid)
            }
            result.nodes += nodes
            result.rules += nodes.map {
                DeviceRule(allow: true, kind: $0.kind, major: $0.major, minor: $0.minor, access: access)
            }
        }
        for rule in host.deviceCgroupRules ?? [] { result.rules.append(try DeviceRule.parse(rule)) }
        return result
    }

    /// All devices in a folder and below, but for what a container has of its own.
    private static func all(in folder: String, as inside: String? = nil) -> [ContainerDevice] {
        let own: Set<String> = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console"]
        var result: [ContainerDevice] = []
        for name in (try? FileSystem.list(folder)) ?? [] where !own.contains(name) {
            let path = "\(folder)/\(name)"
            let target = "\(inside ?? folder)/\(name)"
            guard let information = FileSystem.status(path, followLinks: false) else { continue }
            if information.st_mode & S_IFMT == S_IFDIR {
                result += all(in: path, as: target)
            } else if information.st_mode & S_IFMT != S_IFLNK, let device = ContainerDevice.read(path, as: target) {
                result.append(device)
            }
        }
        return result
    }
}
