public import EngineAPI

/// A file or folder of the machine that is seen in a container.
public struct BindMount: Hashable, Sendable {
    /// Where it is on the machine.
    public var source: String
    /// Where it is in the container.
    public var destination: String
    /// Whether the container may not write.
    public var readOnly: Bool
    /// How later mounts travel: `rprivate`, `rslave`, `rshared` and so on; empty says nothing, as for volumes.
    public var propagation: String
    /// Whether mounts below come along.
    public var recursive: Bool
    /// Whether the container may not write to mounts below either, where it may not write here.
    public var readOnlyRecursive: Bool

    /// Describes a mount.
    public init(
        source: String, destination: String, readOnly: Bool = false, propagation: String = "rprivate",
        recursive: Bool = true, readOnlyRecursive: Bool = true
    ) {
        self.source = source
        self.destination = destination
        self.readOnly = readOnly
        self.propagation = propagation
        self.recursive = recursive
        self.readOnlyRecursive = readOnlyRecursive
    }
}

/// Everything that a container's `config.json` is made of.
public struct SpecificationInput: Sendable {
    /// The container's id.
    public var containerID: String
    /// What it runs, the image's defaults merged in.
    public var config: ContainerConfig
    /// Its surroundings.
    public var hostConfig: HostConfig
    /// Its root file system on the machine.
    public var rootfs: String
    /// Its host name.
    public var hostname: String
    /// A network namespace that has been made for it; nil is the machine's own.
    public var networkNamespacePath: String?
    /// The process namespace of a container to share with, where `PidMode` says so.
    public var pidNamespacePath: String?
    /// The IPC namespace of a container to share with, where `IpcMode` says so.
    public var ipcNamespacePath: String?
    /// What is mounted on `/dev/shm` in the place of a file system of the container's own.
    public var sharedMemoryPath: String?
    /// Binds and volumes.
    public var bindMounts: [BindMount]
    /// The file that becomes `/etc/hosts`; empty for the image's own.
    public var hostsPath: String
    /// The file that becomes `/etc/hostname`; empty for the image's own.
    public var hostnamePath: String
    /// The file that becomes `/etc/resolv.conf`; empty for the image's own.
    public var resolvConfPath: String
    /// The command and its arguments, at least one word.
    public var args: [String]
    /// The environment, `NAME=value`; a bare `NAME` takes a variable away.
    public var env: [String]
    /// The control group above the container's; the path begins at the hierarchies' root.
    public var cgroupParent: String
    /// The machine's control groups.
    public var cgroupVersion: CgroupVersion
    /// Whether the machine can limit the use of swap.
    public var limitsSwap: Bool
    /// The system calls that are allowed, unless the container's own options say otherwise; nil allows all.
    public var seccomp: SeccompProfile?
    /// What the container inherits from the engine.
    public var limits: ProcessLimits
    /// Filters that have been compiled before; nil for the rules alone.
    var seccompFilters: SeccompFilters? = .shared

    /// Describes a container.
    public init(
        containerID: String, config: ContainerConfig, hostConfig: HostConfig, rootfs: String, hostname: String,
        networkNamespacePath: String? = nil, pidNamespacePath: String? = nil, ipcNamespacePath: String? = nil,
        sharedMemoryPath: String? = nil, bindMounts: [BindMount] = [], hostsPath: String = "",
        hostnamePath: String = "", resolvConfPath: String = "", args: [String], env: [String] = [],
        cgroupParent: String = "/docker",
        cgroupVersion: CgroupVersion = CgroupLayout.current.version, limitsSwap: Bool = CgroupLayout.current.limitsSwap,
        seccomp: SeccompProfile? = .standard, limits: ProcessLimits = .current
    ) {
        self.containerID = containerID
        self.config = config
        self.hostConfig = hostConfig
        self.rootfs = rootfs
        self.hostname = hostname
        self.networkNamespacePath = networkNamespacePath
        self.pidNamespacePath = pidNamespacePath
        self.ipcNamespacePath = ipcNamespacePath
        self.sharedMemoryPath = sharedMemoryPath
        self.bindMounts = bindMounts
        self.hostsPath = hostsPath
        self.hostnamePath = hostnamePath
        self.resolvConfPath = resolvConfPath
        self.args = args
        self.env = env
        self.cgroupParent = cgroupParent
        self.cgroupVersion = cgroupVersion
        self.limitsSwap = limitsSwap
        self.seccomp = seccomp
        self.limits = limits
    }
}
