/// `POST /containers/create`: the fields of the configuration, and beside them what is asked of host and networks.
public struct ContainerCreateRequest: Codable, Hashable, Sendable {
    /// What it runs; its fields are the body's own.
    public var config: ContainerConfig
    /// What it gets of the host.
    public var hostConfig: HostConfig
    /// How it is connected.
    public var networkingConfig: NetworkingConfig

    /// Joins the three.
    public init(
        config: ContainerConfig = ContainerConfig(), hostConfig: HostConfig = HostConfig(),
        networkingConfig: NetworkingConfig = NetworkingConfig()
    ) {
        self.config = config
        self.hostConfig = hostConfig
        self.networkingConfig = networkingConfig
    }

    private enum CodingKeys: String, CodingKey {
        case hostConfig = "HostConfig"
        case networkingConfig = "NetworkingConfig"
    }

    /// Reads the flattened form.
    public init(from decoder: any Decoder) throws {
        config = try ContainerConfig(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        hostConfig = try container.decodeIfPresent(HostConfig.self, forKey: .hostConfig) ?? HostConfig()
        networkingConfig =
            try container.decodeIfPresent(NetworkingConfig.self, forKey: .networkingConfig) ?? NetworkingConfig()
    }

    /// Writes the flattened form.
    public func encode(to encoder: any Encoder) throws {
        try config.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(hostConfig, forKey: .hostConfig)
        try container.encode(networkingConfig, forKey: .networkingConfig)
    }
}
