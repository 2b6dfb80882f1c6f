import EngineAPI

/// An attachment to a container that does not run yet: its client waits, and what it sends waits with it, until the
/// start hands in the real connection, before the container's process runs.
final class PendingAttachment: AttachSession {
    let tty: Bool
    private let session = Promise<(any AttachSession)?>()
    private let abandoned: @Sendable (PendingAttachment) -> Void

    init(tty: Bool, abandoned: @escaping @Sendable (PendingAttachment) -> Void) {
        self.tty = tty
        self.abandoned = abandoned
    }

    /// Hands in the connection, or nil where the start failed.
    func resolve(_ connection: (any AttachSession)?) { session.fulfil(connection) }

    func nextOutput() async throws -> AttachFrame? {
        guard let session = try await session.get() else { return nil }
        return try await session.nextOutput()
    }

    func writeInput(_ bytes: [UInt8]) async throws {
        try await session.get()?.writeInput(bytes)
    }

    func closeInput() async {
        guard let session = try? await session.get() else { return }
        await session.closeInput()
    }

    func close() async {
        abandoned(self)
        session.fulfil(nil)
        if let session = session.current ?? nil { await session.close() }
    }
}
