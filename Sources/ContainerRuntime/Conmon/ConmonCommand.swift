/// The command line of one conmon(8), as a pure value.
struct ConmonCommand: Hashable, Sendable {
    /// What conmon is to watch over.
    enum Work: Hashable, Sendable {
        /// A container, made by `crun create`.
        case container
        /// One more process in a running container, by `crun exec`: where its description is, and whether the
        /// runtime waits until a client is attached.
        case exec(processFile: String, attached: Bool)
    }

    /// The container's id.
    var containerID: String
    /// Names this process: the container's id, or the exec's.
    var uniqueID: String
    /// What to do.
    var work: Work
    /// The folder of the attach socket and of the `ctl` and `winsz` pipes; for a container the bundle.
    var folder: String
    /// Where the first process' id is written.
    var pidFile: String
    /// Absolute path of the OCI runtime.
    var runtime: String
    /// What the OCI runtime takes before its command.
    var runtimeArguments: [String]
    /// The log, in the format of Kubernetes; `/dev/null` for none.
    var logPath: String
    /// The log is begun anew once it is that long, in bytes.
    var logMaxBytes: Int?
    /// Where the exit code is written, as a file named after the container's id; nil for an exec.
    var exitFolder: String?
    /// Whether the process gets a terminal.
    var terminal = false
    /// Whether the process gets an input.
    var openInput = false
    /// Whether the input stays open when a client lets go.
    var keepInputOpen = false

    /// The arguments after the program's name.
    ///
    /// `--sync`: conmon stays our child and forks once less; it still leads its own session and outlives us.
    /// `--full-attach`: the socket is in `folder` itself, whatever the length of its path.
    /// `--no-sync-log`: no fsync(2) between a container's end and its exit code.
    var arguments: [String] {
        var list = ["--sync", "--api-version", "--full-attach", "--no-sync-log", "--log-level", "error"]
        list += ["--cid", containerID, "--cuuid", uniqueID, "--bundle", folder, "--container-pidfile", pidFile]
        list += ["--runtime", runtime]
        for argument in runtimeArguments { list.append("--runtime-arg=" + argument) }
        list += ["--log-path", "k8s-file:" + logPath]
        if let logMaxBytes { list += ["--log-size-max", "\(logMaxBytes)"] }
        if let exitFolder { list += ["--exit-dir", exitFolder] }
        if case .exec(let processFile, let attached) = work {
            list += ["--exec", "--exec-process-spec", processFile]
            if attached { list.append("--exec-attach") }
        }
        if terminal { list.append("--terminal") }
        if openInput { list.append("--stdin") }
        if keepInputOpen { list.append("--leave-stdin-open") }
        return list
    }
}
