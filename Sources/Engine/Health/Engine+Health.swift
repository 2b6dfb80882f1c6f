import ContainerRuntime
import EngineAPI
import Logging
import Synchronization
import SystemCalls

extension Engine {
    private static func timer(_ container: Container) -> String { "health \(container.id)" }

    /// Checks a running container's health from now on, where it has a check. The first check comes one interval
    /// after the start.
    func watchHealth(of container: Container) {
        let record = container.record
        guard record.isRunning, let check = HealthCheck(record.config) else { return }
        let health = record.health ?? ContainerHealth(status: HealthCheck.Status.starting.rawValue)
        if record.health == nil { container.update { $0.health = health } }
        let delay = check.wait(health, ranFor: Timestamp.now.nanosecondsSince(record.startedAt))
        timers.schedule(Self.timer(container), after: .nanoseconds(delay)) { [weak self, weak container] in
            guard let self, let container else { return }
            await self.checkHealth(of: container, check, run: record.startedAt)
        }
    }

    /// Checks no longer.
    func forgetHealth(of container: Container) { timers.cancel(Self.timer(container)) }

    /// Runs the check once, and makes the next one due.
    private func checkHealth(of container: Container, _ check: HealthCheck, run: Timestamp) async {
        func isSameRun(_ record: ContainerRecord) -> Bool { record.isRunning && record.startedAt == run }
        guard isSameRun(container.record) else { return }
        // A frozen container cannot answer: that says nothing of its health.
        if container.record.status == .running {
            let result = await probe(container, check)
            let change = container.update { record -> HealthCheck.Status? in
                guard isSameRun(record), record.status == .running, var health = record.health else { return nil }
                defer { record.health = health }
                return check.record(result, in: &health, startedAt: run)
            }
            if let change {
                await saveOrLog(container)
                publish(.healthStatus, of: container, suffix: ": " + change.rawValue)
            }
        }
        if isSameRun(container.record), !isShuttingDown { watchHealth(of: container) }
    }

    /// One run of the check: an exec like any other, with its events, which is forgotten afterwards.
    private func probe(_ container: Container, _ check: HealthCheck) async -> HealthcheckResult {
        var result = HealthcheckResult(start: .now)
        var request = ExecCreateRequest(attachStderr: true, attachStdout: true)
        request.cmd = check.command
        var id: String?
        do {
            let exec = try await execCreate(container.id, request: request)
            id = exec
            let session = try await execStart(exec, request: ExecStartRequest())
            let output = ProbeOutput()
            let outcome = await withTaskGroup(of: ProbeOutcome.self) { group in
                group.addTask {
                    while let frame = try? await session?.nextOutput() { output.add(frame.bytes) }
                    return .ended(exitCode: self.exitCode(of: exec) ?? -1)
                }
                group.addTask {
                    try? await Task.sleep(for: .nanoseconds(check.timeout))
                    return .late
                }
                let first = await group.next() ?? .late
                if case .late = first { self.endExec(exec) }
                group.cancelAll()
                return first
            }
            await session?.close()
            switch outcome {
            case .ended(let code):
                result.exitCode = code
                result.output = output.text
            case .late:
                result.exitCode = -1
                let text = output.text
                result.output =
                    "Health check exceeded timeout (\(HealthCheck.words(check.timeout)))"
                    + (text.isEmpty ? "" : ": " + text)
            }
        } catch {
            result.exitCode = -1
            result.output = engineError(error).message
        }
        result.end = .now
        if let id {
            execs.remove(id: id)
            container.drop(exec: id)
        }
        return result
    }

    private func exitCode(of id: String) -> Int? {
        guard let exec = try? execs.resolve(id), case .ended(let code, _) = exec.status else { return nil }
        return code
    }

    /// Kills an exec's process.
    private func endExec(_ id: String) {
        guard let exec = try? execs.resolve(id), case .running(let running) = exec.status else { return }
        running.kill()
    }
}

/// How a check came to its end.
private enum ProbeOutcome: Sendable {
    case ended(exitCode: Int)
    /// It took longer than it may.
    case late
}

/// The beginning of what a check wrote.
private final class ProbeOutput: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isCut = false
    }

    private let state = Mutex(State())

    func add(_ bytes: [UInt8]) {
        state.withLock { state in
            let room = HealthCheck.keptOutput - state.bytes.count
            state.bytes += bytes.prefix(room)
            if bytes.count > room { state.isCut = true }
        }
    }

    var text: String { state.withLock { HealthCheck.shortened($0.bytes, isWhole: !$0.isCut) } }
}
