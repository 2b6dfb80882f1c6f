import EngineAPI

extension Route {
    static let exec: [Route] = [
        .served("POST", "/containers/{id}/exec", "Prepares a further process", body: .whole) { request, engine in
            let asked = try request.decode(ExecCreateRequest.self)
            guard asked.cmd?.isEmpty == false else { throw APIError.badRequest("No exec command specified") }
            let id = try await engine.execCreate(request.parameter("id"), request: asked)
            return try .json(ExecCreateResponse(id: id), status: 201)
        },
        .served("POST", "/exec/{id}/start", "Starts it and connects to it", body: .whole) { request, engine in
            let asked = try request.decode(ExecStartRequest.self, orWithoutBody: ExecStartRequest())
            let session: (any AttachSession)?
            do {
                session = try await engine.execStart(request.parameter("id"), request: asked)
            } catch let error as APIError where !asked.detach && error.status != 404 && error.status != 409 {
                // A program that cannot be run is told on the stream: clients then ask for the exit code.
                let failed = FailedExec(tty: asked.tty, message: error.message)
                return .hijack(failed, input: false, request: request)
            }
            guard let session else { return .empty(200) }
            return .hijack(session, input: true, request: request)
        },
        .served("POST", "/exec/{id}/resize", "Resizes its terminal") { request, engine in
            let size = try terminalSize(request)
            try await engine.execResize(request.parameter("id"), height: size.height, width: size.width)
            return .empty(200)
        },
        .served("GET", "/exec/{id}/json", "Shows it") { request, engine in
            try .json(await engine.execInspect(request.parameter("id")))
        },
    ]
}

/// Says once why a process could not be started.
private actor FailedExec: AttachSession {
    nonisolated let tty: Bool
    private var message: String?

    init(tty: Bool, message: String) {
        self.tty = tty
        self.message = message
    }

    func nextOutput() async throws -> AttachFrame? {
        defer { message = nil }
        return message.map { AttachFrame(stream: .standardOutput, bytes: Array("\($0)\r\n".utf8)) }
    }

    func writeInput(_ bytes: [UInt8]) async throws {}
    func closeInput() async {}
    func close() async {}
}
