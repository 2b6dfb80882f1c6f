public import Firewall
public import IPAddressing

/// A port that a container wants published.
public struct PortRequest: Sendable, Hashable {
    /// Which protocol.
    public var transport: TransportProtocol
    /// The container's port.
    public var containerPort: UInt16
    /// The host's address; nil is the network's choice (`host_binding_ipv4`, the daemon's `--ip`), and where that is
    /// 0.0.0.0 it is all addresses of both families.
    public var hostAddress: IPAddress?
    /// The host's port, or several of which any free one will do; nil takes one of the kernel's ephemeral range.
    public var hostPorts: ClosedRange<UInt16>?

    /// Describes a wish.
    public init(
        _ transport: TransportProtocol = .tcp, containerPort: UInt16, hostAddress: IPAddress? = nil,
        hostPorts: ClosedRange<UInt16>? = nil
    ) {
        self.transport = transport
        self.containerPort = containerPort
        self.hostAddress = hostAddress
        self.hostPorts = hostPorts
    }

    /// The same with the protocol's name, `tcp`, `udp` or `sctp`; nil for any other.
    public init?(
        named transport: String, containerPort: UInt16, hostAddress: IPAddress? = nil,
        hostPorts: ClosedRange<UInt16>? = nil
    ) {
        guard let transport = TransportProtocol(rawValue: transport) else { return nil }
        self.init(transport, containerPort: containerPort, hostAddress: hostAddress, hostPorts: hostPorts)
    }
}

/// A port of the host that leads to a container, as it is kept.
public struct PortRecord: Codable, Hashable, Sendable {
    /// `tcp`, `udp` or `sctp`.
    public var transport: String
    /// The container's port.
    public var containerPort: UInt16
    /// The host's address, `0.0.0.0` or `::` for all of a family.
    public var hostAddress: String
    /// The host's port; 0 where none is taken: on a routed network the container is reached by its own address, and the
    /// port is only let through.
    public var hostPort: UInt16

    /// Whether the port is only let through, and none of the host's is taken.
    public var isRouted: Bool { hostPort == 0 }

    /// The family on the host's side.
    var family: IPFamily? { IPAddress(hostAddress)?.family }

    /// The port on the host's side alone; nil where none is taken.
    var onHost: HostPort? {
        guard hostPort > 0, let transport = TransportProtocol(rawValue: transport), let address = IPAddress(hostAddress)
        else { return nil }
        return HostPort(transport: transport, address: address, number: hostPort)
    }

    /// What the firewall needs to know of it; nil for what the kernel cannot lead: from IPv6 to a container without, and
    /// from ::1, which never leaves the host's loopback device.
    func published(for endpoint: EndpointRecord) -> PublishedPort? {
        guard let transport = TransportProtocol(rawValue: transport), let host = IPAddress(hostAddress),
            let container = IPAddress(host.family == .v4 ? endpoint.ipv4Address : endpoint.ipv6Address),
            host.family == .v4 || !host.isLoopback
        else { return nil }
        return PublishedPort(
            transport, hostAddress: host, hostPort: hostPort, containerAddress: container,
            containerPort: containerPort, endpointID: endpoint.id)
    }
}

/// A port of the host: what only one can have.
struct HostPort: Hashable, Sendable, CustomStringConvertible {
    var transport: TransportProtocol
    var address: IPAddress
    var number: UInt16

    /// Whether both cannot be had at once. An IPv6 socket of ours never takes IPv4 (IPV6_V6ONLY).
    func clashes(with other: HostPort) -> Bool {
        transport == other.transport && number == other.number && address.family == other.address.family
            && (address == other.address || address.isUnspecified || other.address.isUnspecified)
    }

    /// `0.0.0.0:8080`, `[::]:8080`.
    var end: String { address.family == .v6 ? "[\(address)]:\(number)" : "\(address):\(number)" }

    /// `0.0.0.0:8080/tcp`, `[::]:8080/tcp`.
    var description: String { "\(end)/\(transport.rawValue)" }
}
