import ContainerRuntime
import EngineAPI
import SystemCalls

/// What of the host appears inside a container: `-v` and `--mount`, checked and in one form.
enum MountPlan {
    /// Reads `HostConfig.Binds` and `HostConfig.Mounts`.
    ///
    /// - Throws: 400 or 501 for what is malformed or not built, in Docker's words where it has some.
    static func make(hostConfig: HostConfig) throws(APIError) -> [MountPoint] {
        var points: [MountPoint] = []
        for bind in hostConfig.binds ?? [] { points.append(try point(bind: bind)) }
        for mount in hostConfig.mounts ?? [] where mount.type != "tmpfs" { points.append(try point(mount: mount)) }
        var seen: Set<String> = []
        for point in points where !seen.insert(point.destination).inserted {
            throw .badRequest("Duplicate mount point: \(point.destination)")
        }
        for target in (hostConfig.tmpfs ?? [:]).keys where !seen.insert(target).inserted {
            throw .badRequest("Duplicate mount point: \(target)")
        }
        return points
    }

    /// `source:target[:mode]`.
    private static func point(bind text: String) throws(APIError) -> MountPoint {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), !parts[0].isEmpty, !parts[1].isEmpty else {
            if parts.count == 1, parts[0].hasPrefix("/") { throw notBuilt("an anonymous volume (-v \(text))") }
            throw .badRequest("invalid volume specification: '\(text)'")
        }
        let mode = parts.count == 3 ? parts[2] : ""
        var readOnly = false
        var propagation = "rprivate"
        for word in mode.split(separator: ",").map(String.init) {
            switch word {
            case "ro": readOnly = true
            case "rw", "z", "Z", "nocopy", "consistent", "cached", "delegated": break
            case "private", "rprivate", "shared", "rshared", "slave", "rslave": propagation = word
            default: throw .badRequest("invalid mode: \(mode)")
            }
        }
        guard parts[0].hasPrefix("/") else { throw notBuilt("the named volume \"\(parts[0])\"") }
        return try checked(
            source: parts[0], target: parts[1], mode: mode, readOnly: readOnly, propagation: propagation,
            words: "invalid volume specification: '\(text)': ")
    }

    private static func point(mount: MountSpec) throws(APIError) -> MountPoint {
        switch mount.type {
        case "bind": break
        case "volume": throw notBuilt("a volume (--mount type=volume)")
        default: throw .badRequest("invalid mount config for type \"\(mount.type)\": mount type unknown")
        }
        guard let source = mount.source, !source.isEmpty else {
            throw .badRequest("invalid mount config for type \"bind\": field Source must not be empty")
        }
        guard FileSystem.exists(source) || mount.bindOptions?.createMountpoint == true else {
            throw .badRequest("invalid mount config for type \"bind\": bind source path does not exist: \(source)")
        }
        let propagation = mount.bindOptions?.propagation ?? ""
        return try checked(
            source: source, target: mount.target, mode: "", readOnly: mount.readOnly ?? false,
            propagation: propagation.isEmpty ? "rprivate" : propagation, words: "")
    }

    private static func checked(
        source: String, target: String, mode: String, readOnly: Bool, propagation: String, words: String
    ) throws(APIError) -> MountPoint {
        let prefix = words + "invalid mount config for type \"bind\": "
        guard source.hasPrefix("/") else {
            throw .badRequest(prefix + "invalid mount path: '\(source)' mount path must be absolute")
        }
        guard target.hasPrefix("/") else {
            throw .badRequest(prefix + "invalid mount path: '\(target)' mount path must be absolute")
        }
        let clean = normalized(target)
        guard clean != "/" else { throw .badRequest(words + "invalid specification: destination can't be '/'") }
        return MountPoint(
            type: "bind", source: normalized(source), destination: clean, mode: mode, rw: !readOnly,
            propagation: propagation)
    }

    /// An absolute path without empty, `.` and `..` parts.
    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    private static func notBuilt(_ what: String) -> APIError {
        .notImplemented(
            "\(what): volumes are not built yet in this version of Causeway; bind a directory of the host (-v /path:/path)"
        )
    }

    /// `-v` makes a missing source, as Docker does.
    static func makeSource(of point: MountPoint) throws(SystemCallError) {
        if !FileSystem.exists(point.source) { try FileSystem.makeDirectory(point.source) }
    }

    /// For the runtime.
    static func bind(_ point: MountPoint) -> BindMount {
        BindMount(
            source: point.source, destination: point.destination, readOnly: !point.rw, propagation: point.propagation,
            recursive: true)
    }
}
