import EngineAPI
import EngineClient
import Explain
import Glibc
import IPAddressing

/// `causeway why` and `causeway trace`.
extension ExplainCommands {
    private static let probeFlags = [
        Flag("format", nil, .string, "Print in this format: text (default) or json"),
        Flag("icmp", nil, .bool, "Ask with ICMP echo (the default without a port)"),
        Flag("tcp", nil, .bool, "Ask with a TCP connection (the default with a port)"),
        Flag("udp", nil, .bool, "Ask with a UDP datagram"),
        Flag("no-rules", nil, .bool, "Put no trace table into nftables: judge without knowing which rules spoke"),
    ]

    /// The exit status where the question makes no sense or cannot be asked: 0 to 2 are answers.
    private static let notAsked: Int32 = 125

    static let why = Command(
        ["why"], usage: "[OPTIONS] SOURCE DESTINATION[:PORT] | DEVICE",
        "Say why SOURCE does not reach DESTINATION, proved, with the fix; or what is the matter with a device",
        flags: probeFlags, operands: .between(1, 2)
    ) { call throws(ClientError) in
        try explain(call) { explainer, operands, kind throws(ExplainError) in
            try explainer.why(operands[0], operands.count > 1 ? operands[1] : nil, kind)
        } text: {
            $0.whyText
        }
    }

    static let trace = Command(
        ["trace"], usage: "[OPTIONS] SOURCE DESTINATION[:PORT]",
        "Send one probe and show its way hop by hop, with the kernel's own evidence",
        flags: probeFlags, operands: .exactly(2)
    ) { call throws(ClientError) in
        try explain(call) { explainer, operands, kind throws(ExplainError) in
            try explainer.trace(operands[0], operands[1], kind)
        } text: {
            $0.traceText
        }
    }

    private static func explain(
        _ call: Invocation,
        _ ask: (Explainer, [String], ProbeFlow.Kind?) throws(ExplainError) -> Report, text: (Report) -> String
    ) throws(ClientError) -> Int32 {
        let kinds: [ProbeFlow.Kind] = [.icmp, .tcp, .udp].filter { call.arguments.flag($0.rawValue) }
        guard kinds.count < 2 else { throw .local("--icmp, --tcp and --udp exclude each other", exitStatus: notAsked) }
        let report: Report
        do throws(ExplainError) {
            var explainer = try Explainer(
                containers: allContainers(call.client), networks: allNetworks(call.client))
            explainer.tracesRules = !call.arguments.flag("no-rules")
            report = try ask(explainer, call.arguments.operands, kinds.first)
        } catch {
            throw .local(error.description, exitStatus: notAsked)
        }
        switch call.arguments.text("format") {
        case "json":
            guard let bytes = try? JSONText.encode(report, pretty: true) else {
                throw .local("the report cannot be written as JSON")
            }
            Console.print(String(decoding: bytes, as: UTF8.self) + "\n")
        case "", "text": Console.print(text(report))
        case let other: throw .local("unknown format \"\(other)\": use text or json", exitStatus: notAsked)
        }
        return report.exitCode
    }

    /// Every container, those that do not run included; none where no engine answers.
    private static func allContainers(_ client: EngineClient) -> [Explainer.Container] {
        guard case .array(let list)? = try? client.json(EngineRequest("GET", "/containers/json", query: [("all", "1")]))
        else { return [] }
        var found: [Explainer.Container] = []
        for entry in list {
            guard case .string(let id)? = entry["Id"], let inspect = try? client.inspectContainer(id),
                case .string(let name)? = inspect["Name"], case .int(let pid)? = inspect["State"]?["Pid"]
            else { continue }
            let settings = inspect["NetworkSettings"]
            found.append(
                Explainer.Container(
                    name: String(name.drop { $0 == "/" }), id: id, pid: Int32(truncatingIfNeeded: pid),
                    ports: ports(settings?["Ports"]), addresses: addresses(settings?["Networks"])))
        }
        return found
    }

    private static func ports(_ value: JSONValue?) -> [Explainer.Port] {
        guard case .object(let ports)? = value else { return [] }
        var found: [Explainer.Port] = []
        for port in ports {
            let parts = port.name.split(separator: "/").map(String.init)
            guard parts.count == 2, let inside = UInt16(parts[0]), case .array(let list) = port.value else { continue }
            for binding in list {
                if case .string(let text)? = binding["HostPort"], let host = UInt16(text) {
                    found.append(Explainer.Port(host: host, inside: inside, kind: parts[1]))
                }
            }
        }
        return found
    }

    private static func addresses(_ value: JSONValue?) -> [IPAddress] {
        guard case .object(let networks)? = value else { return [] }
        return networks.flatMap { network -> [IPAddress] in
            ["IPAddress", "GlobalIPv6Address"].compactMap { key -> IPAddress? in
                guard case .string(let text)? = network.value[key] else { return nil }
                return IPAddress(text)
            }
        }
    }

    /// The engine's networks with bridges; none where no engine answers.
    private static func allNetworks(_ client: EngineClient) -> [Explainer.Network] {
        guard case .array(let list)? = try? client.json(EngineRequest("GET", "/networks")) else { return [] }
        func text(_ value: JSONValue?) -> String? { if case .string(let text)? = value { text } else { nil } }
        return list.compactMap { network in
            guard text(network["Driver"]) == "bridge", let name = text(network["Name"]), let id = text(network["Id"])
            else { return nil }
            let options = network["Options"]
            var subnets: [IPPrefix] = []
            if case .array(let pools)? = network["IPAM"]?["Config"] {
                subnets = pools.compactMap { text($0["Subnet"]).flatMap { IPPrefix($0) } }
            }
            let modes = ["ipv4", "ipv6"].map { text(options?["com.docker.network.bridge.gateway_mode_" + $0]) }
            return Explainer.Network(
                name: name, bridge: text(options?["com.docker.network.bridge.name"]) ?? "br-" + id.prefix(12),
                subnets: subnets, isInternal: network["Internal"] == .bool(true), isRouted: modes.contains("routed"))
        }
    }

    /// The first process of each running container by the container's name; none where no engine answers: the map is
    /// then drawn all the same, with processes' names.
    private static func containerNames(_ client: EngineClient) -> [Int32: String] {
        guard case .array(let list)? = try? client.json(EngineRequest("GET", "/containers/json")) else { return [:] }
        var names: [Int32: String] = [:]
        for entry in list {
            guard case .string(let id)? = entry["Id"], let inspect = try? client.inspectContainer(id),
                case .string(let name)? = inspect["Name"], case .int(let pid)? = inspect["State"]?["Pid"]
            else { continue }
            names[Int32(truncatingIfNeeded: pid)] = String(name.drop { $0 == "/" })
        }
        return names
    }
}
