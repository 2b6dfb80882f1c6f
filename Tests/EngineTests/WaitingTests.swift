import EngineAPI
import EngineStore
import Testing

@testable import Engine

@Suite("Waiting")
struct WaitingTests {
    @Test("a promise wakes all who wait, and those who come later")
    func promise() async throws {
        let promise = Promise<Int>()
        async let first = promise.get()
        async let second = promise.get()
        promise.fulfil(7)
        promise.fulfil(8)
        #expect(try await first == 7)
        #expect(try await second == 7)
        #expect(try await promise.get() == 7)
    }

    @Test("a cancelled wait ends")
    func cancelled() async {
        let promise = Promise<Int>()
        let task = Task { try await promise.get() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("a lock lets one in at a time, in turn")
    func lock() async {
        let lock = AsyncLock()
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask { await lock.withLock { await counter.enterAndLeave() } }
            }
        }
        #expect(await counter.most == 1)
        #expect(await counter.total == 50)
    }

    @Test("an attachment before the start gets what the start hands in")
    func attachment() async throws {
        let pending = PendingAttachment(tty: true) { _ in }
        async let frame = pending.nextOutput()
        pending.resolve(OneFrame())
        #expect(try await frame?.bytes == [104, 105])
    }

    @Test("an attachment ends where the start fails")
    func failedStart() async throws {
        let pending = PendingAttachment(tty: false) { _ in }
        pending.resolve(nil)
        #expect(try await pending.nextOutput() == nil)
    }
}

private actor Counter {
    var inside = 0
    var most = 0
    var total = 0
    func enterAndLeave() async {
        inside += 1
        most = max(most, inside)
        await Task.yield()
        inside -= 1
        total += 1
    }
}

private struct OneFrame: AttachSession {
    var tty: Bool { true }
    func nextOutput() async throws -> AttachFrame? { AttachFrame(stream: .standardOutput, bytes: [104, 105]) }
    func writeInput(_ bytes: [UInt8]) async throws {}
    func closeInput() async {}
    func close() async {}
}

@Suite("Events")
struct EventBusTests {
    private func event(_ action: String, at seconds: Int64) -> EventMessage {
        EventMessage(type: "container", action: action, id: "x", attributes: [:], at: Timestamp(unixSeconds: seconds))
    }

    @Test("kept events from a time on, then live ones")
    func listening() async {
        let bus = EventBus()
        bus.publish(event("create", at: 1))
        bus.publish(event("start", at: 2))
        let (past, live) = bus.listen(since: Timestamp(unixSeconds: 2))
        #expect(past.map(\.action) == ["start"])
        bus.publish(event("die", at: 3))
        var iterator = live.makeAsyncIterator()
        #expect(await iterator.next()?.action == "die")
        #expect(bus.listenerCount == 1)
    }

    @Test("a listener that goes is forgotten")
    func leaving() async {
        let bus = EventBus()
        do {
            let (_, live) = bus.listen(since: nil)
            let task = Task { for await _ in live {} }
            task.cancel()
            await task.value
        }
        #expect(bus.listenerCount == 0)
    }
}
