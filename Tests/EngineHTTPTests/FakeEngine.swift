import EngineAPI
import Synchronization

/// An engine that answers from memory, and tells what it was asked.
final class FakeEngine: EngineService {
    struct State {
        var calls: [String] = []
        var waits: [CheckedContinuation<Void, Never>] = []
        var cancelled: [String] = []
        var loadedBytes = 0
    }

    let state = Mutex(State())
    /// What attach and exec hand out.
    let session: FakeSession

    init(tty: Bool = false) {
        session = FakeSession(tty: tty)
    }

    func note(_ call: String) { state.withLock { $0.calls.append(call) } }
    func noteCancelled(_ what: String) { state.withLock { $0.cancelled.append(what) } }
    var calls: [String] { state.withLock { $0.calls } }
    var cancelled: [String] { state.withLock { $0.cancelled } }

    /// Suspends for ever; notes when it is cancelled.
    private func hang(_ what: String) async throws {
        do {
            try await Task.sleep(for: .seconds(3600))
        } catch {
            noteCancelled(what)
            throw error
        }
    }

    func version() async throws -> SystemVersion { SystemVersion(version: "1.0", apiVersion: "1.51") }
    func info() async throws -> SystemInfo { SystemInfo(id: "me") }

    func events(since: Timestamp?, until: Timestamp?, filters: Filters) async throws
        -> @Sendable () async throws ->
        EventMessage?
    {
        note("events since=\(since?.description ?? "-") \(filters.keys)")
        let count = Mutex(0)
        return { [self] in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 1 { return EventMessage(type: "container", action: "start", time: 1, timeNano: 2) }
            if until != nil { return nil }
            try await hang("events")
            return nil
        }
    }

    func containerList(all: Bool, limit: Int?, size: Bool, filters: Filters) async throws -> [ContainerSummary] {
        try filters.validate(allowed: ["label", "name"])
        note("list all=\(all) limit=\(limit.map(String.init) ?? "-") size=\(size) \(filters.values("label"))")
        return [ContainerSummary(id: "abc", names: ["/red"])]
    }

    func containerCreate(name: String?, platform: String?, request: ContainerCreateRequest) async throws
        -> ContainerCreateResponse
    {
        note("create \(name ?? "-") \(request.config.image)")
        if request.config.image == "nosuch" { throw APIError.notFound("No such image: nosuch:latest") }
        return ContainerCreateResponse(id: "abc")
    }

    func containerInspect(_ reference: String, size: Bool) async throws -> ContainerInspect {
        guard reference == "red" else { throw APIError.notFound("No such container: \(reference)") }
        return ContainerInspect(id: "abc", name: "/red")
    }

    func containerStart(_ reference: String) async throws -> Bool {
        let waits = state.withLock { state in
            defer { state.waits = [] }
            return state.waits
        }
        for wait in waits { wait.resume() }
        return reference != "running"
    }

    func containerStop(_ reference: String, signal: String?, timeout: Int?) async throws -> Bool {
        note("stop \(reference) \(signal ?? "-") \(timeout.map(String.init) ?? "-")")
        return true
    }

    func containerRestart(_ reference: String, signal: String?, timeout: Int?) async throws {}
    func containerKill(_ reference: String, signal: String?) async throws { note("kill \(signal ?? "-")") }
    func containerPause(_ reference: String) async throws { try await hang("pause") }
    func containerUnpause(_ reference: String) async throws {}
    func containerRename(_ reference: String, name: String) async throws { note("rename \(name)") }

    func containerWait(_ reference: String, condition: WaitCondition) async throws -> WaitTicket {
        note("wait \(condition.rawValue)")
        return WaitTicket { [self] in
            await withCheckedContinuation { continuation in state.withLock { $0.waits.append(continuation) } }
            return WaitResponse(statusCode: 7)
        }
    }

    func containerRemove(_ reference: String, force: Bool, volumes: Bool, link: Bool) async throws {
        note("remove force=\(force) v=\(volumes)")
    }

    func containerResize(_ reference: String, height: Int, width: Int) async throws {
        note("resize \(height)x\(width)")
    }

    func containerLogs(_ reference: String, options: LogOptions) async throws -> any LogReading {
        note("logs tail=\(options.tail.map(String.init) ?? "-") follow=\(options.follow)")
        return FakeLog(engine: self, follow: options.follow)
    }

    func containerAttach(_ reference: String, options: AttachOptions) async throws -> any AttachSession {
        guard reference != "nosuch" else { throw APIError.notFound("No such container: nosuch") }
        return session
    }

