import Synchronization

/// Bytes from the client on their way to a task that pulls them. Holds a bounded amount: where it is full, nothing more
/// is read from the socket until the task has caught up.
final class InputQueue: Sendable {
    /// Bytes above which reading pauses.
    static let highWater = 256 * 1024

    /// The connection broke before the end of what it was to carry.
    struct Broken: Error, CustomStringConvertible {
        var description: String { "unexpected EOF" }
    }

    private struct State {
        var pieces: [[UInt8]] = []
        var count = 0
        var isEnded = false
        var isBroken = false
        var waiter: CheckedContinuation<[UInt8]?, any Error>?
        var wasFull = false
    }

    private let state = Mutex(State())
    /// Called, on any thread, when a full queue has room again.
    private let hasRoom: @Sendable () -> Void

    init(hasRoom: @escaping @Sendable () -> Void) {
        self.hasRoom = hasRoom
    }

    /// Whether reading should pause.
    var isFull: Bool {
        state.withLock { state in
            if state.count >= Self.highWater { state.wasFull = true }
            return state.wasFull
        }
    }

    /// Adds what was read.
    func push(_ piece: [UInt8]) {
        guard !piece.isEmpty else { return }
        let waiter = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            guard !state.isEnded, !state.isBroken else { return nil }
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            state.pieces.append(piece)
            state.count += piece.count
            return nil
        }
        waiter?.resume(returning: piece)
    }

    /// Nothing more comes.
    func end() {
        let waiter = state.withLock { state in
            state.isEnded = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// The connection is gone: what was not pulled is lost.
    func fail() {
        let waiter = state.withLock { state in
            state.isBroken = !state.isEnded || !state.pieces.isEmpty
            state.pieces = []
            state.count = 0
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(throwing: Broken())
    }

    /// The next piece; nil is the end. One caller at a time.
    func next() async throws -> [UInt8]? {
        if let ready = try state.withLock({ try Self.take(from: &$0) }) { return delivered(ready) }
        let piece = try await withCheckedThrowingContinuation { continuation in
            let ready = state.withLock { state -> Result<Ready?, any Error> in
                let ready = Result { try Self.take(from: &state) }
                if case .success(nil) = ready { state.waiter = continuation }
                return ready
            }
            switch ready {
            case .success(nil): break
            case .success(let ready?): continuation.resume(returning: delivered(ready))
            case .failure(let error): continuation.resume(throwing: error)
            }
        }
        return piece
    }

    /// What can be handed out without waiting.
    private struct Ready {
        var piece: [UInt8]?
        var hasRoomAgain = false
    }

    /// Nil where the caller has to wait.
    private static func take(from state: inout State) throws -> Ready? {
        if state.isBroken { throw Broken() }
        if state.pieces.isEmpty { return state.isEnded ? Ready(piece: nil) : nil }
        let piece = state.pieces.removeFirst()
        state.count -= piece.count
        let hasRoomAgain = state.wasFull && state.count < highWater / 2
        if hasRoomAgain { state.wasFull = false }
        return Ready(piece: piece, hasRoomAgain: hasRoomAgain)
    }

    private func delivered(_ ready: Ready) -> [UInt8]? {
        if ready.hasRoomAgain { hasRoom() }
        return ready.piece
    }
}
