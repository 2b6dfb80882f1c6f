import EngineAPI

extension Route {
    static let containerStreams: [Route] = [
        .served("POST", "/containers/{id}/wait", "Waits for a container's end") { request, engine in
            let name = request.query.text("condition") ?? WaitCondition.notRunning.rawValue
            guard let condition = WaitCondition(rawValue: name) else {
                throw APIError.badRequest("invalid condition: \"\(name)\"")
            }
            let ticket = try await engine.containerWait(request.parameter("id"), condition: condition)
            return .pieces("application/json", waitReply(ticket))
        },
        .served("GET", "/containers/{id}/logs", "Shows a container's output") { request, engine in
            let options = try logOptions(request.query)
            let log = try await engine.containerLogs(request.parameter("id"), options: options)
            let type = StreamType.of(tty: log.tty, version: request.version)
            return .pieces(
                type, { try await log.nextFrame().map { FrameFormat.bytes($0, raw: log.tty) } },
                finally: { await log.close() })
        },
        .served("POST", "/containers/{id}/attach", "Connects to a container's input and output") { request, engine in
            let options = attachOptions(request.query)
            let session = try await engine.containerAttach(request.parameter("id"), options: options)
            return .hijack(session, input: options.stdin && options.stream, request: request)
        },
        .served("GET", "/containers/{id}/attach/ws", "The same over a WebSocket") { request, engine in
            let accepted = try WebSocketHandshake.accept(request.headers)
            var options = attachOptions(request.query)
            // Nothing is multiplexed here: who names no stream means all of them.
            if !options.stdin, !options.stdout, !options.stderr {
                (options.stdin, options.stdout, options.stderr) = (true, true, true)
            }
            let session = try await engine.containerAttach(request.parameter("id"), options: options)
            let isText = request.version < APIVersion(1, 28)
            let framed = WebSocketSession(session, input: options.stdin && options.stream, isText: isText)
            return Response(
                status: 101,
                headers: [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accepted)],
                body: .hijack(Response.Hijack(session: framed, raw: true, input: true)))
        },
    ]

    /// One object, when the container has ended.
    private static func waitReply(_ ticket: WaitTicket) -> ByteSource {
        let once = Once()
        return {
            guard await once.take() else { return nil }
            return try JSONLine.line(await ticket.result())
        }
    }

    private static func attachOptions(_ query: Query) -> AttachOptions {
        var options = AttachOptions()
        options.stdin = query.flag("stdin")
        options.stdout = query.flag("stdout")
        options.stderr = query.flag("stderr")
        options.logs = query.flag("logs")
        options.stream = query.flag("stream")
        options.detachKeys = query.text("detachKeys")
        return options
    }

    private static func logOptions(_ query: Query) throws(APIError) -> LogOptions {
        var options = LogOptions()
        options.stdout = query.flag("stdout")
        options.stderr = query.flag("stderr")
        guard options.stdout || options.stderr else {
            throw .badRequest("Bad parameters: you must choose at least one stream")
        }
        options.follow = query.flag("follow")
        options.timestamps = query.flag("timestamps")
        options.details = query.flag("details")
        options.since = query.text("since") == "0" ? nil : try query.time("since")
        options.until = query.text("until") == "0" ? nil : try query.time("until")
        // Docker takes whatever is no number for "all".
        options.tail = query.text("tail").flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
        return options
    }
}

/// True the first time only.
private actor Once {
    private var taken = false
    func take() -> Bool {
        defer { taken = true }
        return !taken
    }
}

/// The content types of a process' output.
enum StreamType {
    static let raw = "application/vnd.docker.raw-stream"
    static let multiplexed = "application/vnd.docker.multiplexed-stream"

    /// Clients before 1.42 know the first only.
    static func of(tty: Bool, version: APIVersion) -> String {
        tty || version < APIVersion(1, 42) ? raw : multiplexed
    }
}

/// Output on the wire: with eight bytes in front that say which stream and how much, or raw.
enum FrameFormat {
    /// `{1|2, 0, 0, 0, length as big-endian UInt32}` and the bytes; the bytes alone for a terminal.
    static func bytes(_ frame: AttachFrame, raw: Bool) -> [UInt8] {
        if raw { return frame.bytes }
        let count = UInt32(truncatingIfNeeded: frame.bytes.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + frame.bytes.count)
        bytes += [frame.stream.rawValue, 0, 0, 0]
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        bytes += frame.bytes
        return bytes
    }
}

extension Response {
    /// 101 where the client asked to upgrade, else 200; then the connection is the process'.
    static func hijack(_ session: any AttachSession, input: Bool, request: Request) -> Response {
        let body = Body.hijack(Hijack(session: session, raw: session.tty, input: input))
        guard request.wantsUpgrade else {
            return Response(status: 200, headers: [("Content-Type", StreamType.raw)], body: body)
        }
        let type = StreamType.of(tty: session.tty, version: request.version)
        return Response(
            status: 101, headers: [("Content-Type", type), ("Connection", "Upgrade"), ("Upgrade", "tcp")], body: body)
    }
}
