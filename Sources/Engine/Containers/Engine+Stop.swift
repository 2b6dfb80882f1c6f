import ContainerRuntime
import CrashPoints
import EngineAPI
import SystemCalls

extension Engine {
    /// Seconds that a container is given to end by itself, where neither it nor the request says.
    static let defaultStopTimeout = 10

    /// `POST /containers/{id}/stop`.
    public func containerStop(_ reference: String, signal: String?, timeout: Int?) async throws -> Bool {
        _ = try containers.resolve(reference)
        let number = try signal.map { try SignalName.number($0, orThrow: { .badRequest("invalid signal: \($0)") }) }
        return try await containers.withContainer(reference) { container in
            try await stop(container, signal: number, timeout: timeout)
        }
    }

    /// `POST /containers/{id}/restart`.
    public func containerRestart(_ reference: String, signal: String?, timeout: Int?) async throws {
        _ = try containers.resolve(reference)
        let number = try signal.map { try SignalName.number($0, orThrow: { .badRequest("invalid signal: \($0)") }) }
        try await containers.withContainer(reference) { container in
            // Put on record with the stop: an engine that ends in between starts it again.
            container.update { $0.isRestarting = true }
            do {
                _ = try await stop(container, signal: number, timeout: timeout, removing: false)
                container.update { $0.stoppedByUser = false }
                try await start(container)
            } catch {
                container.update { $0.isRestarting = nil }
                let failure = engineError(error)
                throw APIError(
                    status: failure.status, message: "Cannot restart container \(reference): \(failure.message)")
            }
            publish(.restart, of: container)
        }
    }

    /// Ends a container's process: first with its own stop signal, after the time-out with SIGKILL. The caller holds
    /// the container's lifecycle.
    ///
    /// - Returns: whether it ran.
    @discardableResult
    func stop(_ container: Container, signal: Int32?, timeout: Int?, removing: Bool = true) async throws -> Bool {
        container.schedule(nil)
        let record = container.record
        guard record.isRunning else {
            if record.status == .restarting {
                container.update {
                    $0.status = .exited
                    $0.stoppedByUser = true
                }
                await saveOrLog(container)
                // Who waits since it began to wait for its restart is told, too.
                container.announceExit(WaitResponse(statusCode: record.exitCode))
                return true
            }
            return false
        }
        let ended = container.exit
        container.update { $0.stoppedByUser = true }
        // A full disk keeps nobody from stopping what may be filling it.
        await saveOrLog(container)
        CrashPoint.stopNoted.reached()
        if record.status == .paused {
            try await runtime.unpause(record.id)
            container.update { $0.status = .running }
        }
        let own = record.config.stopSignal.flatMap { SignalName.number($0) }
        let first = signal ?? own ?? SignalName.terminate
        let seconds = timeout ?? record.config.stopTimeout ?? Self.defaultStopTimeout
        publish(.kill, of: container, ["signal": "\(first)"])
        try await send(first, to: record)
        CrashPoint.stopSignalled.reached()
        if await !ends(ended, within: seconds) {
            publish(.kill, of: container, ["signal": "\(SignalName.kill)"])
            try await send(SignalName.kill, to: record)
            if await !ends(ended, within: 10) {
                throw APIError.internalFailure(
                    "container \(record.shortID) did not end ten seconds after SIGKILL: process \(record.pid) is held by the kernel"
                )
            }
        }
        publish(.stop, of: container)
        return true
    }

    /// Sends a signal; a process that has just ended is fine.
    private func send(_ signal: Int32, to record: ContainerRecord) async throws {
        do {
            try await runtime.kill(record.id, signal: signal, all: false)
        } catch {
            if runtime.isAlive(pid: record.pid, startTime: record.processStart) { throw engineError(error) }
        }
    }

    /// Whether the run ends within that many seconds; a negative number waits for ever, and so does one beyond thirty
    /// years, which no clock takes.
    private func ends(_ exit: Promise<WaitResponse>, within seconds: Int) async -> Bool {
        if !(0...1_000_000_000).contains(seconds) { return (try? await exit.get()) != nil }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { (try? await exit.get()) != nil }
            group.addTask {
                try? await Task.sleep(nanoseconds: UInt64(seconds) * 1_000_000_000)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
    }

    /// `POST /containers/{id}/kill`. Does not wait for the lifecycle: a stop that hangs must be killable.
    public func containerKill(_ reference: String, signal: String?) async throws {
        let container = try containers.resolve(reference)
        let name = signal.flatMap { $0.isEmpty ? nil : $0 } ?? "SIGKILL"
        let number = try SignalName.number(
            name, orThrow: { .badRequest("cannot kill container: \(reference): invalid signal: \($0)") })
        let record = container.record
        guard record.isRunning else {
            throw APIError.conflict("cannot kill container: \(reference): container \(record.id) is not running")
        }
        let ended = container.exit
        if number == SignalName.kill || SignalName.number(record.config.stopSignal ?? "SIGTERM") == number {
            container.update { $0.stoppedByUser = true }
        }
        publish(.kill, of: container, ["signal": "\(number)"])
        if number == SignalName.kill, record.status == .paused { try? await runtime.unpause(record.id) }
        try await send(number, to: record)
        if number == SignalName.kill { _ = await ends(ended, within: 10) }
    }

    /// `POST /containers/{id}/pause`.
    public func containerPause(_ reference: String) async throws {
        let container = try containers.resolve(reference)
        try await container.lifecycle.withLock {
            let record = container.record
            switch record.status {
            case .paused: throw APIError.conflict("Container \(record.id) is already paused")
            case .running: break
            default: throw APIError.conflict("Container \(record.id) is not running")
            }
            try await translating { try await runtime.pause(record.id) }
            CrashPoint.pauseFrozen.reached()
            container.update { $0.status = .paused }
            try await save(container)
        }
        publish(.pause, of: container)
    }

    /// `POST /containers/{id}/unpause`.
    public func containerUnpause(_ reference: String) async throws {
        let container = try containers.resolve(reference)
        try await container.lifecycle.withLock {
            let record = container.record
            guard record.status == .paused else {
                throw APIError.internalFailure("Container \(record.id) is not paused")
            }
            try await translating { try await runtime.unpause(record.id) }
            CrashPoint.unpauseThawed.reached()
            container.update { $0.status = .running }
            try await save(container)
        }
        publish(.unpause, of: container)
    }
}