    func containerTop(_ reference: String, arguments: String?) async throws -> TopResponse { TopResponse() }
    func containerUpdate(_ reference: String, request: ContainerUpdateRequest) async throws -> ContainerUpdateResponse {
        note("update \(request.changes.memory) \(request.changes.restartPolicy.name)")
        return ContainerUpdateResponse()
    }

    func containerStats(_ reference: String, stream: Bool, oneShot: Bool) async throws
        -> @Sendable () async throws ->
        ContainerStats?
    {
        note("stats stream=\(stream) one-shot=\(oneShot)")
        let count = Mutex(0)
        return { [self] in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 1 { return ContainerStats(name: "/red", id: "abc") }
            if stream { try await hang("stats") }
            return nil
        }
    }

    func containerPrune(filters: Filters) async throws -> (deleted: [String], reclaimed: Int64) { ([], 0) }
    func execCreate(_ reference: String, request: ExecCreateRequest) async throws -> String { "e1" }

    func execStart(_ id: String, request: ExecStartRequest) async throws -> (any AttachSession)? {
        if id == "bad" { throw APIError.badRequest("executable file not found") }
        if id == "nosuch" { throw APIError.notFound("No such exec instance: nosuch") }
        return request.detach ? nil : session
    }

    func execResize(_ id: String, height: Int, width: Int) async throws {}
    func execInspect(_ id: String) async throws -> ExecInspect { ExecInspect(id: id) }
    func imageList(all: Bool, filters: Filters) async throws -> [ImageSummary] { [] }

    func imageInspect(_ name: String) async throws -> ImageInspect {
        note("image \(name)")
        return ImageInspect(id: "sha256:1")
    }

    func imageHistory(_ name: String) async throws -> [ImageHistoryItem] { [] }
    func imageTag(_ name: String, repository: String, tag: String) async throws {}
    func imageRemove(_ name: String, force: Bool, prune: Bool) async throws -> [ImageDeleteItem] { [] }

    func imageLoad(_ body: @escaping ByteSource, quiet: Bool) async throws -> ProgressSource {
        var total = 0
        while let bytes = try await body() {
            total += bytes.count
            state.withLock { [total] in $0.loadedBytes = total }
            if bytes.starts(with: Array("stop".utf8)) { try await hang("load") }
        }
        let count = total
        let step = Mutex(0)
        return {
            let number = step.withLock { step in
                step += 1
                return step
            }
            if count == 7 { throw APIError.badRequest("unexpected EOF") }
            return number == 1 ? ProgressMessage(stream: "Loaded \(count)\n") : nil
        }
    }

    func imageImport(
        _ body: @escaping ByteSource, repository: String, tag: String, message: String, changes: [String],
        platform: String?
    ) async throws -> ProgressSource {
        note("import \(repository):\(tag) \(changes)")
        while try await body() != nil {}
        return { nil }
    }

    func imagePull(_ name: String, tag: String, platform: String?, authorization: String?) async throws
        -> ProgressSource
    {
        let step = Mutex(0)
        return {
            let number = step.withLock { step in
                step += 1
                return step
            }
            if name == "absent" { throw APIError.notFound("pull access denied for absent") }
            if number == 1 { return ProgressMessage(status: "Pulling", id: tag) }
            throw APIError.internalFailure("the registry went away")
        }
    }

    func imagePush(_ name: String, tag: String, platform: String?, authorization: String?) async throws
        -> ProgressSource
    {
        note("push \(name) \(tag)")
        return { nil }
    }
    func imagePrune(filters: Filters) async throws -> ImagePruneResponse { ImagePruneResponse() }
    func distributionInspect(_ name: String, authorization: String?) async throws -> DistributionInspect {
        note("distribution \(name)")
        return DistributionInspect()
    }
    func registryLogin(_ body: [UInt8]) async throws -> AuthResponse { AuthResponse() }
    func imageSave(_ names: [String]) async throws -> ByteSource {
        note("save \(names)")
        let left = Mutex(40)
        return {
            let more = left.withLock { left in
                left -= 1
                return left >= 0
            }
            return more ? [UInt8](repeating: 42, count: 100_000) : nil
        }
    }

