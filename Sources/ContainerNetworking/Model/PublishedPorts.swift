public import Firewall
public import IPAddressing

/// A port that a container wants published.
public struct PortRequest: Sendable, Hashable {
    /// Which protocol.
    public var transport: TransportProtocol
    /// The container's port.
    public var containerPort: UInt16
    /// The host's address; nil is the daemon's choice (`--ip`, all addresses unless told).
    public var hostAddress: IPv4Address?
    /// The host's port, or several of which any free one will do; nil takes one of the kernel's ephemeral range.
    public var hostPorts: ClosedRange<UInt16>?

    /// Describes a wish.
    public init(
        _ transport: TransportProtocol = .tcp, containerPort: UInt16, hostAddress: IPv4Address? = nil,
        hostPorts: ClosedRange<UInt16>? = nil
    ) {
        self.transport = transport
        self.containerPort = containerPort
        self.hostAddress = hostAddress
        self.hostPorts = hostPorts
    }

    /// The same with the protocol's name, `tcp`, `udp` or `sctp`; nil for any other.
    public init?(
        named transport: String, containerPort: UInt16, hostAddress: IPv4Address? = nil,
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
    /// The host's address, `0.0.0.0` for all.
    public var hostAddress: String
    /// The host's port.
    public var hostPort: UInt16

    /// The port on the host's side alone.
    var onHost: HostPort? {
        guard let transport = TransportProtocol(rawValue: transport), let address = IPv4Address(hostAddress) else {
            return nil
        }
        return HostPort(transport: transport, address: address, number: hostPort)
    }

    /// What the firewall needs to know of it.
    func published(for endpoint: EndpointRecord) -> PublishedPort? {
        guard let onHost, let container = IPAddress(endpoint.ipv4Address) else { return nil }
        return PublishedPort(
            onHost.transport, hostAddress: .v4(onHost.address), hostPort: hostPort, containerAddress: container,
            containerPort: containerPort, endpointID: endpoint.id)
    }
}

/// A port of the host: what only one can have.
struct HostPort: Hashable, Sendable, CustomStringConvertible {
    var transport: TransportProtocol
    var address: IPv4Address
    var number: UInt16

    /// Whether both cannot be had at once.
    func clashes(with other: HostPort) -> Bool {
        transport == other.transport && number == other.number
            && (address == other.address || address.isUnspecified || other.address.isUnspecified)
    }

    /// `0.0.0.0:8080/tcp`.
    var description: String { "\(address):\(number)/\(transport.rawValue)" }
}
