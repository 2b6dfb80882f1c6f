/// Options that some dockerd knows and this daemon does not: they are refused by name, not as if nobody knew them, and
/// never swallowed.
enum DockerOnlyOptions {
    /// Names on the command line: dockerd 28's, the later ones of 29, and those that older releases had.
    static let names: Set<String> = [
        "add-runtime", "allow-nondistributable-artifacts", "api-cors-header",
        "authorization-plugin", "bridge-accept-fwmark", "cdi-spec-dir", "cgroup-parent", "cluster-advertise",
        "cluster-store",
        "cluster-store-opt", "containerd", "containerd-namespace", "containerd-plugins-namespace", "cpu-rt-period",
        "cpu-rt-runtime", "cri-containerd", "default-cgroupns-mode", "default-ipc-mode", "default-runtime",
        "default-shm-size", "default-stop-timeout", "default-ulimit",
        "disable-legacy-registry", "exec-opt", "experimental", "feature", "graph", "init",
        "init-path",
        "label", "log-format",
        "metrics-addr", "network-control-plane-mtu", "network-diagnostic-port",
        "no-new-privileges", "node-generic-resource", "nri-opts", "oom-score-adjust", "raw-logs",
        "restart", "rootless", "seccomp-profile", "selinux-enabled", "shutdown-timeout",
        "storage-driver", "storage-opt", "swarm-default-advertise-addr",
        "userland-proxy-path", "userns-remap",
    ]

    /// Letters on the command line and the names they stand for.
    static let letters: [Character: String] = ["s": "storage-driver", "r": "restart", "g": "graph"]

    /// Keys of the configuration file that differ from the option's name, or have no option.
    private static let keys: Set<String> = [
        "authorization-plugins", "builder", "cdi-spec-dirs", "cluster-store-opts", "containerd-plugin-namespace",
        "default-init", "default-ulimits", "deprecated-key-path", "exec-opts", "features",
        "labels", "node-generic-resources",
        "resolv-conf", "runtimes", "storage-opts", "swarm-raft-election-tick",
        "swarm-raft-heartbeat-tick",
    ]

    /// Names that are no keys: in the file they are written otherwise, or cannot be written.
    private static let notKeys: Set<String> = [
        "add-runtime", "authorization-plugin", "cdi-spec-dir", "containerd-plugins-namespace",
        "default-ulimit", "exec-opt", "feature", "label", "node-generic-resource",
        "restart", "storage-opt",
    ]

    /// Whether dockerd takes this key in its configuration file.
    static func knowsKey(_ key: String) -> Bool {
        keys.contains(key) || names.contains(key) && !notKeys.contains(key)
    }

    /// The refusal of one option of the command line.
    static func refusal(option name: String) -> DaemonOptionError {
        DaemonOptionError(
            "--\(name) is an option of dockerd that \(DaemonOption.program) does not have yet; remove it")
    }

    /// The refusal of keys of the configuration file.
    static func refusal(keys: [String]) -> DaemonOptionError {
        let list = keys.sorted().joined(separator: ", ")
        return DaemonOptionError(
            keys.count == 1
                ? "\(list) is an option of dockerd that \(DaemonOption.program) does not have yet; remove it"
                : "\(list) are options of dockerd that \(DaemonOption.program) does not have yet; remove them")
    }
}
