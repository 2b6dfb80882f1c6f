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

    /// All that has come since the last call, or the next piece; nil is the end. One caller at a time.
    func next() async throws -> [UInt8]? {
        let (result, roomAgain) = try await pull()
        if roomAgain { hasRoom() }
        return result
    }

    private func pull() async throws -> ([UInt8]?, Bool) {
        let ready = try state.withLock { state -> ([UInt8]?, Bool)? in
            if state.isBroken { throw Broken() }
            if !state.pieces.isEmpty {
                let pieces = state.pieces
                defer { state.wasFull = false }
                state.pieces = []
                state.count = 0
                return (pieces.count == 1 ? pieces[0] : Array(pieces.joined()), state.wasFull)
            }
            return state.isEnded ? (nil, false) : nil
        }
        if let ready { return ready }
        let piece = try await withCheckedThrowingContinuation { continuation in
            let immediate = state.withLock { state -> Result<[UInt8]?, any Error>? in
                if state.isBroken { return .failure(Broken()) }
                if !state.pieces.isEmpty {
                    let pieces = state.pieces
                    state.pieces = []
                    state.count = 0
                    return .success(Array(pieces.joined()))
                }
                if state.isEnded { return .success(nil) }
                state.waiter = continuation
                return nil
            }
            if let immediate { continuation.resume(with: immediate) }
        }
        let wasFull = state.withLock { state in
            defer { state.wasFull = false }
            return state.wasFull
        }
        return (piece, wasFull)
    }
}
