import CrashPoints
import EngineAPI
import Glibc
import SystemCalls

/// `--pid container:NAME`, `--ipc container:NAME`, and `--ipc shareable` on the other side.
extension Engine {
    /// Where a run finds what it shares with another container.
    struct SharedNamespaces {
        var pid: String?
        var ipc: String?
        /// What is mounted on its `/dev/shm`.
        var sharedMemory: String?
    }

    /// Puts the ids of the containers that are shared with in the place of their names.
    ///
    /// - Throws: 400 where there is no such container, as Docker does.
    func resolveShared(_ host: inout HostConfig) throws(APIError) {
        if let reference = host.pidContainer {
            host.pidMode = "container:" + (try sharedTarget(reference, "PID").id)
        }
        if let reference = host.ipcContainer {
            host.ipcMode = "container:" + (try sharedTarget(reference, "IPC").id)
        }
    }

    private func sharedTarget(_ reference: String, _ kind: String) throws(APIError) -> Container {
        if reference.isEmpty {
            throw .badRequest("failed to join \(kind) namespace: invalid name or ID supplied: \"\"")
        }
        do throws(APIError) { return try containers.resolve(reference) } catch {
            // With 404, a client would pull the image and try again.
            throw error.status == 404 ? .badRequest(error.message) : error
        }
    }

    /// Finds what a container that is started shares with others, and makes or binds its `/dev/shm` where others may
    /// come for it: as in Docker, the files stay while any of them runs.
    ///
    /// - Throws: 404, 409, or 400 where the other container keeps its memory to itself.
    func shareNamespaces(of record: ContainerRecord, undo: UndoList) async throws -> SharedNamespaces {
        var shared = SharedNamespaces()
        if let reference = record.hostConfig.pidContainer {
            shared.pid = "/proc/\(try donor(reference, "PID").pid)/ns/pid"
        }
        guard record.hostConfig.keepsSharedMemory else { return shared }
        var source: String?
        if let reference = record.hostConfig.ipcContainer {
            let other = try donor(reference, "IPC")
            shared.ipc = "/proc/\(other.pid)/ns/ipc"
            let path = other.hostConfig.ipcMode == "host" ? "/dev/shm" : sharedMemoryPlace(of: other.id)
            guard other.hostConfig.ipcMode == "host" || other.hostConfig.keepsSharedMemory, FileSystem.exists(path)
            else {
                throw APIError.badRequest(
                    "failed to join IPC namespace: container \(other.id): "
                        + "non-shareable IPC (hint: use IpcMode:shareable for the donor container)")
            }
            source = path
        }
        let place = sharedMemoryPlace(of: record.id)
        let bytes = record.hostConfig.shmSize
        undo.add("take /dev/shm away") { await self.releaseSharedMemory(of: record) }
        let found = source
        try await BlockingWork.run {
            try Mount.detach(place)
            try FileSystem.makeDirectory(place, mode: 0o700)
            if let found {
                try Mount.mount(found, on: place, flags: Int(MS_BIND))
            } else {
                try Mount.mount(
                    "shm", on: place, kind: "tmpfs", flags: Int(MS_NOSUID) | Int(MS_NODEV) | Int(MS_NOEXEC),
                    options: "mode=1777,size=\(bytes > 0 ? bytes : HostDefaults.sharedMemory)")
            }
        }
        CrashPoint.startSharedMemoryMounted.reached()
        shared.sharedMemory = place
        return shared
    }

    /// The container that one is started to share with.
    private func donor(_ reference: String, _ kind: String) throws(APIError) -> ContainerRecord {
        func fail(_ status: Int, _ what: String) -> APIError {
            APIError(status: status, message: "failed to join \(kind) namespace: \(what)")
        }
        let record: ContainerRecord
        do throws(APIError) { record = try containers.resolve(reference).record } catch {
            throw APIError(status: error.status, message: "failed to join \(kind) namespace: \(error.message)")
        }
        if record.status == .restarting {
            throw fail(409, "Container \(record.id) is restarting, wait until the container is running")
        }
        guard record.isRunning else { throw fail(409, "container \(record.id) is not running") }
        return record
    }

    /// A run has ended: its `/dev/shm` goes; who shares it has it mounted, too.
    func releaseSharedMemory(of record: ContainerRecord) async {
        guard record.hostConfig.keepsSharedMemory else { return }
        let place = sharedMemoryPlace(of: record.id)
        try? await BlockingWork.run { try Self.clear(place: place) }
    }

    /// Beside the parts of volumes, whose remains go with those of runs that are no more.
    private func sharedMemoryPlace(of id: String) -> String { "\(paths.subpaths)/\(id)-shm" }
}
