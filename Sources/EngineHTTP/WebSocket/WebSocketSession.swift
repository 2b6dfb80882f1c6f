import EngineAPI
import Synchronization

/// An attachment that speaks WebSocket frames on both sides of a raw connection: the process' output is put into
/// frames, the client's frames are taken apart, pings are answered.
final class WebSocketSession: AttachSession {
    /// The bytes that come out are frames: nothing is multiplexed.
    let tty = true
    private let session: any AttachSession
    private let takesInput: Bool
    private let opcode: WebSocketFrame.Opcode

    private struct State {
        /// Frames that go before the process' output: pongs and the end.
        var control: [[UInt8]] = []
        /// One piece of output that waits to be taken, so that a slow client slows the process.
        var output: [UInt8]?
        var hasEnded = false
        var consumer: CheckedContinuation<Void, Never>?
        var producer: CheckedContinuation<Void, Never>?
        var parser = WebSocketParser()
        var pump: Task<Void, Never>?
    }

    private let state = Mutex(State())
    /// Frames of control that may wait: a client that pings and does not read gets no more answers.
    private static let waitingControl = 64

    /// - Parameters:
    ///   - session: the process' input and output.
    ///   - input: whether the client's data goes to the process.
    ///   - isText: whether output is sent as text, as before API 1.28.
    init(_ session: any AttachSession, input: Bool, isText: Bool) {
        self.session = session
        takesInput = input
        opcode = isText ? .text : .binary
        let pump = Task { [weak self] in
            while let frame = try? await session.nextOutput() {
                guard let self, await self.offer(frame.bytes) else { return }
            }
            self?.end(.normal)
        }
        state.withLock { $0.pump = pump }
    }

    /// Hands over a piece of output, and waits until it is taken; false once the connection has ended.
    private func offer(_ bytes: [UInt8]) async -> Bool {
        let frame = WebSocketFrame.encode(opcode, bytes)
        await withTaskCancellationHandler {
            await withCheckedContinuation { producer in
                let wakes = state.withLock { state -> [CheckedContinuation<Void, Never>] in
                    if state.hasEnded || Task.isCancelled { return [producer] }
                    state.output = frame
                    state.producer = producer
                    defer { state.consumer = nil }
                    return [state.consumer].compactMap { $0 }
                }
                for wake in wakes { wake.resume() }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.producer = nil }
                return state.producer
            }?.resume()
        }
        return state.withLock { !$0.hasEnded } && !Task.isCancelled
    }

    /// Sends the last frame; what has been put out goes before it.
    private func end(_ code: WebSocketFrame.CloseCode) {
        let wakes = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            if state.hasEnded { return [] }
            state.hasEnded = true
            if let output = state.output { state.control.append(output) }
            state.output = nil
            state.control.append(WebSocketFrame.close(code))
            defer { (state.consumer, state.producer) = (nil, nil) }
            return [state.consumer, state.producer].compactMap { $0 }
        }
        for wake in wakes { wake.resume() }
    }

    func nextOutput() async throws -> AttachFrame? {
        while true {
            let (bytes, producer, isOver) = state.withLock {
                state -> ([UInt8]?, CheckedContinuation<Void, Never>?, Bool) in
                if !state.control.isEmpty { return (state.control.removeFirst(), nil, false) }
                defer { (state.output, state.producer) = (nil, nil) }
                return (state.output, state.producer, state.hasEnded)
            }
            producer?.resume()
            if let bytes { return AttachFrame(stream: .standardOutput, bytes: bytes) }
            if isOver || Task.isCancelled { return nil }
            await waitForOutput()
        }
    }

    private func waitForOutput() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { consumer in
                let isReady = state.withLock { state in
                    if !state.control.isEmpty || state.output != nil || state.hasEnded || Task.isCancelled {
                        return true
                    }
                    state.consumer = consumer
                    return false
                }
                if isReady { consumer.resume() }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.consumer = nil }
                return state.consumer
            }?.resume()
        }
    }

    func writeInput(_ bytes: [UInt8]) async throws {
        let events = state.withLock { $0.parser.push(bytes) }
        for event in events {
            switch event {
            case .data(let data): if takesInput { try await session.writeInput(data) }
            case .ping(let payload): answer(payload)
            case .close: end(.normal)
            case .violation: end(.protocolError)
            }
        }
    }

    private func answer(_ payload: [UInt8]) {
        let consumer = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.hasEnded, state.control.count < Self.waitingControl else { return nil }
            state.control.append(WebSocketFrame.encode(.pong, payload))
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.resume()
    }

    func closeInput() async { if takesInput { await session.closeInput() } }

    func close() async {
        state.withLock { $0.pump }?.cancel()
        end(.normal)
        await session.close()
    }
}
