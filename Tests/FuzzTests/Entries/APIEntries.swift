import EngineAPI

@testable import ContainerRuntime
@testable import Engine
@testable import EngineHTTP
@testable import ImageStore

extension FuzzEntry {
    /// Bodies and parameters of the API, read and checked as the engine does it, up to the runtime's specification.
    static let api = FuzzEntry(name: "api") { bytes in
        let (kind, rest) = choice(bytes, of: 10)
        let body = Array(rest)
        let text = String(decoding: rest, as: UTF8.self)
        switch kind {
        case 0, 1: try create(body)
        case 2: read(NetworkCreateRequest.self, body)
        case 3: read(NetworkConnectRequest.self, body)
        case 4: read(ExecCreateRequest.self, body)
        case 5: read(ContainerUpdateRequest.self, body)
        case 6: read(VolumeCreateRequest.self, body)
        case 7:
            let query = Query(text)
            _ = try? query.filters()
            for name in ["h", "since", "tail"] { _ = (try? query.integer(name), try? query.time(name)) }
            _ = try? RouteTable.engine.match(method: "GET", target: text)
        case 8:
            var config = ContainerConfig()
            _ = try? ImportInstructions.apply(text.split(separator: "\n").map(String.init), to: &config)
        default: read(JSONValue.self, body)
        }
    }

    /// What is read must be written so that it reads the same.
    private static func read<Value: Codable>(_ type: Value.Type, _ body: [UInt8]) {
        guard let value = try? JSONText.decode(type, from: body) else { return }
        guard let again = try? JSONText.encode(value) else { return }
        _ = try? JSONText.decode(type, from: again)
    }

    private static func create(_ body: [UInt8]) throws {
        guard var request = try? JSONText.decode(ContainerCreateRequest.self, from: body) else { return }
        try? request.restrictNetworks()
        guard (try? CreateValidation.check(request, name: "c")) != nil else { return }
        _ = try? PublishedPorts.requests(host: request.hostConfig, exposed: request.config.exposedPorts ?? [:])
        _ = try? MountPlan.make(hostConfig: request.hostConfig, volumes: (request.config.volumes ?? [:]).keys.sorted())
        let input = SpecificationInput(
            containerID: "c", config: request.config, hostConfig: request.hostConfig, rootfs: "/nowhere",
            hostname: "c", args: ["true"], cgroupVersion: .v2, limitsSwap: true, seccomp: nil)
        guard let specification = try? SpecificationBuilder.make(input) else { return }
        // The runtime's words are ours: whatever was asked for, they are JSON.
        try require(
            (try? JSONText.decode(JSONValue.self, from: specification)) != nil, "the specification is no JSON")
    }

    /// A client's WebSocket frames, cut in pieces.
    static let webSocket = FuzzEntry(name: "websocket") { bytes in
        var parser = WebSocketParser()
        let width = max(1, Int(bytes.first ?? 1))
        var position = 1
        var delivered = 0
        while position < bytes.count {
            let end = min(bytes.count, position + width)
            for event in parser.push(Array(bytes[position..<end])) {
                if case .data(let data) = event { delivered += data.count }
            }
            position = end
        }
        try require(delivered <= bytes.count, "more came out than went in")
    }
}
