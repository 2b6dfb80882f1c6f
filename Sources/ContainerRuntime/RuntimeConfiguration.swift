public import SystemCalls

/// The programs and folders that containers are run with.
public struct RuntimeConfiguration: Sendable {
    /// conmon's path.
    public var conmon: String
    /// The OCI runtime's path.
    public var runtime: String
    /// `crun` or `runc`.
    public var runtimeName: String
    /// Where the runtime keeps its state, its `--root`.
    public var stateRoot: String
    /// A link to each container's bundle, and a folder for each exec: where attach sockets are.
    public var socketRoot: String
    /// Where conmon writes exit codes.
    public var exitRoot: String
    /// The mount namespace that conmon and the runtime are started in, or nil for our own.
    public var mountNamespace: SharedFileDescriptor?
    /// The machine's control groups.
    public var cgroups: CgroupLayout

    /// Names the programs and folders.
    public init(
        conmon: String, runtime: String, runtimeName: String, stateRoot: String, socketRoot: String, exitRoot: String,
        mountNamespace: SharedFileDescriptor? = nil, cgroups: CgroupLayout = .current
    ) {
        self.conmon = conmon
        self.runtime = runtime
        self.runtimeName = runtimeName
        self.stateRoot = stateRoot
        self.socketRoot = socketRoot
        self.exitRoot = exitRoot
        self.mountNamespace = mountNamespace
        self.cgroups = cgroups
    }

    /// Finds what is needed on this machine and makes the folders.
    ///
    /// crun refuses a machine whose control groups are version 1 where the extra version 2 hierarchy holds
    /// controllers. On such a machine children live in a mount namespace without that hierarchy, and `execRoot` and
    /// `sharedFolders` are made shared mounts, so that what is mounted there later can be seen in it.
    ///
    /// - Parameters:
    ///   - execRoot: the engine's folder for what does not outlive a reboot.
    ///   - sharedFolders: further folders that the engine mounts in, such as its data root.
    /// - Throws: `RuntimeError` that names the Debian package of a program that is missing.
    public static func discover(
        execRoot: String, sharedFolders: [String] = []
    ) throws(RuntimeError) -> RuntimeConfiguration {
        guard let conmon = FileSystem.findProgram("conmon") else {
            throw RuntimeError("conmon is missing: it watches over containers. Install it: apt-get install conmon")
        }
        guard
            let (name, runtime) = ["crun", "runc"].lazy.compactMap({ name in
                FileSystem.findProgram(name).map { (name, $0) }
            }).first
        else {
            throw RuntimeError("no OCI runtime: neither crun nor runc is there. Install one: apt-get install crun")
        }
        var configuration = RuntimeConfiguration(
            conmon: conmon, runtime: runtime, runtimeName: name, stateRoot: execRoot + "/runtime",
            socketRoot: execRoot + "/attach", exitRoot: execRoot + "/exits")
        do {
            for folder in [configuration.stateRoot, configuration.socketRoot, configuration.exitRoot] {
                try FileSystem.makeDirectory(folder, mode: 0o700)
            }
            let layout = configuration.cgroups
            if name == "crun", layout.version == .hybrid, !layout.unifiedControllers.isEmpty {
                for folder in [execRoot] + sharedFolders {
                    try SharedMount.ensure(folder) { () throws(SystemCallError) in
                        try configuration.remember(bound: folder)
                    }
                }
                configuration.mountNamespace = SharedFileDescriptor(
                    try MountNamespace.makeSlave(hiding: CgroupLayout.root + "/unified"))
            }
        } catch {
            throw RuntimeError("cannot prepare \(execRoot) for containers", error)
        }
        return configuration
    }

    /// Unmounts what `discover` had to bind, by this process or an earlier one. For a shutdown with no container left:
    /// the mounts below go with it.
    public func release() {
        let list = (try? FileSystem.readText(boundFolders)) ?? ""
        for folder in list.split(separator: "\n").reversed() { try? Mount.detach(String(folder)) }
        try? FileSystem.removeFile(boundFolders)
    }

    /// Names the folders that were bound; below a folder that may be bound itself.
    private var boundFolders: String { stateRoot + ".bound" }

    private func remember(bound folder: String) throws(SystemCallError) {
        let list = (try? FileSystem.readText(boundFolders)) ?? ""
        if list.split(separator: "\n").contains(where: { $0 == folder }) { return }
        try FileSystem.writeInPlace(boundFolders, list + folder + "\n", mode: 0o600)
    }

    /// What the runtime takes before its command.
    var runtimeArguments: [String] {
        runtimeName == "crun" ? ["--root=" + stateRoot, "--cgroup-manager=cgroupfs"] : ["--root=" + stateRoot]
    }
}
