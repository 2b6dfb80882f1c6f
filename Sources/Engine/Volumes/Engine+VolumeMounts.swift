import ContainerRuntime
import CrashPoints
import EngineAPI
import Glibc
import ImageStore
import Logging
import SystemCalls

extension Engine {
    // MARK: When a container is made

    /// What other containers lend (`--volumes-from`).
    func lentMounts(
        _ reference: String
    ) throws(APIError) -> (mounts: [MountPoint], details: [String: MountDetail]) {
        let record = try containers.resolve(reference).record
        return (record.mounts, record.mountDetails ?? [:])
    }

    /// Adds a mount to a container to be, with a name for its volume where it has none. `makeMounts` makes that.
    func add(_ wanted: PlannedMount, to record: inout ContainerRecord) throws(APIError) {
        var point = wanted.point
        var detail = wanted.detail
        if point.type == "image" {
            detail.image = try requireImage(detail.image ?? point.name ?? "").id
        }
        if point.type == "volume" {
            let name = point.name.flatMap { $0.isEmpty ? nil : $0 } ?? Identifier.make()
            try VolumeName.checkDriver(point.driver ?? "", of: name)
            point.name = name
            point.driver = "local"
            point.source = paths.volumeData(name)
        }
        record.mounts.append(point)
        record.mountDetails = (record.mountDetails ?? [:]).merging([point.destination: detail]) { $1 }
    }

    /// Makes what a container to be mounts: volumes, or holds those that are there; roots of images.
    ///
    /// - Parameter planned: its mounts, as they were given to `add`.
    func makeMounts(_ planned: [PlannedMount], of container: Container) async throws {
        let record = container.record
        for (number, (point, wanted)) in zip(record.mounts, planned).enumerated() {
            if point.type == "image" {
                let image = record.mountDetails?[point.destination]?.image
                let root = try await claimImage(point.name ?? "", image, number: number, for: record.id)
                container.update { $0.mounts[number].source = root.merged }
            } else if point.type == "volume" {
                _ = try await makeVolume(
                    point.name ?? "", isNamed: wanted.point.name?.isEmpty == false, options: wanted.options,
                    labels: wanted.labels, owner: record.id)
                CrashPoint.createVolumeMade.reached()
            }
        }
    }

    /// Lets go of a container's volumes.
    ///
    /// - Parameter removing: whether those that were made for it without a name go with it.
    func releaseVolumes(of record: ContainerRecord, removing: Bool) async {
        await releaseImages(of: record)
        for point in record.mounts {
            guard point.type == "volume", let name = point.name else { continue }
            await volumes.changes.withLock {
                volumes.remove(owner: record.id, of: name)
                guard removing, record.mountDetails?[point.destination]?.isAnonymous == true,
                    let volume = volumes[name], volumes.owners(of: name).isEmpty
                else { return }
                do {
                    try await removeUnused(volume)
                } catch {
                    logger.warning("a volume was left", metadata: ["name": "\(name)", "error": "\(error)"])
                }
            }
        }
    }

    /// Copies what the image has at the places of new, empty volumes into them. The container's root is not mounted.
    func fillVolumes(of record: ContainerRecord) async throws {
        let images = images
        let details = record.mountDetails ?? [:]
        let fresh = record.mounts.filter { $0.type == "volume" && details[$0.destination]?.copies == true }
        guard !fresh.isEmpty else { return }
        try await volumes.changes.withLock {
            for point in fresh {
                guard let volume = volumes[point.name ?? ""] else { continue }
                let user = "fill-\(record.id)"
                try await begin(use: user, of: volume)
                defer { endUse(user, of: volume.name) }
                try await BlockingWork.run {
                    guard try FileSystem.list(point.source).isEmpty, let root = images.root(container: record.id)
                    else { return }
                    let view = try ContainerView.open(root, isMounted: false)
                    if details[point.destination]?.isAnonymous == true, view.isFile(point.destination) {
                        throw APIError.badRequest(
                            "cannot mount volume over existing file, file exists \(root.merged)\(point.destination)")
                    }
                    _ = try view.copyContents(of: point.destination, into: point.source)
                }
            }
        }
    }

    // MARK: When a container starts and ends

