import ContainerNetworking
import ContainerRuntime
import CrashPoints
import EngineAPI
import ImageStore
import Logging
import SystemCalls

extension Engine {
    /// Waits for the end of a running container, without holding anything up. Until then its log is kept within its
    /// limits.
    func watch(_ container: Container) {
        let record = container.record
        let path = record.logPath(in: paths)
        Task { [weak self, runtime] in
            let keeper = (try? LogOptionRules.limit(record.hostConfig.logConfig)).map { limit in
                Task { await runtime.keepLog(of: record.id, path: path, limit: limit) }
            }
            let exit = await runtime.waitForExit(record.id, conmonPid: record.monitorPid)
            keeper?.cancel()
            await self?.handleExit(of: container, exit)
        }
    }

    /// A run has ended: everything that it held is given back, then those who wait are told.
    private func handleExit(of container: Container, _ exit: ContainerExit) async {
        forgetHealth(of: container)
        container.isEnding = true
        await note(exit, of: container)
        let record = await container.cables.withLock {
            let record = container.record
            await releaseResources(of: record)
            return record
        }
        let previousDelay = container.restartDelay
        let decision = container.update { record in
            if isShuttingDown { record.keepAddresses() }
            record.finishRun()
            let decision = RestartDecision(
                policy: record.hostConfig.restartPolicy.name,
                maximumRetries: record.hostConfig.restartPolicy.maximumRetryCount,
                exitCode: exit.exitCode, stoppedByUser: record.stoppedByUser || isShuttingDown,
                restarts: record.restartCount, previousDelay: previousDelay,
                ranFor: exit.finishedAt.nanosecondsSince(record.startedAt))
            // One step from running to what comes next: nobody sees it exited that is about to restart.
            record.status = decision.delay == nil ? .exited : .restarting
            if decision.delay != nil { record.restartCount += 1 }
            return decision
        }
        if let delay = decision.delay { container.restartDelay = delay }
        if exit.oomKilled { publish(.oom, of: container) }
        publish(
            .die, of: container,
            ["exitCode": "\(exit.exitCode)", "execDuration": "\(exit.finishedAt.secondsSince(record.startedAt))"])
        await saveOrLog(container)
        CrashPoint.exitSaved.reached()

        let removes = record.hostConfig.autoRemove && decision.delay == nil && !isShuttingDown
        container.announceExit(WaitResponse(statusCode: exit.exitCode))
        if let delay = decision.delay { scheduleRestart(of: container, after: delay) }
        if removes {
            do {
                try await container.lifecycle.withLock {
                    // A restart by hand goes before: it runs again, and its next end removes it.
                    if !container.record.isRunning { try await removeStopped(container) }
                }
            } catch {
                logger.error(
                    "could not remove container after its end",
                    metadata: ["id": "\(container.id)", "error": "\(error)"])
            }
        }
    }

    /// Puts on record how a run ended, before the runtime forgets it with all else.
    func note(_ exit: ContainerExit, of container: Container) async {
        container.update {
            $0.end = RunEnd(exitCode: exit.exitCode, finishedAt: exit.finishedAt, oomKilled: exit.oomKilled)
        }
        await saveOrLog(container)
        CrashPoint.exitNoted.reached()
    }

    /// Gives back what a run held: the address and the cable, the namespace, the runtime's state, the mount.
    /// Goes on past a failure and logs it.
    func releaseResources(of record: ContainerRecord) async {
        async let network: Void = unplug(record)
        do {
            try await runtime.delete(record.id, force: true)
            CrashPoint.exitForgotten.reached()
        } catch {
            logger.warning(
                "the runtime did not forget a container", metadata: ["id": "\(record.id)", "error": "\(error)"])
        }
        let images = images
        let bundle = paths.bundle(of: record.id)
        do {
            try await BlockingWork.run {
                if let root = images.root(container: record.id) { try images.unmountRoot(root) }
                CrashPoint.exitRootUnmounted.reached()
                try FileSystem.removeTree(bundle)
                CrashPoint.exitBundleRemoved.reached()
            }
        } catch {
            logger.warning(
                "could not clean up after a container", metadata: ["id": "\(record.id)", "error": "\(error)"])
        }
        await unmountVolumes(of: record)
        await releaseSharedMemory(of: record)
        CrashPoint.exitVolumesReleased.reached()
        await network
    }

    private func unplug(_ record: ContainerRecord) async {
        if record.links?.isEmpty == false {
            do { try await network.setLinks([], containerID: record.id) } catch {
                logger.warning(
                    "the way of a link stays open", metadata: ["id": "\(record.id)", "error": "\(error)"])
            }
        }
        for endpoint in record.endpoints {
            await network.detach(endpoint, as: .sandboxEnds)
            publishNetwork(
                "disconnect", endpoint, driver: await network.network(endpoint.networkID)?.driver ?? "bridge")
        }
        // A namespace that is another container's is the other's to remove.
        if let sandbox = record.sandbox, record.joined == nil { await network.removeSandbox(sandbox) }
        CrashPoint.exitUnplugged.reached()
    }

    private func scheduleRestart(of container: Container, after delay: Int64) {
        container.schedule(
            Task { [weak self] in
                do { try await Task.sleep(nanoseconds: UInt64(delay)) } catch { return }
                await self?.restartByPolicy(container)
            })
    }

    private func restartByPolicy(_ container: Container) async {
        do {
            try await container.lifecycle.withLock {
                guard container.record.status == .restarting, !Task.isCancelled else { return }
                try await start(container)
            }
        } catch {
            logger.error("a restart failed", metadata: ["id": "\(container.id)", "error": "\(error)"])
        }
    }
}

extension ContainerRecord {
    /// The run is over: how it ended, and none of what it held. The status is the caller's to set.
    mutating func finishRun() {
        if let end {
            exitCode = end.exitCode
            oomKilled = end.oomKilled
            finishedAt = end.finishedAt
        }
        end = nil
        pid = 0
        monitorPid = 0
        processStart = nil
        sandbox = nil
        endpoints = []
        joined = nil
        isRewiring = nil
        endHealth()
    }

    /// The addresses of its endpoints are to be its own again at its next start.
    mutating func keepAddresses() {
        if endpoints.isEmpty { return }
        keptAddresses = Dictionary(endpoints.map { ($0.networkID, $0.addresses) }) { first, _ in first }
    }
}
