import ContainerNetworking
import ContainerRuntime
import CrashPoints
import EngineAPI
import EngineStore
import ImageStore
import Logging
import SystemCalls

// The one place where an engine that starts finds out what an earlier one left, and brings it to what was wanted. What
// was wanted is on record; what is there is looked at. An operation that was cut short either left a mark on the record
// (a container half made or half removed, a wiring that was being changed, a volume on its way out), and is finished or
// taken back by that; or it left something that no record names, and that goes.
extension Engine {
    /// Finds everything again after a start of the daemon: networks, containers, those that still run. Settles what was
    /// cut short, then starts what its restart policy wants up.
    public func restore() async throws {
        try prepareFolders()
        let unreadable = try readContainers()
        let alive = containers.all.filter { container in
            let record = container.record
            return record.isRunning && runtime.isAlive(pid: record.pid, startTime: record.processStart)
        }
        try await restoreNetworks(alive: alive.map(\.record))
        CrashPoint.recoverNetworksUp.reached()

        let running = Set(alive.map(\.id))
        await restoreVolumes(running: running)
        await endStrays(sparing: unreadable)
        for container in containers.all {
            if running.contains(container.id) {
                await takeUp(container)
            } else {
                await settle(container)
            }
        }
        logger.info("containers found again", metadata: ["all": "\(containers.count)", "running": "\(alive.count)"])
        await watchNetwork()
        await startByPolicy(except: running)
    }

    /// Makes the engine's folders, and clears away what was half written.
    private func prepareFolders() throws {
        for directory in [paths.spool, paths.dataRoot + "/containers", paths.bundles] {
            try FileSystem.makeDirectory(directory, mode: 0o710)
        }
        for folder in [paths.dataRoot, paths.execRoot] { try FileSystem.removeUnfinished(in: folder) }
        for name in try FileSystem.list(paths.spool) { try FileSystem.removeTree(paths.spool + "/" + name) }
    }

    /// Reads the containers' records.
    ///
    /// - Returns: ids of those that cannot be read: they are left alone.
    private func readContainers() throws -> Set<String> {
        var unreadable: Set<String> = []
        for document in try store.all(.container) {
            do {
                containers.insert(
                    Container(try JSONText.decode(ContainerRecord.self, from: Array(document.content.utf8))))
            } catch {
                unreadable.insert(document.id)
                logger.error(
                    "a container's record cannot be read", metadata: ["id": "\(document.id)", "error": "\(error)"])
            }
        }
        return unreadable
    }

    private func restoreNetworks(alive: [ContainerRecord]) async throws {
        let networks = try await network.startUp(
            networks: try readNetworks(), endpoints: alive.flatMap(\.endpoints), sandboxes: alive.compactMap(\.sandbox),
            now: Timestamp.now.description)
        for network in networks { try saveNetwork(network) }
        await reserveAllAddresses()
    }

    /// A container ran on while no daemon did.
    private func takeUp(_ container: Container) async {
        let record = container.record
        container.update { $0.status = runtime.isPaused(record.id) ? .paused : .running }
        watch(container)
        watchHealth(of: container)
        forgetMounts(of: record, root: images.root(container: container.id))
        await configureResolver(of: record)
        do {
            try await openLinks(of: record, endpoints: record.endpoints)
        } catch {
            logger.warning("a link was not opened", metadata: ["container": "\(record.shortID)", "error": "\(error)"])
        }
        if record.isRewiring == true { await rewire(container) }
        container.update { $0.isRestarting = nil }
        if container.record.status != record.status || record.isRestarting == true { await saveOrLog(container) }
        if let volumes = record.removesVolumes {
            Task { [logger] in
                do {
                    try await containerRemove(record.id, force: true, volumes: volumes, link: false)
                } catch {
                    logger.error("could not remove container", metadata: ["id": "\(record.id)", "error": "\(error)"])
                }
            }
        }
    }

    /// A container does not run: what it held of a run goes, and what was cut short is finished.
    private func settle(_ container: Container) async {
        let record = container.record
        if record.isRunning {
            if record.end == nil {
                await note(await runtime.waitForExit(record.id, conmonPid: record.monitorPid), of: container)
            }
            await releaseResources(of: record)
        }
        if record.isRunning || record.status == .restarting {
            container.update {
                $0.keepAddresses()
                $0.finishRun()
                $0.status = .exited
            }
            await saveOrLog(container)
        }
        if record.removesVolumes != nil || endsForGood(record) {
            do {
                try await container.lifecycle.withLock { try await removeStopped(container) }
            } catch {
                logger.error("could not remove container", metadata: ["id": "\(record.id)", "error": "\(error)"])
            }
        }
        CrashPoint.recoverSettled.reached()
    }

    /// Whether the end of the run was the end of the container (`--rm`), and the earlier engine did not come to remove it.
    private func endsForGood(_ record: ContainerRecord) -> Bool {
        record.hostConfig.autoRemove && (record.isRunning || record.status == .exited) && record.isRestarting != true
    }
}
