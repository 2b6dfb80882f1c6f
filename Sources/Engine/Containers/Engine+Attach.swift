import ContainerRuntime
public import EngineAPI

extension Engine {
    /// `POST /containers/{id}/attach`. Before the start it waits; the start hands the connection in.
    public func containerAttach(_ reference: String, options: AttachOptions) async throws -> any AttachSession {
        let container = try containers.resolve(reference)
        let record = container.record
        let keys = try detachKeys(options.detachKeys)
        if record.status == .paused {
            throw APIError.conflict("container \(record.id) is paused, unpause the container before attach")
        }
        if record.status == .restarting {
            throw APIError.conflict("container \(record.id) is restarting, wait until the container is running")
        }
        var session: any AttachSession
        if !options.stream {
            session = EndedSession(tty: record.config.tty)
        } else if record.isRunning {
            session = try await translating { try await self.runtime.attach(record.id, tty: record.config.tty) }
        } else {
            let pending = PendingAttachment(tty: record.config.tty) { [weak container] in container?.drop($0) }
            container.add(pending)
            session = pending
        }
        if options.logs {
            var wanted = LogOptions()
            wanted.stdout = options.stdout
            wanted.stderr = options.stderr
            let log = runtime.logs(
                path: record.logPath(in: paths), options: wanted, tty: record.config.tty, isRunning: { false })
            session = LoggedSession(log: log, live: session)
        }
        session = SelectedSession(session, options: options)
        // Keys end an attachment only on a terminal: elsewhere any byte may be data.
        if record.config.tty, options.stdin { session = DetachableSession(session, keys: keys) }
        publish(.attach, of: container)
        return session
    }

    /// The keys that detach, from the request or Docker's default.
    func detachKeys(_ text: String?) throws(APIError) -> DetachKeys {
        let text = text.flatMap { $0.isEmpty ? nil : $0 } ?? "ctrl-p,ctrl-q"
        do throws(RuntimeError) { return try DetachKeys(parsing: text) } catch { throw .badRequest(error.message) }
    }

    /// `POST /containers/{id}/resize`.
    public func containerResize(_ reference: String, height: Int, width: Int) async throws {
        let container = try containers.resolve(reference)
        let record = container.record
        guard record.isRunning else { throw APIError.conflict("Container \(record.id) is not running") }
        try await translating { try await self.runtime.resize(record.id, height: height, width: width) }
        publish(.resize, of: container, ["height": "\(height)", "width": "\(width)"])
    }

    /// `GET /containers/{id}/logs`.
    public func containerLogs(_ reference: String, options: LogOptions) async throws -> any LogReading {
        let container = try containers.resolve(reference)
        let record = container.record
        guard record.hostConfig.logConfig.type != "none" else {
            throw APIError.internalFailure("configured logging driver does not support reading")
        }
        return runtime.logs(
            path: record.logPath(in: paths), options: options,
            details: options.details ? try LogDetails.text(record) : "", tty: record.config.tty,
            isRunning: { [weak container] in container?.record.isRunning ?? false })
    }
}

/// An attachment that wants nothing live.
private struct EndedSession: AttachSession {
    let tty: Bool
    func nextOutput() async throws -> AttachFrame? { nil }
    func writeInput(_ bytes: [UInt8]) async throws {}
    func closeInput() async {}
    func close() async {}
}

/// What was logged so far, then what comes.
private struct LoggedSession: AttachSession {
    let log: any LogReading
    let live: any AttachSession
    var tty: Bool { live.tty }

    func nextOutput() async throws -> AttachFrame? {
        if let frame = try await log.nextFrame() { return frame }
        return try await live.nextOutput()
    }

    func writeInput(_ bytes: [UInt8]) async throws { try await live.writeInput(bytes) }
    func closeInput() async { await live.closeInput() }
    func close() async {
        await log.close()
        await live.close()
    }
}

/// Only the streams that the client asked for.
private struct SelectedSession: AttachSession {
    let session: any AttachSession
    let options: AttachOptions

    init(_ session: any AttachSession, options: AttachOptions) {
        self.session = session
        self.options = options
    }

    var tty: Bool { session.tty }

    func nextOutput() async throws -> AttachFrame? {
        while let frame = try await session.nextOutput() {
            if tty || (frame.stream == .standardOutput ? options.stdout : options.stderr) { return frame }
        }
        return nil
    }

    func writeInput(_ bytes: [UInt8]) async throws {
        if options.stdin { try await session.writeInput(bytes) }
    }

    func closeInput() async {
        if options.stdin { await session.closeInput() }
    }

    func close() async { await session.close() }
}
