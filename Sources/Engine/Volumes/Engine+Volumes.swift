import CrashPoints
public import EngineAPI
import EngineStore
import ImageStore
import Logging
import SystemCalls

extension Engine {
    // MARK: The API

    /// `GET /volumes`.
    public func volumeList(filters: Filters) async throws -> VolumeListResponse {
        try filters.validate(allowed: ["dangling", "driver", "label", "name"])
        let dangling = filters.contains("dangling") ? try filters.flag("dangling", default: false) : nil
        let found = volumes.all.filter { record in
            if let dangling, dangling != volumes.owners(of: record.name).isEmpty { return false }
            let names = filters.values("name")
            return filters.matches("driver", "local") && filters.matchesLabels(record.labels ?? [:])
                && (names.isEmpty || names.contains { record.name.contains($0) })
        }
        return VolumeListResponse(volumes: found.map { inspect($0) })
    }

    /// `GET /volumes/{name}`.
    public func volumeInspect(_ name: String) async throws -> VolumeInspect {
        guard let record = volumes[name] else { throw APIError.notFound("get \(name): no such volume") }
        return inspect(record)
    }

    /// `POST /volumes/create`.
    public func volumeCreate(_ request: VolumeCreateRequest) async throws -> VolumeInspect {
        let name = request.name.isEmpty ? Identifier.make() : request.name
        try VolumeName.checkDriver(request.driver, of: name)
        let record = try await makeVolume(
            name, isNamed: !request.name.isEmpty, options: request.driverOpts, labels: request.labels)
        return inspect(record)
    }

    /// `DELETE /volumes/{name}`.
    public func volumeRemove(_ name: String, force: Bool) async throws {
        try await volumes.changes.withLock {
            guard let record = volumes[name] else {
                if force { return }
                throw APIError.notFound("get \(name): no such volume")
            }
            try await removeUnused(record)
        }
    }

    /// `POST /volumes/prune`.
    public func volumePrune(filters: Filters, all: Bool) async throws -> VolumePruneResponse {
        try filters.validate(allowed: ["all", "label", "label!"])
        if let text = filters.values("all").first, QueryFlag.strict(text) == nil {
            throw APIError.badRequest("invalid filter 'all': strconv.ParseBool: parsing \"\(text)\": invalid syntax")
        }
        let takesAll = try filters.flag("all", default: all)
        var response = VolumePruneResponse()
        for record in volumes.all {
            let labels = record.labels ?? [:]
            guard takesAll || record.isAnonymous, filters.matchesLabels(labels),
                !filters.contains("label!") || !filters.matchesLabels(labels, key: "label!")
            else { continue }
            try await volumes.changes.withLock {
                guard let record = volumes[record.name], volumes.owners(of: record.name).isEmpty else { return }
                let size = try await volumeSize(record)
                do {
                    try await removeUnused(record)
                    response.volumesDeleted.append(record.name)
                    response.spaceReclaimed += size
                } catch {
                    logger.warning("prune left a volume", metadata: ["name": "\(record.name)", "error": "\(error)"])
                }
            }
        }
        publish("volume", "prune", id: "", ["reclaimed": "\(response.spaceReclaimed)"])
        return response
    }

    // MARK: Making and removing

    /// Makes a volume, or hands out the one of that name.
    ///
    /// - Parameters:
    ///   - isNamed: whether the user chose the name.
    ///   - owner: the container that has it from now on.
    func makeVolume(
        _ name: String, isNamed: Bool, options: [String: String]?, labels: [String: String]?, owner: String? = nil
    ) async throws -> VolumeRecord {
        try VolumeName.check(name)
        _ = try VolumeOptions(options, volume: name)
        return try await volumes.changes.withLock {
            if let known = volumes[name] {
                if let owner { volumes.add(owner: owner, of: name) }
                return known
            }
            var labels = labels
            if !isNamed { labels = (labels ?? [:]).merging([VolumeRecord.anonymousLabel: ""]) { old, _ in old } }
            let record = VolumeRecord(
                name: name, created: .now, labels: labels, options: options?.isEmpty == true ? nil : options)
            try await BlockingWork.run { [self] in
                try saveVolume(record)
                CrashPoint.volumeNoted.reached()
                do { try makeFolders(of: record) } catch {
                    try store.remove(.volume, id: name)
                    throw error
                }
                CrashPoint.volumeMade.reached()
            }
            volumes[name] = record
            if let owner { volumes.add(owner: owner, of: name) }
            publish("volume", "create", id: name, ["driver": "local"])
            return record
        }
    }

    /// Removes a volume that no container has. The caller holds the volumes' lock.
    func removeUnused(_ record: VolumeRecord) async throws {
        let name = record.name
        let owners = volumes.owners(of: name)
        guard owners.isEmpty else {
            throw APIError.conflict("remove \(name): volume is in use - [\(owners.joined(separator: ", "))]")
        }
        try await translating { try await BlockingWork.run { [self] in try eraseVolume(record) } }
        volumes[name] = nil
        publish("volume", "destroy", id: name, ["driver": "local"])
    }

    private func saveVolume(_ record: VolumeRecord) throws {
        let text = String(decoding: try JSONText.encode(record), as: UTF8.self)
        try store.put(.volume, Document(id: record.name, name: record.name, content: text))
    }

    /// Makes a volume's folders where they are missing. Blocks.
    func makeFolders(of record: VolumeRecord) throws(SystemCallError) {
        try FileSystem.makeDirectory(paths.volumes, mode: 0o701)
        try FileSystem.makeDirectory(paths.volume(record.name), mode: 0o701)
        try FileSystem.makeDirectory(paths.volumeData(record.name))
    }

    /// Takes a volume away with all that is in it; an engine that is started in the middle of this goes on with it. Blocks.
    func eraseVolume(_ record: VolumeRecord) throws {
        var record = record
        record.isGoing = true
        do { try saveVolume(record) } catch {
            // A full disk is no reason to keep it.
            logger.warning(
                "a volume's removal was not noted", metadata: ["name": "\(record.name)", "error": "\(error)"])
        }
        CrashPoint.volumeRemovalNoted.reached()
        try Mount.detach(paths.volumeData(record.name))
        try DirectoryTree.remove(paths.volume(record.name))
        CrashPoint.volumeFilesGone.reached()
        try store.remove(.volume, id: record.name)
        CrashPoint.volumeForgotten.reached()
    }

    // MARK: Reading

    func inspect(_ record: VolumeRecord) -> VolumeInspect {
        VolumeInspect(
            createdAt: Timestamp(unixSeconds: record.created.unixSeconds).description, labels: record.labels,
            mountpoint: paths.volumeData(record.name), name: record.name, options: record.options)
    }

    /// Bytes in a volume's files.
    func volumeSize(_ record: VolumeRecord) async throws -> Int64 {
        let path = paths.volumeData(record.name)
        return try await BlockingWork.run { (try? DirectoryTree.size(path)) ?? 0 }
    }
}
