import EngineAPI

/// The `linux` of a `config.json`.
struct LinuxSpecification: Sendable {
    /// Hidden in a container, as Docker does.
    private static let maskedPaths = [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
        "/sys/devices/virtual/powercap",
    ]
    private static let readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    var sysctl: [(name: String, value: String)]
    var resources: ResourceSpecification
    var cgroupsPath: String
    var namespaces: [(kind: String, path: String?)]
    var devices: [ContainerDevice]
    var seccomp: [UInt8]?
    var masked: [String]
    var readonly: [String]
    var rootfsPropagation: String?

    init(
        _ input: SpecificationInput, _ security: SecurityOptions, capabilities: [String]
    ) throws(RuntimeError) {
        let host = input.hostConfig
        namespaces = try Self.namespaces(input)
        sysctl = try Self.sysctl(input)
        let found = try ContainerDevices.resolve(host)
        devices = found.nodes
        resources = try ResourceSpecification(host, rules: found.rules, limitsSwap: input.limitsSwap)
        let parent = (host.cgroupParent.isEmpty ? input.cgroupParent : host.cgroupParent).split(separator: "/")
        guard !parent.contains(where: { $0 == "." || $0 == ".." }), !host.cgroupParent.utf8.contains(0) else {
            throw RuntimeError("invalid cgroup parent: \"\(host.cgroupParent)\"", kind: .invalid)
        }
        cgroupsPath = (parent + [Substring(input.containerID)]).map { "/" + $0 }.joined()
        masked = host.privileged ? [] : host.maskedPaths ?? Self.maskedPaths
        readonly = host.privileged ? [] : host.readonlyPaths ?? Self.readonlyPaths
        switch security.seccomp {
        case .profile(let profile): seccomp = profile.resolved(capabilities: capabilities)
        case .standard where !host.privileged: seccomp = input.seccomp?.resolved(capabilities: capabilities)
        default: seccomp = nil
        }
        let propagations = Set(input.bindMounts.map(\.propagation))
        if !propagations.isDisjoint(with: ["shared", "rshared"]) {
            rootfsPropagation = "shared"
        } else if !propagations.isDisjoint(with: ["slave", "rslave"]) {
            rootfsPropagation = "slave"
        }
    }

    private static func namespaces(_ input: SpecificationInput) throws(RuntimeError) -> [(kind: String, path: String?)]
    {
        let host = input.hostConfig
        guard host.usernsMode.isEmpty || host.usernsMode == "host" else {
            throw RuntimeError("invalid USER mode: \(host.usernsMode)", kind: .invalid)
        }
        var list: [(String, String?)] = [("mount", nil)]
        if let path = input.networkNamespacePath { list.append(("network", path)) }
        switch host.utsMode {
        case "": list.append(("uts", nil))
        case "host": break
        default: throw RuntimeError("invalid UTS mode: \(host.utsMode)", kind: .invalid)
        }
        switch host.pidMode {
        case "host": break
        case "", "private": list.append(("pid", nil))
        default:
            guard host.pidMode.hasPrefix("container:"), let path = input.pidNamespacePath else {
                throw RuntimeError("invalid PID mode: \(host.pidMode)", kind: .invalid)
            }
            list.append(("pid", path))
        }
        switch host.ipcMode {
        case "host": break
        case "", "private", "shareable", "none": list.append(("ipc", nil))
        default:
            guard host.ipcMode.hasPrefix("container:"), let path = input.ipcNamespacePath else {
                throw RuntimeError("invalid IPC mode: \(host.ipcMode)", kind: .invalid)
            }
            list.append(("ipc", path))
        }
        switch host.cgroupnsMode {
        case "private": list.append(("cgroup", nil))
        case "host": break
        case "": if input.cgroupVersion == .v2, !host.privileged { list.append(("cgroup", nil)) }
        default: throw RuntimeError("invalid cgroup namespace mode: \(host.cgroupnsMode)", kind: .invalid)
        }
        return list
    }

    private static func sysctl(_ input: SpecificationInput) throws(RuntimeError) -> [(name: String, value: String)] {
        let host = input.hostConfig
        var values: [String: String] = [:]
        if input.networkNamespacePath != nil {
            // Ping and low ports without privileges: the namespace is the container's own.
            values["net.ipv4.ip_unprivileged_port_start"] = "0"
            values["net.ipv4.ping_group_range"] = "0 2147483647"
        }
        if !input.config.domainname.isEmpty, host.utsMode != "host" {
            values["kernel.domainname"] = input.config.domainname
        }
        for (name, value) in host.sysctls ?? [:] {
            if name.hasPrefix("net."), input.networkNamespacePath == nil {
                throw RuntimeError(
                    "sysctl \"\(name)\" not allowed in host network namespace", kind: .invalid)
            }
            values[name] = value
        }
        return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            if !sysctl.isEmpty {
                writer.member("sysctl") { writer in
                    for (name, value) in sysctl { writer.member(name, value) }
                }
            }
            writer.key("resources")
            resources.write(to: &writer)
            writer.member("cgroupsPath", cgroupsPath)
            writer.key("namespaces")
            writer.array(namespaces) { writer, namespace in
                writer.object { writer in
                    writer.member("type", namespace.kind)
                    if let path = namespace.path { writer.member("path", path) }
                }
            }
            if !devices.isEmpty {
                writer.key("devices")
                writer.array(devices) { writer, device in
                    writer.object { writer in
                        writer.member("path", device.path)
                        writer.member("type", device.kind)
                        writer.member("major", device.major)
                        writer.member("minor", device.minor)
                        writer.member("fileMode", device.mode)
                        writer.member("uid", device.uid)
                        writer.member("gid", device.gid)
                    }
                }
            }
            if let seccomp {
                writer.key("seccomp")
                writer.raw(seccomp)
            }
            if let rootfsPropagation { writer.member("rootfsPropagation", rootfsPropagation) }
            if !masked.isEmpty { writer.member("maskedPaths", masked) }
            if !readonly.isEmpty { writer.member("readonlyPaths", readonly) }
        }
    }
}