    func networkList(filters: Filters) async throws -> [NetworkInspect] { [] }
    func networkInspect(_ reference: String) async throws -> NetworkInspect {
        throw APIError.notFound("network \(reference) not found")
    }
    func networkCreate(_ request: NetworkCreateRequest) async throws -> NetworkCreateResponse {
        let ipv4 = request.enableIPv4.map(String.init) ?? "-"
        note(
            "networkCreate \(request.name) \(request.driver) ipv4=\(ipv4) \(request.ipam?.config?.first?.subnet ?? "-")"
        )
        return NetworkCreateResponse(id: "n1")
    }
    func networkRemove(_ reference: String) async throws {
        if reference == "bridge" {
            throw APIError.forbidden("bridge is a pre-defined network and cannot be removed")
        }
        note("networkRemove \(reference)")
    }
    func networkConnect(_ reference: String, request: NetworkConnectRequest) async throws {
        let mac = request.endpointConfig?.macAddress ?? ""
        note("networkConnect \(reference) \(request.container) mac=\(mac)")
    }
    func networkDisconnect(_ reference: String, request: NetworkDisconnectRequest) async throws {
        note("networkDisconnect \(reference) \(request.container) force=\(request.force)")
    }
    func networkPrune(filters: Filters) async throws -> [String] {
        note("networkPrune \(filters.values("label"))")
        return filters.isEmpty ? [] : ["net1"]
    }
    func networkRepair(_ reference: String, dryRun: Bool) async throws -> NetworkRepairResponse {
        note("networkRepair \(reference) dry=\(dryRun)")
        return NetworkRepairResponse(network: reference, dryRun: dryRun, commands: ["ip link set docker0 up"])
    }
    func networkMap() async throws -> any Encodable & Sendable { ["bridges": ["docker0"]] }
    func networkComparison(_ left: String, _ right: String) async throws -> any Encodable & Sendable {
        if right == "nothing" { throw APIError.notFound("there is no bridge \"nothing\" on this host") }
        return ["left": left, "right": right]
    }
    func probe(_ request: ProbeRequest, why: Bool) async throws -> any Encodable & Sendable {
        note("probe \(request.source) \(request.destination) \(request.transport) why=\(why)")
        return ["source": request.source]
    }
    func capture(
        _ request: CaptureRequest
    ) async throws -> (bytes: ByteSource, finally: @Sendable () async -> Void) {
        note(
            "capture \(request.source) [\(request.filter)] \(request.interfaces) \(request.count ?? 0) "
                + "\(request.format.rawValue)")
        let count = Mutex(0)
        return (
            { [self] in
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                if number == 1 { return Array("{}\n".utf8) }
                if request.count != nil { return nil }
                try await hang("capture")
                return nil
            }, { [self] in note("capture ended") }
        )
    }
}

/// A process' input and output: echoes what it is told, upper case on the other stream, and ends with its input.
final class FakeSession: AttachSession {
    struct State {
        var output: [AttachFrame] = []
        var isEnded = false
        var waiter: CheckedContinuation<Void, Never>?
        var input: [UInt8] = []
        var isClosed = false
    }

    let tty: Bool
    let state = Mutex(State())

    init(tty: Bool) { self.tty = tty }

    func emit(_ text: String, _ stream: EngineAPI.OutputStream = .standardOutput) {
        let waiter = state.withLock { state in
            state.output.append(AttachFrame(stream: stream, bytes: Array(text.utf8)))
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func finish() {
        let waiter = state.withLock { state in
            state.isEnded = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func nextOutput() async throws -> AttachFrame? {
        while true {
            let (frame, ended) = state.withLock { state -> (AttachFrame?, Bool) in
                (state.output.isEmpty ? nil : state.output.removeFirst(), state.isEnded)
            }
            if let frame { return frame }
            if ended { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let ready = state.withLock { state in
                        if !state.output.isEmpty || state.isEnded { return true }
                        state.waiter = continuation
                        return false
                    }
                    if ready { continuation.resume() }
                }
            } onCancel: {
                finish()
            }
            try Task.checkCancellation()
        }
    }

    func writeInput(_ bytes: [UInt8]) async throws {
        state.withLock { $0.input += bytes }
        emit(String(decoding: bytes, as: UTF8.self))
    }

    func closeInput() async {
        emit("bye", .standardError)
        finish()
    }

    func close() async { state.withLock { $0.isClosed = true } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    var input: [UInt8] { state.withLock { $0.input } }
}

/// Two lines, then the end or silence.
final class FakeLog: LogReading {
    let tty = false
    let engine: FakeEngine
    let follow: Bool
    let step = Mutex(0)

    init(engine: FakeEngine, follow: Bool) {
        self.engine = engine
        self.follow = follow
    }

    func nextFrame() async throws -> AttachFrame? {
        let number = step.withLock { step in
            step += 1
            return step
        }
        switch number {
        case 1: return AttachFrame(stream: .standardOutput, bytes: Array("one\n".utf8))
        case 2: return AttachFrame(stream: .standardError, bytes: Array("two\n".utf8))
        default:
            if follow { try await Task.sleep(for: .seconds(3600)) }
            return nil
        }
    }

    func close() async { engine.note("log closed") }
}
