/// Where the engine keeps things. Two roots: one survives a reboot, the other is on a tmpfs and does not.
public struct EnginePaths: Sendable, Hashable {
    /// dockerd's `--data-root`: images, containers' files, the state.
    public let dataRoot: String
    /// dockerd's `--exec-root`: namespaces, bundles, sockets of what runs now.
    public let execRoot: String

    /// Names the two roots; absolute paths.
    public init(dataRoot: String, execRoot: String) {
        self.dataRoot = dataRoot
        self.execRoot = execRoot
    }

    /// The state's SQLite file.
    public var database: String { dataRoot + "/causeway.db" }
    /// Root of the image store.
    public var images: String { dataRoot + "/image" }
    /// Where archives wait while they are received.
    var spool: String { dataRoot + "/tmp" }
    /// A container's own files: hosts, hostname, resolv.conf, log.
    func directory(of container: String) -> String { dataRoot + "/containers/" + container }
    /// Where the OCI bundles of running containers are.
    var bundles: String { execRoot + "/bundles" }
    /// A running container's OCI bundle.
    func bundle(of container: String) -> String { bundles + "/" + container }
}

extension ContainerRecord {
    func hostsPath(in paths: EnginePaths) -> String { paths.directory(of: joined ?? id) + "/hosts" }
    func hostnamePath(in paths: EnginePaths) -> String { paths.directory(of: joined ?? id) + "/hostname" }
    func resolvConfPath(in paths: EnginePaths) -> String { paths.directory(of: joined ?? id) + "/resolv.conf" }
    /// The log, in the form that conmon writes.
    func logPath(in paths: EnginePaths) -> String { paths.directory(of: id) + "/" + id + ".log" }
}
