import EngineAPI
import SystemCalls

/// A line of `mounts` in `config.json`.
struct SpecificationMount: Hashable, Sendable {
    var destination: String
    var type: String
    var source: String
    var options: [String]

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("destination", destination)
            writer.member("type", type)
            writer.member("source", source)
            writer.member("options", options)
        }
    }
}

/// The mounts of a container in Docker's order: the kernel's file systems, then what the user asked for, outer before
/// inner.
enum ContainerMounts {
    /// Docker's `/dev/shm`, in bytes.
    private static let defaultSharedMemory: Int64 = 64 << 20

    static func make(_ input: SpecificationInput) throws(RuntimeError) -> [SpecificationMount] {
        let host = input.hostConfig
        var asked = try temporary(host) + input.bindMounts.map(bind)
        let files = [
            (input.resolvConfPath, "/etc/resolv.conf"), (input.hostnamePath, "/etc/hostname"),
            (input.hostsPath, "/etc/hosts"),
        ]
        for (source, destination) in files
        where !source.isEmpty && !asked.contains(where: { $0.destination == destination }) {
            asked.append(bind(BindMount(source: source, destination: destination)))
        }
        let taken = Set(asked.map(\.destination))
        let base = kernel(input).filter { !taken.contains($0.destination) }
        // Sorted by depth; those of one depth stay in order.
        let sorted = asked.enumerated().sorted { left, right in
            let depths = (depth(left.element.destination), depth(right.element.destination))
            return depths.0 != depths.1 ? depths.0 < depths.1 : left.offset < right.offset
        }
        return base + sorted.map(\.element)
    }

    private static func depth(_ path: String) -> Int { path.split(separator: "/").count }

    private static func kernel(_ input: SpecificationInput) -> [SpecificationMount] {
        let host = input.hostConfig
        let writable = host.privileged
        let strict = ["nosuid", "noexec", "nodev"]
        var mounts = [
            SpecificationMount(destination: "/proc", type: "proc", source: "proc", options: strict),
            SpecificationMount(
                destination: "/dev", type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            SpecificationMount(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            SpecificationMount(
                destination: "/sys", type: "sysfs", source: "sysfs", options: strict + [writable ? "rw" : "ro"]),
            SpecificationMount(
                destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
                options: [writable ? "rw" : "ro"] + strict),
        ]
        // crun sets what a bind has anew.
        let options = ["rbind", "nosuid", "nodev"]
        if host.ipcMode == "host" {
            mounts.append(
                SpecificationMount(destination: "/dev/mqueue", type: "bind", source: "/dev/mqueue", options: options))
            mounts.append(
                SpecificationMount(destination: "/dev/shm", type: "bind", source: "/dev/shm", options: options))
            return mounts
        }
        // The queues that one sees are those of the namespace that one mounts them in.
        mounts.append(SpecificationMount(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: strict))
        if let shared = input.sharedMemoryPath {
            mounts.append(
                SpecificationMount(
                    destination: "/dev/shm", type: "bind", source: shared, options: options + ["noexec"]))
        } else if host.ipcMode != "none" {
            let size = host.shmSize > 0 ? host.shmSize : defaultSharedMemory
            mounts.append(
                SpecificationMount(
                    destination: "/dev/shm", type: "tmpfs", source: "shm",
                    options: strict + ["mode=1777", "size=\(size)"]))
        }
        return mounts
    }

    private static func bind(_ mount: BindMount) -> SpecificationMount {
        // Nothing is mounted below a file, and crun 1.8 cannot make one read-only with all that is below.
        let recursive = mount.recursive && (!mount.readOnly || FileSystem.isDirectory(mount.source))
        var options = [recursive ? "rbind" : "bind"]
        if mount.readOnly { options.append(recursive && mount.readOnlyRecursive ? "rro" : "ro") }
        if !mount.propagation.isEmpty { options.append(mount.propagation) }
        return SpecificationMount(
            destination: mount.destination, type: "bind", source: mount.source, options: options)
    }

    /// From `--tmpfs` and `--mount type=tmpfs`.
    static func temporary(_ host: HostConfig) throws(RuntimeError) -> [SpecificationMount] {
        var wanted: [(path: String, options: String)] = (host.tmpfs ?? [:]).sorted { $0.key < $1.key }.map {
            ($0.key, $0.value)
        }
        for mount in host.mounts ?? [] where mount.type == "tmpfs" {
            var options = mount.readOnly == true ? ["ro"] : []
            if let mode = mount.tmpfsOptions?.mode, mode != 0 { options.append("mode=" + String(mode, radix: 8)) }
            if let size = mount.tmpfsOptions?.sizeBytes, size != 0 { options.append("size=\(size)") }
            options += (mount.tmpfsOptions?.options ?? []).map { $0.joined(separator: "=") }
            wanted.append((mount.target, options.joined(separator: ",")))
        }
        var result: [SpecificationMount] = []
        for (path, options) in wanted {
            guard path.hasPrefix("/"), path != "/" else {
                throw RuntimeError("invalid tmpfs destination: '\(path)': it must be an absolute path", kind: .invalid)
            }
            result.append(
                SpecificationMount(
                    destination: path, type: "tmpfs", source: "tmpfs", options: try TmpfsOptions.resolve(options)))
        }
        return result
    }
}
