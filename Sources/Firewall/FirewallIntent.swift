public import IPAddressing

/// What the engine wants of the host's firewall, without saying how: a back end turns it into rules.
public struct FirewallIntent: Hashable, Sendable {
    /// The bridge networks in the order in which their rules are to stand.
    public var networks: [BridgeFirewall]
    /// Whether forwarded traffic that no rule accepts is to be dropped: the policy of filter's FORWARD. Where this is
    /// false, the policy stays as it is found (dockerd's `--ip-forward-no-drop`).
    public var forwardPolicyDrop: Bool

    /// Describes the whole of it.
    public init(networks: [BridgeFirewall] = [], forwardPolicyDrop: Bool = true) {
        self.networks = networks
        self.forwardPolicyDrop = forwardPolicyDrop
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
