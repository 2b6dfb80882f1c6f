extension BlkioStats: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: BlkioStats { BlkioStats() }
}

extension CPUStats: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: CPUStats { CPUStats() }
}

extension CPUUsage: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: CPUUsage { CPUUsage() }
}

extension ContainerConfig: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: ContainerConfig { ContainerConfig() }
}

extension ContainerState: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: ContainerState { ContainerState() }
}

extension ContainerSummaryHostConfig: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: ContainerSummaryHostConfig { ContainerSummaryHostConfig() }
}

extension ContainerSummaryNetworks: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: ContainerSummaryNetworks { ContainerSummaryNetworks() }
}

extension EmptyObject: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: EmptyObject { EmptyObject() }
}

extension EventActor: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: EventActor { EventActor() }
}

extension ExecProcessConfig: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: ExecProcessConfig { ExecProcessConfig() }
}

extension GraphDriver: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: GraphDriver { GraphDriver() }
}

extension HostConfig: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: HostConfig { HostConfig() }
}

extension ImageConfig: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: ImageConfig { ImageConfig() }
}

extension ImageMetadata: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: ImageMetadata { ImageMetadata() }
}

extension ImageRootFS: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: ImageRootFS { ImageRootFS() }
}

extension LogConfig: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: LogConfig { LogConfig() }
}

extension MemoryStats: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: MemoryStats { MemoryStats() }
}

extension NetworkConfigReference: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: NetworkConfigReference { NetworkConfigReference() }
}

extension NetworkIPAM: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: NetworkIPAM { NetworkIPAM() }
}

extension NetworkSettings: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: NetworkSettings { NetworkSettings() }
}

extension PidsStats: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: PidsStats { PidsStats() }
}

extension RestartPolicy: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: RestartPolicy { RestartPolicy() }
}

extension SwarmInfo: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: SwarmInfo { SwarmInfo() }
}

extension SystemCommit: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: SystemCommit { SystemCommit() }
}

extension SystemPlatform: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: SystemPlatform { SystemPlatform() }
}

extension SystemPlugins: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: SystemPlugins { SystemPlugins() }
}

extension SystemRegistryConfig: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: SystemRegistryConfig { SystemRegistryConfig() }
}

extension ThrottlingData: ZeroValue {
    /// The value that stands for a field left out.
    public static var zeroValue: ThrottlingData { ThrottlingData() }
}
