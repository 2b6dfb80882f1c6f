import ContainerRuntime
import EngineAPI
import SystemCalls

/// What a mount is beyond what `inspect` shows; kept with the container's record, by destination.
struct MountDetail: Codable, Sendable, Hashable {
    /// A volume that was made for the container, without a name of the user's: it goes with `rm -v` and `--rm`.
    var isAnonymous = false
    /// Whether a new volume takes over what the image has there.
    var copies = false
    /// The directory of the volume or image that is mounted.
    var subpath: String?
    /// The id of the image that is mounted, whatever its name means by now.
    var image: String?
    /// Whether mounts below the source come along.
    var isRecursive = true
    /// Whether mounts below may not be written to either, where this one may not.
    var isReadOnlyRecursive = true
    /// Whether a missing source is made at the start.
    var makesSource = true
}

/// A mount that a container is to have.
struct PlannedMount: Sendable {
    var point: MountPoint
    var detail = MountDetail()
    /// For a volume that is made: its labels and its driver's options.
    var labels: [String: String]?
    var options: [String: String]?
}

/// What appears inside a container above its image: `-v`, `--mount`, `--volumes-from` and the image's volumes, checked
/// and in one form. Pure, but for looking whether the source of a bind is there.
enum MountPlan {
    /// What another container has mounted.
    typealias Lender = (_ reference: String) throws(APIError) -> (mounts: [MountPoint], details: [String: MountDetail])

    /// Reads a request's mounts, in Docker's order: what other containers lend, binds, mounts, the image's volumes.
    ///
    /// - Throws: 400, 404 or 501 for what is malformed, missing or not built, in Docker's words where it has some.
    static func make(
        hostConfig: HostConfig, volumes: [String] = [],
        from lender: Lender = { (reference) throws(APIError) in throw .notFound("No such container: \(reference)") }
    ) throws(APIError) -> [PlannedMount] {
        let driver = hostConfig.volumeDriver
        var plan: [PlannedMount] = []
        for text in hostConfig.volumesFrom ?? [] {
            for mount in try lent(text, by: lender) { replace(mount, in: &plan) }
        }
        var seen = Set((hostConfig.tmpfs ?? [:]).keys.map(normalized))
        var asked: [PlannedMount] = []
        for text in hostConfig.binds ?? [] { asked.append(try mount(bind: text, driver: driver)) }
        for spec in hostConfig.mounts ?? [] { asked.append(try mount(spec: spec)) }
        for mount in asked {
            guard seen.insert(mount.point.destination).inserted else {
                throw .badRequest("Duplicate mount point: \(mount.point.destination)")
            }
            replace(mount, in: &plan)
        }
        for path in volumes.sorted() {
            guard path.hasPrefix("/") else {
                throw .badRequest(
                    "invalid volume specification: '\(path)': invalid mount config for type \"volume\": invalid mount path: '\(path)' mount path must be absolute"
                )
            }
            let destination = normalized(path)
            guard destination != "/" else {
                throw .badRequest("invalid volume specification: '\(path)': destination can't be '/'")
            }
            if seen.contains(destination) || plan.contains(where: { $0.point.destination == destination }) { continue }
            plan.append(
                PlannedMount(
                    point: MountPoint(
                        type: "volume", destination: destination, driver: driver.isEmpty ? "local" : driver, rw: true),
                    detail: MountDetail(isAnonymous: true, copies: true)))
        }
        return plan
    }

    private static func replace(_ mount: PlannedMount, in plan: inout [PlannedMount]) {
        plan.removeAll { $0.point.destination == mount.point.destination }
        plan.append(mount)
    }

    // MARK: --volumes-from

    private static func lent(_ text: String, by lender: Lender) throws(APIError) -> [PlannedMount] {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let reference = parts.first, !reference.isEmpty else {
            throw .badRequest("invalid volumes-from specification: \(text)")
        }
        var isReadOnly = false
        if parts.count > 1 {
            for word in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                switch word {
                case "ro": isReadOnly = true
                case "rw", "z", "Z": break
                default: throw .badRequest("invalid mode: \(parts[1])")
                }
            }
        }
        let (mounts, details) = try lender(reference)
        return mounts.filter { $0.type != "tmpfs" }.map { point in
            var point = point
            point.mode = ""
            point.rw = point.rw && !isReadOnly
            var detail = details[point.destination] ?? MountDetail()
            detail.copies = false
            return PlannedMount(point: point, detail: detail)
        }
    }

    // MARK: -v

    /// `[source:]target[:mode]`.
    private static func mount(bind text: String, driver: String) throws(APIError) -> PlannedMount {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
            throw .badRequest("invalid volume specification: '\(text)'")
        }
        let source = parts.count == 1 ? "" : parts[0]
        let target = parts.count == 1 ? parts[0] : parts[1]
        let mode = parts.count == 3 ? parts[2] : ""
        let isBind = source.hasPrefix("/")
        let words = try BindMode(mode, isBind: isBind)
        let type = isBind ? "bind" : "volume"
        let prefix = "invalid volume specification: '\(text)': "
        guard target.hasPrefix("/") else {
            throw .internalFailure(
                prefix
                    + "invalid mount config for type \"\(type)\": invalid mount path: '\(target)' mount path must be absolute"
            )
        }
        let destination = normalized(target)
        guard destination != "/" else {
            throw .badRequest(prefix + "invalid specification: destination can't be '/'")
        }
        if isBind {
            return PlannedMount(
                point: MountPoint(
                    type: "bind", source: normalized(source), destination: destination, mode: mode,
                    rw: !words.isReadOnly, propagation: words.propagation ?? "rprivate"))
        }
        if !source.isEmpty { try VolumeName.check(source) }
        return PlannedMount(
            point: MountPoint(
                type: "volume", name: source.isEmpty ? nil : source, destination: destination,
                driver: driver.isEmpty ? "local" : driver, mode: mode.isEmpty ? "z" : mode, rw: !words.isReadOnly),
            detail: MountDetail(isAnonymous: source.isEmpty, copies: words.copies))
    }

    /// An absolute path without empty, `.` and `..` parts.
    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// For the runtime.
    static func bind(_ point: MountPoint, _ detail: MountDetail, source: String) -> BindMount {
        BindMount(
            source: source, destination: point.destination, readOnly: !point.rw, propagation: point.propagation,
            recursive: detail.isRecursive, readOnlyRecursive: detail.isReadOnlyRecursive)
    }
}

/// The third part of `-v`: words with commas between.
private struct BindMode {
    var isReadOnly = false
    var copies = true
    var propagation: String?

    init(_ mode: String, isBind: Bool) throws(APIError) {
        guard !mode.isEmpty else { return }
        var kinds: Set<String> = []
        for word in mode.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            let kind: String
            switch word {
            case "ro", "rw":
                isReadOnly = word == "ro"
                kind = "access"
            case "z", "Z": kind = "label"
            case "nocopy" where !isBind:
                copies = false
                kind = "copy"
            case "consistent", "cached", "delegated", "default": kind = "consistency"
            case "private", "rprivate", "shared", "rshared", "slave", "rslave":
                guard isBind else { throw .internalFailure("invalid mode: \(mode)") }
                propagation = word
                kind = "propagation"
            default: throw .internalFailure("invalid mode: \(mode)")
            }
            guard kinds.insert(kind).inserted else { throw .internalFailure("invalid mode: \(mode)") }
        }
    }
}
