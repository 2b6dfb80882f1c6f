public import EngineAPI
import EngineClient
import Explain
import PacketCapture
import SystemCalls

/// The network explains itself over the API: the same library as the command line's, on threads that may block.
extension Engine {
    /// `GET /causeway/map`.
    public func networkMap() async throws -> any Encodable & Sendable {
        try await observe()
    }

    /// `GET /causeway/compare`.
    public func networkComparison(_ left: String, _ right: String) async throws -> any Encodable & Sendable {
        let networks = try await knownNetworks
        let names = Dictionary(networks.map { ($0.bridge, $0.name) }) { first, _ in first }
        let map = try await observe()
        return try await explaining { try Comparison(left, right, in: map, networks: names) }
    }

    /// `POST /causeway/why` and `POST /causeway/trace`.
    public func probe(_ request: ProbeRequest, why: Bool) async throws -> any Encodable & Sendable {
        let known = await knownContainers
        let networks = try await knownNetworks
        let kind = ProbeFlow.Kind(rawValue: request.transport)
        return try await explaining {
            var explainer = try Explainer(containers: known + Self.others(known), networks: networks)
            explainer.tracesRules = !request.withoutRules
            return why
                ? try explainer.why(request.source, request.destination.isEmpty ? nil : request.destination, kind)
                : try explainer.trace(request.source, request.destination, kind)
        }
    }

    /// `GET /causeway/capture`.
    public func capture(
        _ request: CaptureRequest
    ) async throws -> (bytes: ByteSource, finally: @Sendable () async -> Void) {
        var options = CaptureOptions(source: try captureSource(request.source))
        options.filter = request.filter.split(separator: " ").map(String.init)
        options.interfaces = request.interfaces
        options.count = request.count
        options.snapLength = request.snapLength ?? options.snapLength
        options.byJourney = request.byJourney
        let map = try await observe()
        let wanted = options
        guard captures.begin() else {
            throw APIError.unavailable("\(CaptureCount.limit) captures are running already; end one of them first")
        }
        let capture: Capture
        do {
            capture = try await explaining { try Capture(wanted, on: map) }
        } catch {
            captures.end()
            throw error
        }
        let feed = ByteFeed { capture.stop() }
        let isFile = request.format == .pcapng
        if isFile { feed.write(capture.fileHeader) }
        Task { [captures] in
            let failure = await Self.run(capture, into: feed, isFile: isFile, byJourney: request.byJourney)
            captures.end()
            feed.finish(failure)
        }
        return ({ try await feed.next() }, { feed.abandon() })
    }

    private static func run(
        _ capture: Capture, into feed: ByteFeed, isFile: Bool, byJourney: Bool
    ) async -> APIError? {
        do {
            _ = try await BlockingWork.run {
                try capture.run { packet in
                    if !isFile, !byJourney { feed.write(try Self.line(capture.record(packet))) }
                } journey: { journey in
                    if isFile {
                        feed.write(capture.fileBlocks(journey))
                    } else if byJourney {
                        feed.write(try Self.line(capture.record(journey)))
                    }
                }
            }
            return nil
        } catch {
            return .internalFailure("\(error)")
        }
    }

    private static func line(_ value: some Encodable) throws -> [UInt8] {
        try JSONText.encode(value) + [UInt8(ascii: "\n")]
    }

    /// A container is named as everywhere in the API: by name, id or the beginning of one.
    private func captureSource(_ reference: String) throws -> String {
        guard let container = try? containers.resolve(reference) else { return reference }
        guard container.record.pid > 0 else {
            throw APIError.conflict(
                "container \(container.record.name) does not run, so it has no network: start it first")
        }
        return container.record.name
    }

    private func observe() async throws -> NetworkMap {
        let known = await knownContainers
        return try await explaining {
            let all = known + Self.others(known)
            return try MapObserver.observe(names: Explainer.Container.names(of: all))
        }
    }

    /// This engine's containers, read as any engine's are.
    private var knownContainers: [Explainer.Container] {
        get async {
            var found: [Explainer.Container] = []
            for container in containers.all {
                guard let inspect = try? await containerInspect(container.id, size: false),
                    let bytes = try? JSONText.encode(inspect), let value = try? JSONValue(parsing: bytes)
                else { continue }
                found.append(Explainer.Container(value))
            }
            return found
        }
    }

    private var knownNetworks: [Explainer.Network] {
        get async throws {
            let list = try JSONValue(parsing: JSONText.encode(await networkList(filters: Filters())))
            return list.elements.compactMap { Explainer.Network($0) }
        }
    }

    /// Containers of other engines on this machine. Where this daemon's own socket is among theirs, it tells nothing new.
    private static func others(_ known: [Explainer.Container]) -> [Explainer.Container] {
        EngineDirectory.containers(at: EngineDirectory.standard, except: Set(known.map(\.id)))
    }

    private func explaining<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        do {
            return try await BlockingWork.run(body)
        } catch let error as ExplainError {
            throw switch error.kind {
            case .invalid: APIError.badRequest(error.description)
            case .notFound: APIError.notFound(error.description)
            case .conflict: APIError.conflict(error.description)
            case .failed: APIError.internalFailure(error.description)
            }
        }
    }
}
