import EngineAPI

extension Route {
    /// What Docker's API does not have.
    static let causeway: [Route] = [
        .served(
            "POST", "/causeway/networks/{id}/repair", "Brings the kernel back to a network's intent (Causeway's own)"
        ) { request, engine in
            let text = request.query["dryRun"] ?? ""
            guard let dryRun = text.isEmpty ? false : QueryFlag.strict(text) else {
                throw APIError.badRequest("invalid value for dryRun: \(text): use 1 or 0")
            }
            return try .json(await engine.networkRepair(request.parameter("id"), dryRun: dryRun))
        },
        .served("GET", "/causeway/map", "The live wiring of the host's network (Causeway's own)") { _, engine in
            try .json(await engine.networkMap())
        },
        .served("GET", "/causeway/compare", "Two networks, point by point (Causeway's own)") { request, engine in
            guard let left = request.query.text("a"), let right = request.query.text("b") else {
                throw APIError.badRequest("name two networks or bridges: /causeway/compare?a=docker0&b=brd0")
            }
            return try .json(await engine.networkComparison(left, right))
        },
        .served(
            "POST", "/causeway/why", "Why something is not reached, proved, with the fix (Causeway's own)", body: .whole
        ) { request, engine in
            try .json(await engine.probe(question(request, needsDestination: false), why: true))
        },
        .served(
            "POST", "/causeway/trace", "The way of one probe, hop by hop, with evidence (Causeway's own)", body: .whole
        ) { request, engine in
            try .json(await engine.probe(question(request, needsDestination: true), why: false))
        },
        .served(
            "GET", "/causeway/capture", "Packets at every device of their way, as they pass (Causeway's own)"
        ) { request, engine in
            let wanted = try captureRequest(request.query)
            let (bytes, finally) = try await engine.capture(wanted)
            let type = wanted.format == .pcapng ? "application/x-pcapng" : "application/x-ndjson"
            return .pieces(type, bytes, finally: finally)
        },
    ]

    private static func question(_ request: Request, needsDestination: Bool) throws(APIError) -> ProbeRequest {
        let question = try request.decode(ProbeRequest.self)
        if question.source.isEmpty {
            throw .badRequest("the field source is missing: a container, host, or an address")
        }
        if needsDestination, question.destination.isEmpty {
            throw .badRequest("the field destination is missing: a container, an address, internet, or a name")
        }
        guard ["", "icmp", "tcp", "udp"].contains(question.transport) else {
            throw .badRequest("unknown protocol \(question.transport): use icmp, tcp or udp")
        }
        return question
    }

    private static func captureRequest(_ query: Query) throws(APIError) -> CaptureRequest {
        guard let source = query.text("source") else {
            throw .badRequest("name a source: /causeway/capture?source=red")
        }
        var wanted = CaptureRequest(source: source)
        wanted.filter = query["filter"] ?? ""
        wanted.interfaces = query.all("interface").filter { !$0.isEmpty }
        wanted.count = try query.integer("count")
        wanted.snapLength = try query.integer("snaplen")
        wanted.byJourney = query.flag("path")
        guard let format = CaptureRequest.Format(rawValue: query.text("format") ?? "json") else {
            throw .badRequest("unknown format \(query.text("format") ?? ""): use json or pcapng")
        }
        wanted.format = format
        return wanted
    }
}
