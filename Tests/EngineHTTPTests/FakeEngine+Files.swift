import EngineAPI

extension FakeEngine {
    func volumeList(filters: Filters) async throws -> VolumeListResponse {
        VolumeListResponse(volumes: [VolumeInspect(name: "data")])
    }

    func volumeInspect(_ name: String) async throws -> VolumeInspect {
        guard name == "data" else { throw APIError.notFound("get \(name): no such volume") }
        return VolumeInspect(name: name)
    }

    func volumeCreate(_ request: VolumeCreateRequest) async throws -> VolumeInspect {
        note("volume create \(request.name)")
        return VolumeInspect(name: request.name)
    }

    func volumeRemove(_ name: String, force: Bool) async throws { note("volume remove \(name) force=\(force)") }

    func volumePrune(filters: Filters, all: Bool) async throws -> VolumePruneResponse {
        note("volume prune all=\(all) \(filters.keys)")
        return VolumePruneResponse(volumesDeleted: ["data"], spaceReclaimed: 7)
    }

    private func status(_ path: String) throws -> PathStatus {
        guard path != "/nosuch" else {
            throw APIError.notFound("Could not find the file \(path) in container red")
        }
        return PathStatus(
            name: "x", size: 3, mode: GoFileMode.bits(0o100644), modified: Timestamp(unixSeconds: 1), linkTarget: "")
    }

    func archiveStatus(_ reference: String, path: String) async throws -> PathStatus { try status(path) }

    func archiveGet(_ reference: String, path: String) async throws -> (status: PathStatus, archive: ByteSource) {
        (try status(path), { nil })
    }

    func archivePut(
        _ reference: String, path: String, keepsKinds: Bool, ownedByUser: Bool, body: @escaping ByteSource
    ) async throws {
        var count = 0
        while let bytes = try await body() { count += bytes.count }
        note("put \(path) \(count) keepsKinds=\(keepsKinds) ownedByUser=\(ownedByUser)")
    }

    func containerExport(_ reference: String) async throws -> ByteSource { { nil } }

    func containerChanges(_ reference: String) async throws -> [FilesystemChange] {
        [FilesystemChange(path: "/a", kind: 1)]
    }

    func commit(_ request: CommitRequest) async throws -> String {
        note("commit \(request.container) \(request.repository):\(request.tag) pauses=\(request.pauses)")
        return "sha256:1"
    }

    func diskUsage(_ kinds: Set<DiskUsageKind>) async throws -> DiskUsage {
        note("df \(kinds.map(\.rawValue).sorted())")
        return DiskUsage()
    }
}
