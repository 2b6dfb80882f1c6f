import ContainerNetworking
import EngineAPI
import Firewall
import IPAddressing

/// Ports of a container that the host hands on: `-p` and `-P`, checked and in the network's form.
enum PublishedPorts {
    /// A container's port as the API writes it, `80/tcp`.
    struct Key: Hashable {
        var number: UInt16
        var transport: TransportProtocol
        /// The protocol's name.
        var name: String { transport.rawValue }

        /// Reads `80`, `80/tcp`, `53/UDP`; nil for anything else.
        init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let number = UInt16(parts[0]), number > 0,
                let transport = parts.count == 2 ? TransportProtocol(rawValue: parts[1].lowercased()) : .tcp
            else { return nil }
            self.number = number
            self.transport = transport
        }
    }

    /// Checks what can be checked before there is a container. A protocol that nobody knows is refused when the
    /// container starts, as Docker does.
    ///
    /// - Throws: 400 in Docker's words for what is no port or no address.
    static func validate(host: HostConfig, exposed: [String: EmptyObject]) throws(APIError) {
        for (text, list) in host.portBindings ?? [:] {
            _ = try portNumber(text)
            for binding in list ?? [] {
                _ = try address(binding.hostIp)
                _ = try range(binding.hostPort)
            }
        }
        if host.publishAllPorts { for text in exposed.keys { _ = try portNumber(text) } }
    }

    /// What a container asks for, in the order of its ports: `-p` as it was said, and with `-P` every exposed port that
    /// has no binding.
    ///
    /// - Throws: 400 in Docker's words for what is no port or no address, 500 for a protocol that nobody knows.
    static func requests(host: HostConfig, exposed: [String: EmptyObject]) throws(APIError) -> [PortRequest] {
        var wanted: [Key: [PortBinding]] = [:]
        for (text, list) in host.portBindings ?? [:] { wanted[try key(text), default: []] += list ?? [] }
        if host.publishAllPorts {
            for text in exposed.keys {
                let key = try key(text)
                // Any port of all addresses.
                if wanted[key]?.isEmpty != false { wanted[key] = [PortBinding()] }
            }
        }
        var requests: [PortRequest] = []
        for (key, bindings) in wanted.sorted(by: { ($0.key.number, $0.key.name) < ($1.key.number, $1.key.name) }) {
            for binding in bindings {
                requests.append(
                    PortRequest(
                        key.transport, containerPort: key.number, hostAddress: try address(binding.hostIp),
                        hostPorts: try range(binding.hostPort)))
            }
        }
        return requests
    }

    private static func key(_ text: String) throws(APIError) -> Key {
        if let key = Key(text) { return key }
        _ = try portNumber(text)
        throw .internalFailure(
            "driver failed programming external connectivity: protocol of \(text) not supported: use tcp, udp or sctp")
    }

    /// The number of `80/tcp`, whatever the protocol.
    private static func portNumber(_ text: String) throws(APIError) -> UInt16 {
        let number = text.prefix { $0 != "/" }
        guard let port = UInt16(number), port > 0 else {
            throw .badRequest("invalid port specification: \"\(number)\"")
        }
        return port
    }

    private static func address(_ text: String) throws(APIError) -> IPAddress? {
        if text.isEmpty { return nil }
        let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        guard let address = IPAddress(bare) else { throw .badRequest("invalid IP address: \(text)") }
        // An IPv4 address in IPv6's clothes is what it is.
        if case .v6(let address) = address, address.isIPv4Mapped {
            return .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: address.rawValue)))
        }
        return address
    }

    private static func range(_ text: String) throws(APIError) -> ClosedRange<UInt16>? {
        if text.isEmpty || text == "0" { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        guard (1...2).contains(parts.count), let first = parts[0], first > 0, let last = parts[parts.count - 1],
            first <= last
        else { throw .badRequest("invalid port specification: \"\(text)\"") }
        return first...last
    }

    /// For `inspect`: every exposed port, with where it is published.
    static func map(_ record: ContainerRecord) -> PortMap {
        var map: PortMap = [:]
        guard record.isRunning else { return map }
        for port in (record.config.exposedPorts ?? [:]).keys { map.updateValue(nil, forKey: port) }
        for port in record.endpoints.flatMap(\.ports) {
            let key = "\(port.containerPort)/\(port.transport)"
            // A routed network takes no port of the host; Docker shows an empty one.
            let binding = PortBinding(
                hostIp: port.hostAddress, hostPort: port.isRouted ? "" : "\(port.hostPort)")
            map[key] = ((map[key] ?? nil) ?? []) + [binding]
        }
        return map
    }

    /// For the list of containers, by port and protocol, IPv4 before IPv6.
    static func summary(_ record: ContainerRecord) -> [PortSummary] {
        guard record.isRunning else { return [] }
        let published = record.endpoints.flatMap(\.ports)
        let taken = Set(published.map { "\($0.containerPort)/\($0.transport)" })
        let plain = (record.config.exposedPorts ?? [:]).keys.compactMap(Key.init)
            .filter { !taken.contains("\($0.number)/\($0.name)") }
            .map { PortSummary(privatePort: Int($0.number), type: $0.name) }
        let led = published.map {
            PortSummary(
                ip: $0.hostAddress, privatePort: Int($0.containerPort),
                publicPort: $0.isRouted ? nil : Int($0.hostPort), type: $0.transport)
        }
        return (plain + led).sorted { left, right in
            if left.privatePort != right.privatePort { return left.privatePort < right.privatePort }
            if left.type != right.type { return left.type < right.type }
            let (one, other) = ((left.ip ?? "").contains(":"), (right.ip ?? "").contains(":"))
            if one != other { return other }
            return (left.publicPort ?? 0, left.ip ?? "") < (right.publicPort ?? 0, right.ip ?? "")
        }
    }
}
