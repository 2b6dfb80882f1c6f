import EngineAPI
import NIOCore

/// A connection that carries a process' input and output after its reply's head.
struct HijackedConnection: Sendable {
    /// Output that is ready at once waits this long after the head: clients that read the head through a buffer
    /// (docker-py) lose what arrives in the same read.
    static let pauseAfterHead = Duration.milliseconds(3)

    let writer: ReplyWriter
    let hijack: Response.Hijack

    /// Runs until the process' output has ended or the client has gone.
    func run(_ response: Response) async {
        let input: InputQueue
        let clock = ContinuousClock()
        let headSent: ContinuousClock.Instant
        do {
            // The pipeline changes before the client hears of it: what it sends after the head is input, all of it.
            input = try await becomeRaw()
            try await writer.sendHead(response, framing: .none, keepAlive: true)
            headSent = clock.now
        } catch {
            writer.channel.close(promise: nil)
            await hijack.session.close()
            return
        }
        await withTaskGroup(of: Void.self) { group in
            if hijack.input { group.addTask { await forwardInput(input) } }
            do {
                try await forwardOutput(after: headSent + Self.pauseAfterHead, clock: clock)
                end()
            } catch {
                writer.channel.close(promise: nil)
            }
            // Both ways out for input that is stuck: no more of it comes, and nobody takes it.
            input.fail()
            group.cancelAll()
            await hijack.session.close()
        }
    }

    private func forwardInput(_ input: InputQueue) async {
        let session = hijack.session
        do {
            while let bytes = try await input.next() { try await session.writeInput(bytes) }
            await session.closeInput()
        } catch {
            // The client has gone, or the process has closed its input: the output tells the end.
        }
    }

    private func forwardOutput(after earliest: ContinuousClock.Instant, clock: ContinuousClock) async throws {
        var isFirst = true
        while let frame = try await hijack.session.nextOutput() {
            if isFirst, clock.now < earliest { try await clock.sleep(until: earliest) }
            isFirst = false
            try await writer.write(ByteBuffer(bytes: FrameFormat.bytes(frame, raw: hijack.raw)))
        }
    }

    private func becomeRaw() async throws -> InputQueue {
        let channel = writer.channel
        let handler = writer.handler
        let takesInput = hijack.input
        return try await channel.eventLoop.submit {
            let queue = InputQueue(hasRoom: {
                channel.eventLoop.execute {
                    guard let raw = try? channel.pipeline.syncOperations.context(handlerType: RawInputHandler.self)
                    else { return }
                    (raw.handler as? RawInputHandler)?.resumeReading(context: raw)
                }
            })
            try handler.value.becomeRaw(queue)
            // What nobody asked for is dropped.
            if !takesInput { queue.end() }
            return queue
        }.get()
    }

    private func end() {
        let channel = writer.channel
        channel.eventLoop.execute {
            guard let raw = try? channel.pipeline.syncOperations.context(handlerType: RawInputHandler.self) else {
                channel.close(promise: nil)
                return
            }
            (raw.handler as? RawInputHandler)?.end(context: raw)
        }
    }
}
