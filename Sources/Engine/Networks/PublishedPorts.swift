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

    /// What a container asks for.
    ///
    /// - Throws: 400 in Docker's words for what is no port, 501 for IPv6 addresses.
    static func requests(host: HostConfig, exposed: [String: EmptyObject]) throws(APIError) -> [PortRequest] {
        var requests: [PortRequest] = []
        let bindings = host.portBindings ?? [:]
        for (text, list) in bindings.sorted(by: { $0.key < $1.key }) {
            guard let key = Key(text) else { throw .badRequest("invalid port specification: \"\(text)\"") }
            for binding in list ?? [] {
                requests.append(
                    PortRequest(
                        key.transport, containerPort: key.number, hostAddress: try address(binding.hostIp),
                        hostPorts: try range(binding.hostPort)))
            }
        }
        if host.publishAllPorts {
            for text in exposed.keys.sorted() where (bindings[text] ?? nil) == nil {
                guard let key = Key(text) else { throw .badRequest("invalid port specification: \"\(text)\"") }
                requests.append(PortRequest(key.transport, containerPort: key.number))
            }
        }
        return requests
    }

    private static func address(_ text: String) throws(APIError) -> IPv4Address? {
        if text.isEmpty { return nil }
        switch IPAddress(text) {
        case .v4(let address): return address
        case .v6:
            throw .notImplemented(
                "publishing a port on an IPv6 address (\(text)) is not built yet in this version of Causeway")
        case nil: throw .badRequest("invalid IP address: \(text)")
        }
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
            let binding = PortBinding(hostIp: port.hostAddress, hostPort: "\(port.hostPort)")
            map[key] = ((map[key] ?? nil) ?? []) + [binding]
        }
        return map
    }

    /// For the list of containers.
    static func summary(_ record: ContainerRecord) -> [PortSummary] {
        guard record.isRunning else { return [] }
        let published = record.endpoints.flatMap(\.ports)
        let plain = (record.config.exposedPorts ?? [:]).keys.compactMap(Key.init).filter { key in
            !published.contains { Int($0.containerPort) == Int(key.number) && $0.transport == key.transport.rawValue }
        }
        return plain.map { PortSummary(privatePort: Int($0.number), type: $0.transport.rawValue) }
            .sorted { $0.privatePort < $1.privatePort }
            + published.map {
                PortSummary(
                    ip: $0.hostAddress, privatePort: Int($0.containerPort), publicPort: Int($0.hostPort),
                    type: "\($0.transport)")
            }
    }
}
