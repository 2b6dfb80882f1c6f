public import EngineAPI
import Synchronization

/// A session that ends when its client types the detach keys. The keys are not passed on; the process runs on.
///
/// Docker looks for detach keys on terminals only: wrap those.
public final class DetachableSession: AttachSession {
    private let session: any AttachSession
    private let filter: Mutex<DetachKeysFilter>
    private let ended = Mutex(false)

    /// Wraps a session.
    public init(_ session: any AttachSession, keys: DetachKeys = .standard) {
        self.session = session
        filter = Mutex(DetachKeysFilter(keys))
    }

    /// Whether the process has a terminal.
    public var tty: Bool { session.tty }

    /// Whether the client has typed the keys.
    public var detached: Bool { ended.withLock { $0 } }

    /// The next output, or nil at the end or once detached.
    public func nextOutput() async throws -> AttachFrame? {
        if detached { return nil }
        let frame = try await session.nextOutput()
        return detached ? nil : frame
    }

    /// Hands on what is not part of the detach keys; the complete keys close the session.
    public func writeInput(_ bytes: [UInt8]) async throws {
        if detached { return }
        let (passed, complete) = filter.withLock { $0.filter(bytes) }
        if !passed.isEmpty { try await session.writeInput(passed) }
        guard complete else { return }
        ended.withLock { $0 = true }
        await session.close()
    }

    /// The end of the process' input.
    public func closeInput() async { await session.closeInput() }

    /// Lets go of the connection.
    public func close() async { await session.close() }
}
