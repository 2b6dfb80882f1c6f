/// An element of `GET /containers/json`.
public struct ContainerSummary: Codable, Hashable, Sendable {
    /// 64 hex digits.
    @Lenient public var id: String
    /// Its names, each with a slash in front.
    @Lenient public var names: [String]
    /// The image as it was asked for.
    @Lenient public var image: String
    /// The image's id.
    @Lenient public var imageID: String
    /// The program and its arguments in one line.
    @Lenient public var command: String
    /// When it was made, in Unix seconds.
    @Lenient public var created: Int64
    /// Exposed and published ports.
    @Lenient public var ports: [PortSummary]
    /// Bytes that it has written; only where asked for.
    public var sizeRw: Int64?
    /// Bytes of the whole root; only where asked for.
    public var sizeRootFs: Int64?
    /// The user's labels.
    @Lenient public var labels: [String: String]
    /// `running`, `exited` and the like.
    @Lenient public var state: String
    /// For people: `Up 3 seconds (healthy)`.
    @Lenient public var status: String
    /// A part of its host configuration.
    @Lenient public var hostConfig: ContainerSummaryHostConfig
    /// Its networks.
    @Lenient public var networkSettings: ContainerSummaryNetworks
    /// What is mounted in it.
    @Lenient public var mounts: [MountPoint]

    /// Every field has the value that Docker takes where it is left out.
    public init(
        id: String = "", names: [String] = [], image: String = "", imageID: String = "", command: String = "",
        created: Int64 = 0, ports: [PortSummary] = [], sizeRw: Int64? = nil, sizeRootFs: Int64? = nil,
        labels: [String: String] = [:], state: String = "", status: String = "",
        hostConfig: ContainerSummaryHostConfig = ContainerSummaryHostConfig(),
        networkSettings: ContainerSummaryNetworks = ContainerSummaryNetworks(), mounts: [MountPoint] = []
    ) {
        self.id = id
        self.names = names
        self.image = image
        self.imageID = imageID
        self.command = command
        self.created = created
        self.ports = ports
        self.sizeRw = sizeRw
        self.sizeRootFs = sizeRootFs
        self.labels = labels
        self.state = state
        self.status = status
        self.hostConfig = hostConfig
        self.networkSettings = networkSettings
        self.mounts = mounts
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case names = "Names"
        case image = "Image"
        case imageID = "ImageID"
        case command = "Command"
        case created = "Created"
        case ports = "Ports"
        case sizeRw = "SizeRw"
        case sizeRootFs = "SizeRootFs"
        case labels = "Labels"
        case state = "State"
        case status = "Status"
        case hostConfig = "HostConfig"
        case networkSettings = "NetworkSettings"
        case mounts = "Mounts"
    }
}

/// The part of the host configuration that a listing shows.
public struct ContainerSummaryHostConfig: Codable, Hashable, Sendable {
    /// The network's name or mode.
    @Lenient public var networkMode: String
    /// Annotations for the OCI runtime.
    public var annotations: [String: String]?

    /// Every field has the value that Docker takes where it is left out.
    public init(networkMode: String = "", annotations: [String: String]? = nil) {
        self.networkMode = networkMode
        self.annotations = annotations
    }

    private enum CodingKeys: String, CodingKey {
        case networkMode = "NetworkMode"
        case annotations = "Annotations"
    }
}

/// The networks that a listing shows.
public struct ContainerSummaryNetworks: Codable, Hashable, Sendable {
    /// By name.
    @Lenient public var networks: [String: EndpointSettings]

    /// Every field has the value that Docker takes where it is left out.
    public init(networks: [String: EndpointSettings] = [:]) {
        self.networks = networks
    }

    private enum CodingKeys: String, CodingKey {
        case networks = "Networks"
    }
}

/// A port in a listing.
public struct PortSummary: Codable, Hashable, Sendable {
    /// The host's address; nil where it is not published.
    public var ip: String?
    /// The container's port.
    @Lenient public var privatePort: Int
    /// The host's port; nil where it is not published.
    public var publicPort: Int?
    /// `tcp`, `udp` or `sctp`.
    @Lenient public var type: String

    /// Every field has the value that Docker takes where it is left out.
    public init(ip: String? = nil, privatePort: Int = 0, publicPort: Int? = nil, type: String = "tcp") {
        self.ip = ip
        self.privatePort = privatePort
        self.publicPort = publicPort
        self.type = type
    }

    private enum CodingKeys: String, CodingKey {
        case ip = "IP"
        case privatePort = "PrivatePort"
        case publicPort = "PublicPort"
        case type = "Type"
    }
}
