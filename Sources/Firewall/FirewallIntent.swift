public import IPAddressing

/// What the engine wants of the host's firewall, without saying how: a back end turns it into rules.
public struct FirewallIntent: Hashable, Sendable {
    /// The bridge networks in the order in which their rules are to stand.
    public var networks: [BridgeFirewall]
    /// Whether forwarded traffic that no rule accepts is to be dropped: the policy of filter's FORWARD. Where this is
    /// false, the policy stays as it is found (dockerd's `--ip-forward-no-drop`).
    public var forwardPolicyDrop: Bool
    /// The same for IPv6.
    public var forwardPolicyDropIPv6: Bool

    /// Describes the whole of it.
    public init(
        networks: [BridgeFirewall] = [], forwardPolicyDrop: Bool = true, forwardPolicyDropIPv6: Bool = false
    ) {
        self.networks = networks
        self.forwardPolicyDrop = forwardPolicyDrop
        self.forwardPolicyDropIPv6 = forwardPolicyDropIPv6
    }
}

/// One bridge network, as the firewall sees it.
public struct BridgeFirewall: Hashable, Sendable {
    /// The network's id, 64 hex digits: what its rules' origin names.
    public var networkID: String
    /// The network's name.
    public var networkName: String
    /// The bridge's interface name, such as `docker0`.
    public var bridge: String
    /// The network's subnets, at most one a family; host bits do not matter.
    public var subnets: [IPPrefix]
    /// Whether containers on the bridge may talk to each other (`com.docker.network.bridge.enable_icc`).
    public var icc: Bool
    /// Whether what leaves the bridge gets an address of the host (`enable_ip_masquerade`).
    public var masquerade: Bool
    /// Whether the network has no way out and in (`docker network create --internal`).
    public var `internal`: Bool
    /// The host's addresses that outgoing traffic is to carry, at most one a family, in place of the one that the
    /// route chooses (`com.docker.network.host_ipv4`).
    public var sourceAddresses: [IPAddress]
    /// How IPv4 enters and leaves (`gateway_mode_ipv4`).
    public var gatewayModeIPv4: GatewayMode = .nat
    /// How IPv6 enters and leaves (`gateway_mode_ipv6`).
    public var gatewayModeIPv6: GatewayMode = .nat
    /// Interfaces of the host from which containers may be reached directly, by their own addresses
    /// (`trusted_host_interfaces`).
    public var trustedInterfaces: [String] = []
    /// Whether direct routing to containers from outside is open for all (dockerd's `--allow-direct-routing`).
    public var allowsDirectRouting = false
    /// Whether a container may send only with its own Ethernet and IP addresses.
    public var preventsSpoofing = true
    /// Who is plugged in: what each may send with.
    public var endpoints: [EndpointFirewall] = []
    /// Ways between two containers that stay open where `icc` is off (`--link`).
    public var links: [LinkFirewall] = []
    /// Ports of the host that lead to the network's containers.
    public var publishedPorts: [PublishedPort]

    /// Describes a network; the defaults are Docker's.
    public init(
        networkID: String, networkName: String, bridge: String, subnets: [IPPrefix], icc: Bool = true,
        masquerade: Bool = true, internal: Bool = false, sourceAddresses: [IPAddress] = [],
        publishedPorts: [PublishedPort] = []
    ) {
        self.networkID = networkID
        self.networkName = networkName
        self.bridge = bridge
        self.subnets = subnets
        self.icc = icc
        self.masquerade = masquerade
        self.internal = `internal`
        self.sourceAddresses = sourceAddresses
        self.publishedPorts = publishedPorts
    }
}

/// A protocol that has ports.
public enum TransportProtocol: String, Hashable, Sendable, CaseIterable {
    /// RFC 9293.
    case tcp
    /// RFC 768.
    case udp
    /// RFC 9260.
    case sctp
}

/// One port of the host that leads to a container.
public struct PublishedPort: Hashable, Sendable {
    /// Which protocol.
    public var transport: TransportProtocol
    /// The host's address it is published on; an unspecified one (0.0.0.0, ::) is every address of that family.
    public var hostAddress: IPAddress
    /// The host's port, 1...65535.
    public var hostPort: UInt16
    /// The container's address, of the same family.
    public var containerAddress: IPAddress
    /// The container's port, 1...65535.
    public var containerPort: UInt16
    /// The id of the endpoint that publishes it.
    public var endpointID: String

    /// Describes a published port.
    public init(
        _ transport: TransportProtocol = .tcp, hostAddress: IPAddress, hostPort: UInt16, containerAddress: IPAddress,
        containerPort: UInt16, endpointID: String
    ) {
        self.transport = transport
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.containerAddress = containerAddress
        self.containerPort = containerPort
        self.endpointID = endpointID
    }
}

/// How traffic of one family enters and leaves a network (`com.docker.network.bridge.gateway_mode_ipv4` and `_ipv6`).
public enum GatewayMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// What leaves is masqueraded, published ports are translated, all else from outside is dropped.
    case nat
    /// The same, but containers can be reached from outside by their own addresses, on any port.
    case natUnprotected = "nat-unprotected"
    /// No translation: containers are reached by their own addresses, on published ports only.
    case routed
    /// The bridge has no address on the host; only for internal networks.
    case isolated
}

/// One endpoint as the firewall sees it: what its container may send with.
public struct EndpointFirewall: Hashable, Sendable {
    /// The endpoint's id, 64 hex digits.
    public var endpointID: String
    /// The host's end of the cable, `veth6008cec`.
    public var hostInterface: String
    /// Its Ethernet address.
    public var mac: MACAddress
    /// Its addresses of both families, link-local ones of `--link-local-ip` included. The IPv6 link-local address that
    /// the kernel derives from the Ethernet address (EUI-64) is allowed without being named.
    public var addresses: [IPAddress]

    /// Describes an endpoint.
    public init(endpointID: String, hostInterface: String, mac: MACAddress, addresses: [IPAddress]) {
        self.endpointID = endpointID
        self.hostInterface = hostInterface
        self.mac = mac
        self.addresses = addresses
    }
}

/// A legacy link: one container may reach another's exposed port though their network keeps containers apart.
public struct LinkFirewall: Hashable, Sendable {
    /// Who may connect.
    public var client: IPAddress
    /// To whom.
    public var server: IPAddress
    /// Which protocol.
    public var transport: TransportProtocol
    /// The server's port.
    public var port: UInt16

    /// Describes a link.
    public init(client: IPAddress, server: IPAddress, transport: TransportProtocol, port: UInt16) {
        self.client = client
        self.server = server
        self.transport = transport
        self.port = port
    }
}
