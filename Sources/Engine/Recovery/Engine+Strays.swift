import ContainerRuntime
import CrashPoints
import EngineAPI
import EngineStore
import ImageStore
import Logging
import SystemCalls

extension Engine {
    /// Ends runs that are on no record, and takes away what they held: starts that were cut short.
    ///
    /// - Parameter unreadable: ids of containers whose records cannot be read.
    func endStrays(sparing unreadable: Set<String>) async {
        runtime.tidyExecs()
        let spared = unreadable.union(containers.all.filter(\.record.isRunning).map(\.id))
        let left = runtime.leftContainers().union((try? FileSystem.list(paths.bundles)) ?? []).subtracting(spared)
        // Without a record of anything, nothing can be told to be a stray.
        if store.isNew {
            for id in left.sorted() {
                logger.warning(
                    "a container is on no record, and is left alone: the engine's state is new",
                    metadata: ["id": "\(id)"])
            }
            return
        }
        for id in left.sorted() {
            do {
                try await runtime.endStray(id)
                let bundle = paths.bundle(of: id)
                try await BlockingWork.run { try FileSystem.removeTree(bundle) }
                logger.info("a start that was cut short is taken back", metadata: ["id": "\(id)"])
            } catch {
                logger.warning("a start that was cut short has left something", metadata: ["error": "\(error)"])
            }
            CrashPoint.recoverStrayEnded.reached()
        }
        await unmountRoots(sparing: spared)
    }

    /// Unmounts the roots of containers that do not run.
    private func unmountRoots(sparing spared: Set<String>) async {
        let images = images
        do {
            try await BlockingWork.run {
                for root in try images.mountedRoots() where !spared.contains(root.container) {
                    try images.unmountRoot(root)
                }
            }
        } catch {
            logger.warning("a root file system stays mounted", metadata: ["error": "\(error)"])
        }
    }

    /// Finds the volumes of an earlier daemon, finishes what was half made or half removed of them, and unmounts what
    /// nobody uses any more.
    ///
    /// - Parameter running: ids of the containers that run on.
    func restoreVolumes(running: Set<String>) async {
        do {
            for document in try store.all(.volume) { restoreVolume(document.name, document.content) }
        } catch {
            logger.error("the volumes cannot be read", metadata: ["error": "\(error)"])
        }
        for container in containers.all {
            let record = container.record
            for point in record.mounts {
                guard point.type == "volume", let name = point.name else { continue }
                volumes.add(owner: record.id, of: name)
                if record.isRunning { _ = volumes.begin(use: record.id, of: name) }
            }
        }
        for record in volumes.all where record.needsMount && !volumes.isUsed(record.name) {
            try? Mount.detach(paths.volumeData(record.name))
        }
        for entry in (try? FileSystem.list(paths.subpaths)) ?? []
        where !running.contains(String(entry.prefix { $0 != "-" })) {
            try? Self.clear(place: paths.subpaths + "/" + entry)
        }
        CrashPoint.recoverVolumesSettled.reached()
    }

    private func restoreVolume(_ name: String, _ content: String) {
        do {
            let record = try JSONText.decode(VolumeRecord.self, from: Array(content.utf8))
            if record.isGoing == true { return try eraseVolume(record) }
            try makeFolders(of: record)
            volumes[name] = record
        } catch {
            logger.error("a volume cannot be restored", metadata: ["name": "\(name)", "error": "\(error)"])
        }
    }
}
