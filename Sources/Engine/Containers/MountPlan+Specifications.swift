import EngineAPI
import SystemCalls

/// `--mount`: `HostConfig.Mounts`.
extension MountPlan {
    static func mount(spec: MountSpec) throws(APIError) -> PlannedMount {
        func refuse(_ why: String) -> APIError {
            .badRequest("invalid mount config for type \"\(spec.type)\": \(why)")
        }
        guard ["bind", "volume", "tmpfs", "image"].contains(spec.type) else { throw refuse("mount type unknown") }
        guard !spec.target.isEmpty else { throw refuse("field Target must not be empty") }
        guard spec.target.hasPrefix("/") else {
            throw refuse("invalid mount path: '\(spec.target)' mount path must be absolute")
        }
        guard normalized(spec.target) != "/" else { throw refuse("invalid specification: destination can't be '/'") }
        for (name, type, isUsed) in [
            ("BindOptions", "bind", spec.bindOptions != nil), ("VolumeOptions", "volume", spec.volumeOptions != nil),
            ("TmpfsOptions", "tmpfs", spec.tmpfsOptions != nil), ("ImageOptions", "image", spec.imageOptions != nil),
        ] where isUsed && spec.type != type {
            throw refuse("field \(name) must not be specified")
        }
        switch spec.type {
        case "bind": return try bind(spec, refuse)
        case "volume": return try volume(spec, refuse)
        case "image": return try image(spec, refuse)
        default: return try temporary(spec, refuse)
        }
    }

    private static func bind(_ spec: MountSpec, _ refuse: (String) -> APIError) throws(APIError) -> PlannedMount {
        guard let source = spec.source, !source.isEmpty else { throw refuse("field Source must not be empty") }
        guard source.hasPrefix("/") else {
            throw refuse("invalid mount path: '\(source)' mount path must be absolute")
        }
        let options = spec.bindOptions ?? MountBindOptions()
        let propagation = options.propagation ?? ""
        guard ["", "private", "rprivate", "shared", "rshared", "slave", "rslave"].contains(propagation) else {
            throw refuse("invalid propagation mode: \(propagation)")
        }
        let makesSource = options.createMountpoint ?? false
        guard makesSource || FileSystem.exists(source) else {
            throw refuse("bind source path does not exist: \(source)")
        }
        let isReadOnly = spec.readOnly ?? false
        if !isReadOnly, options.readOnlyNonRecursive == true || options.readOnlyForceRecursive == true {
            throw refuse("mount must be read-only for ReadOnlyNonRecursive and ReadOnlyForceRecursive")
        }
        if options.readOnlyNonRecursive == true, options.readOnlyForceRecursive == true {
            throw refuse("ReadOnlyNonRecursive and ReadOnlyForceRecursive exclude each other")
        }
        return PlannedMount(
            point: MountPoint(
                type: "bind", source: normalized(source), destination: normalized(spec.target), rw: !isReadOnly,
                propagation: propagation.isEmpty ? "rprivate" : propagation),
            detail: MountDetail(
                isRecursive: options.nonRecursive != true, isReadOnlyRecursive: options.readOnlyNonRecursive != true,
                makesSource: makesSource))
    }

    private static func volume(_ spec: MountSpec, _ refuse: (String) -> APIError) throws(APIError) -> PlannedMount {
        let options = spec.volumeOptions ?? MountVolumeOptions()
        let name = spec.source ?? ""
        let isReadOnly = spec.readOnly ?? false
        if name.isEmpty, isReadOnly { throw refuse("must not set ReadOnly mode when using anonymous volumes") }
        if !name.isEmpty { try VolumeName.check(name) }
        let subpath = try inner(options.subpath, refuse)
        if subpath != nil, name.isEmpty { throw refuse("must not set Subpath when using anonymous volumes") }
        return PlannedMount(
            point: MountPoint(
                type: "volume", name: name.isEmpty ? nil : name, destination: normalized(spec.target),
                driver: options.driverConfig?.name.flatMap { $0.isEmpty ? nil : $0 } ?? "local", mode: "z",
                rw: !isReadOnly),
            detail: MountDetail(
                isAnonymous: name.isEmpty, copies: options.noCopy != true && subpath == nil, subpath: subpath),
            labels: options.labels, options: options.driverConfig?.options)
    }

    /// A path inside of what is mounted, without dots; nil where there is none.
    private static func inner(_ path: String?, _ refuse: (String) -> APIError) throws(APIError) -> String? {
        guard let path, !path.isEmpty else { return nil }
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard !path.hasPrefix("/"), !parts.contains("..") else {
            throw refuse("subpath must be a relative path within the volume")
        }
        return parts.joined(separator: "/")
    }

    private static func image(_ spec: MountSpec, _ refuse: (String) -> APIError) throws(APIError) -> PlannedMount {
        guard let name = spec.source, !name.isEmpty else { throw refuse("field Source must not be empty") }
        return PlannedMount(
            point: MountPoint(
                type: "image", name: name, destination: normalized(spec.target), propagation: "rprivate"),
            detail: MountDetail(subpath: try inner(spec.imageOptions?.subpath, refuse)))
    }

    private static func temporary(_ spec: MountSpec, _ refuse: (String) -> APIError) throws(APIError) -> PlannedMount {
        guard (spec.source ?? "").isEmpty else { throw refuse("field Source must not be specified") }
        if let size = spec.tmpfsOptions?.sizeBytes, size < 0 { throw refuse("size must not be negative") }
        return PlannedMount(
            point: MountPoint(
                type: "tmpfs", destination: normalized(spec.target), rw: spec.readOnly != true))
    }
}
