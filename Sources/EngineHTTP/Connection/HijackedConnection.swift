import EngineAPI
import NIOCore

/// A connection that carries a process' input and output after its reply's head.
struct HijackedConnection: Sendable {
    let writer: ReplyWriter
    let hijack: Response.Hijack

    /// Runs until the process' output has ended or the client has gone.
    func run(_ response: Response) async {
        let input: InputQueue
        do {
            // The pipeline changes before the client hears of it: what it sends after the head is input, all of it.
            input = try await becomeRaw()
            try await writer.sendHead(response, framing: .none, keepAlive: true)
        } catch {
            writer.channel.close(promise: nil)
            await hijack.session.close()
            return
        }
        await withTaskGroup(of: Void.self) { group in
            if hijack.input { group.addTask { await forwardInput(input) } }
            do {
                try await forwardOutput()
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

    private func forwardOutput() async throws {
        var isFirst = true
        while let frame = try await hijack.session.nextOutput() {
            if isFirst { try await HeadDelivery(channel: writer.channel).wait() }
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

/// Whether the client has read the reply's head: clients that read it through a buffer (Python's http.client, so
/// docker-py and Testcontainers) lose the output that arrives in the same read.
private struct HeadDelivery {
    /// For clients that take their time, and for those behind TCP, of whom only the acknowledgement is known.
    private static let patience = Duration.seconds(1)
    private static let pause = Duration.milliseconds(3)

    let channel: any Channel

    /// Returns once a local client has read all that was sent, or after `patience`; otherwise after a pause.
    func wait() async throws {
        guard channel.localAddress?.protocol == .unix, let socket = channel as? any SocketOptionProvider else {
            return try await Task.sleep(for: Self.pause)
        }
        let end = ContinuousClock.now + Self.patience
        var pause = Duration.microseconds(100)
        while try await unread(socket) > 0, ContinuousClock.now < end {
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.pause)
        }
    }

    /// What the peer has not taken out of the socket's queue yet, in bytes of the kernel's memory (`SO_MEMINFO`,
    /// uapi/linux/sock_diag.h: a Unix socket's sender is charged for a buffer until its reader has taken it).
    private func unread(_ socket: any SocketOptionProvider) async throws -> UInt32 {
        let memory: SocketMemory = try await socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SocketMemory.option)
        ).get()
        return memory.sendAllocated
    }
}

/// The nine counters of `SK_MEMINFO_VARS`.
private struct SocketMemory: Sendable {
    static let option: CInt = 55

    var receiveAllocated: UInt32 = 0
    var receiveBuffer: UInt32 = 0
    var sendAllocated: UInt32 = 0
    var sendBuffer: UInt32 = 0
    var forwardAllocated: UInt32 = 0
    var sendQueued: UInt32 = 0
    var optionMemory: UInt32 = 0
    var backlog: UInt32 = 0
    var drops: UInt32 = 0
}