    /// Makes ready what a container mounts: sources of binds, the volumes' own mounts, parts of volumes.
    func mountVolumes(of record: ContainerRecord, undo: UndoList) async throws -> [BindMount] {
        var binds: [BindMount] = []
        undo.add("release the volumes") { await self.unmountVolumes(of: record) }
        for (index, point) in record.mounts.enumerated() where point.type != "tmpfs" {
            let detail = record.mountDetails?[point.destination] ?? MountDetail()
            var source = point.source
            if point.type == "volume" {
                guard let volume = volumes[point.name ?? ""] else {
                    throw APIError.internalFailure("get \(point.name ?? ""): no such volume")
                }
                try await volumes.changes.withLock { try await begin(use: record.id, of: volume) }
                CrashPoint.startVolumeMounted.reached()
                if let subpath = detail.subpath {
                    source = try await bindSubpath(subpath, below: source, at: subpathPlace(record, index))
                    CrashPoint.startSubpathBound.reached()
                }
                publish(
                    "volume", "mount", id: volume.name,
                    [
                        "container": record.id, "destination": point.destination, "driver": "local",
                        "propagation": point.propagation, "read/write": "\(point.rw)",
                    ])
            } else if point.type == "image" {
                try await mountImage(number: index, of: record)
                if let subpath = detail.subpath {
                    source = try await bindSubpath(subpath, below: source, at: subpathPlace(record, index))
                }
            } else {
                let path = source
                try await BlockingWork.run {
                    if FileSystem.exists(path) { return try MountPropagation.check(path, point.propagation) }
                    guard detail.makesSource else {
                        throw APIError.badRequest(
                            "invalid mount config for type \"bind\": bind source path does not exist: \(path)")
                    }
                    try FileSystem.makeDirectory(path)
                }
            }
            binds.append(MountPlan.bind(point, detail, source: source))
        }
        return binds
    }

    private func subpathPlace(_ record: ContainerRecord, _ index: Int) -> String {
        "\(paths.subpaths)/\(record.id)-\(index)"
    }

    /// Takes away what is mounted at a place of its own below `subpaths`, then the place; never what was mounted there.
    static func clear(place: String) throws {
        try Mount.detach(place)
        try FileSystem.removeTree(place)
    }

    /// A part of a volume or image gets a place of its own, so that no link swapped in later can turn it elsewhere.
    private func bindSubpath(_ subpath: String, below data: String, at place: String) async throws -> String {
        try await BlockingWork.run {
            let source: SharedFileDescriptor
            do throws(SystemCallError) {
                source = SharedFileDescriptor(try DirectoryTree.place(subpath, below: data))
            } catch {
                let path = data + "/" + subpath
                throw APIError.badRequest(
                    "cannot access path \(path): lstat \(path): \(error.errno.description.lowercased())")
            }
            var information = stat()
            try check("fstat") { unsafe fstat(source.rawValue, &information) }
            try Self.clear(place: place)
            if information.st_mode & S_IFMT == S_IFDIR {
                try FileSystem.makeDirectory(place, mode: 0o700)
            } else {
                try FileSystem.makeDirectory(
                    String(place[..<(place.lastIndex(of: "/") ?? place.endIndex)]), mode: 0o700)
                try FileSystem.writeInPlace(place, "", mode: 0o600)
            }
            try Mount.mount("/proc/self/fd/\(source.rawValue)", on: place, flags: Int(MS_BIND))
            return place
        }
    }

    /// A run has ended: its volumes are given back.
    func unmountVolumes(of record: ContainerRecord) async {
        for (index, point) in record.mounts.enumerated() {
            guard point.type == "volume" || point.type == "image", let name = point.name else { continue }
            let place = subpathPlace(record, index)
            if record.mountDetails?[point.destination]?.subpath != nil {
                try? await BlockingWork.run { try Self.clear(place: place) }
            }
            if point.type == "image" {
                await unmountImage(number: index, of: record)
                continue
            }
            let wasUsed = await volumes.changes.withLock { endUse(record.id, of: name) }
            if wasUsed { publish("volume", "unmount", id: name, ["container": record.id, "driver": "local"]) }
        }
    }

    /// Mounts a volume's own file system for its first user. The caller holds the volumes' lock.
    func begin(use user: String, of volume: VolumeRecord) async throws {
        let name = volume.name
        guard volumes.begin(use: user, of: name), let options = try VolumeOptions(volume.options, volume: name) else {
            return
        }
        let data = paths.volumeData(name)
        do {
            try await BlockingWork.run {
                try FileSystem.makeDirectory(data)
                try Mount.detach(data)
                try Mount.mount(
                    options.device, on: data, kind: options.kind, flags: options.flags,
                    options: options.data.isEmpty ? nil : options.data)
                if options.kind == nil, options.flags & Int(MS_RDONLY) != 0 {
                    try Mount.mount("none", on: data, flags: Int(MS_REMOUNT) | options.flags)
                }
            }
        } catch {
            _ = volumes.end(use: user, of: name)
            let why = (error as? SystemCallError)?.errno.description.lowercased() ?? "\(error)"
            throw APIError.internalFailure(
                "error while mounting volume '\(data)': failed to mount local volume: mount \(options.device):\(data), flags: 0x\(String(options.flags, radix: 16)): \(why)"
            )
        }
    }

    /// Takes a volume's own mount away after its last user. The caller holds the volumes' lock.
    ///
    /// - Returns: whether that user had it.
    @discardableResult
    func endUse(_ user: String, of name: String) -> Bool {
        guard let isLast = volumes.end(use: user, of: name) else { return false }
        if isLast, volumes[name]?.needsMount == true { try? Mount.detach(paths.volumeData(name)) }
        return true
    }
}
