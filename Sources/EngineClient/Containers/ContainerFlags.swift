/// The options of `create` and `run`, and of others that share some of them.
public enum ContainerFlags {
    /// What `create` and `run` share.
    public static let all: [Flag] = identity + process + resources + network + storage + security + health

    private static let bytes = Flag.Kind.value("bytes") { text throws(ValueError) in
        _ = try HumanUnits.parseBytes(text)
    }
    static let swap = Flag.Kind.value("bytes") { text throws(ValueError) in
        if text != "-1" { _ = try HumanUnits.parseBytes(text) }
    }
    private static let duration = Flag.Kind.value("duration") { text throws(ValueError) in
        if GoDuration.parse(text) == nil { throw ValueError("time: invalid duration \"\(text)\"") }
    }
    /// `K`, or `K=V`.
    static let environment = Flag.Kind.values("list") { text throws(ValueError) in
        if text.isEmpty || text.hasPrefix("=") { throw ValueError("invalid environment variable: \(text)") }
    }
    private static let address = Flag.Kind.values("list") { text throws(ValueError) in
        if !AddressText.isAddress(text.trimmingSpaces) {
            throw ValueError("IP address is not correctly formatted: \(text)")
        }
    }
    /// An option of `--detach-keys`.
    public static let detachKeys = Flag(
        "detach-keys", nil, .string, "Override the key sequence for detaching a container")

    private static let identity: [Flag] = [
        Flag("annotation", nil, .list, "Add an annotation to the container (passed on to the OCI runtime)"),
        Flag("cidfile", nil, .string, "Write the container ID to the file"),
        Flag("domainname", nil, .string, "Container NIS domain name"),
        Flag("hostname", "h", .string, "Container host name"),
        Flag("label", "l", .list, "Set meta data on a container"),
        Flag("label-file", nil, .list, "Read in a line delimited file of labels"),
        Flag("name", nil, .string, "Assign a name to the container"),
        Flag("platform", nil, .string, "Set platform if server is multi-platform capable"),
        Flag(
            "pull", nil, .string, "Pull image before running (\"always\", \"missing\", \"never\")",
            shownDefault: "\"missing\""),
        Flag("quiet", "q", .bool, "Suppress the pull output"),
        Flag("disable-content-trust", nil, .bool, "Accepted for Docker's sake", isHidden: true),
        Flag(
            "restart", nil, .string, "Restart policy to apply when a container exits", shownDefault: "\"no\""),
        Flag("rm", nil, .bool, "Remove the container and its anonymous volumes when it exits"),
        Flag("runtime", nil, .string, "Runtime to use for this container"),
        Flag("stop-signal", nil, .string, "Signal to stop the container"),
        Flag("stop-timeout", nil, .int, "Timeout (in seconds) to stop a container"),
    ]

    private static let process: [Flag] = [
        Flag(
            "attach", "a",
            .values("list") { text throws(ValueError) in
                if !["stdin", "stdout", "stderr"].contains(text.lowercased()) {
                    throw ValueError("valid streams are STDIN, STDOUT and STDERR")
                }
            }, "Attach to STDIN, STDOUT or STDERR"),
        Flag("entrypoint", nil, .string, "Overwrite the default ENTRYPOINT of the image"),
        Flag("env", "e", environment, "Set environment variables"),
        Flag("env-file", nil, .list, "Read in a file of environment variables"),
        Flag("group-add", nil, .list, "Add additional groups to join"),
        Flag("init", nil, .bool, "Run an init inside the container that forwards signals and reaps processes"),
        Flag("interactive", "i", .bool, "Keep STDIN open even if not attached"),
        Flag("tty", "t", .bool, "Allocate a pseudo-TTY"),
        Flag("user", "u", .string, "Username or UID (format: <name|uid>[:<group|gid>])"),
        Flag("workdir", "w", .string, "Working directory inside the container"),
    ]

    /// Limits that `update` takes, too.
    static let limits: [Flag] = [
        Flag("cpu-period", nil, .int, "Limit CPU CFS (Completely Fair Scheduler) period"),
        Flag("cpu-quota", nil, .int, "Limit CPU CFS (Completely Fair Scheduler) quota"),
        Flag("cpu-shares", "c", .int, "CPU shares (relative weight)"),
        Flag(
            "cpus", nil,
            .value("decimal") { text throws(ValueError) in _ = try ContainerValues.nanoCPUs(text) }, "Number of CPUs"),
        Flag("cpuset-cpus", nil, .string, "CPUs in which to allow execution (0-3, 0,1)"),
        Flag("cpuset-mems", nil, .string, "MEMs in which to allow execution (0-3, 0,1)"),
        Flag("memory", "m", bytes, "Memory limit"),
        Flag("memory-reservation", nil, bytes, "Memory soft limit"),
        Flag("pids-limit", nil, .int, "Tune container pids limit (set -1 for unlimited)"),
    ]

    private static let resources: [Flag] =
        limits + [
            Flag("blkio-weight", nil, .int, "Block IO (relative weight), between 10 and 1000, or 0 to disable"),
            Flag("cgroup-parent", nil, .string, "Optional parent cgroup for the container"),
            Flag("cgroupns", nil, .string, "Cgroup namespace to use (host|private)"),
            Flag(
                "memory-swap", nil, swap, "Swap limit equal to memory plus swap: '-1' to enable unlimited swap"),
            Flag("memory-swappiness", nil, .int, "Tune container memory swappiness (0 to 100)", shownDefault: "-1"),
            Flag("oom-kill-disable", nil, .bool, "Disable OOM Killer"),
            Flag("oom-score-adj", nil, .int, "Tune host's OOM preferences (-1000 to 1000)"),
            Flag("shm-size", nil, bytes, "Size of /dev/shm"),
            Flag(
                "ulimit", nil,
                .values("ulimit") { text throws(ValueError) in _ = try ContainerValues.ulimit(text) }, "Ulimit options"),
        ]

    private static let network: [Flag] = [
        Flag(
            "add-host", nil,
            .values("list") { text throws(ValueError) in _ = try ContainerValues.extraHost(text) },
            "Add a custom host-to-IP mapping (host:ip)"),
        Flag("dns", nil, address, "Set custom DNS servers"),
        Flag("dns-option", nil, .list, "Set DNS options"),
        Flag("dns-opt", nil, .list, anotherNameFor: "dns-option"),
        Flag("dns-search", nil, .list, "Set custom DNS search domains"),
        Flag("expose", nil, .list, "Expose a port or a range of ports"),
        Flag("ip", nil, .string, "IPv4 address (e.g., 172.30.100.104)"),
        Flag("ip6", nil, .string, "IPv6 address (e.g., 2001:db8::33)"),
        Flag("link", nil, .list, "Add link to another container"),
        Flag("link-local-ip", nil, .list, "Container IPv4/IPv6 link-local addresses"),
        Flag("mac-address", nil, .string, "Container MAC address (e.g., 92:d0:c6:0a:29:33)"),
        Flag("net", nil, .list, anotherNameFor: "network"),
        Flag("net-alias", nil, .list, anotherNameFor: "network-alias"),
        Flag(
            "network", nil,
            .values("network") { text throws(ValueError) in _ = try NetworkAttachment(parsing: text) },
            "Connect a container to a network"),
        Flag("network-alias", nil, .list, "Add network-scoped alias for the container"),
        Flag("publish", "p", .list, "Publish a container's port(s) to the host"),
        Flag("publish-all", "P", .bool, "Publish all exposed ports to random ports"),
    ]

    private static let storage: [Flag] = [
        Flag(
            "mount", nil,
            .values("mount") { text throws(ValueError) in _ = try MountOption.parse(text) },
            "Attach a filesystem mount to the container"),
        Flag("read-only", nil, .bool, "Mount the container's root filesystem as read only"),
        Flag("storage-opt", nil, .list, "Storage driver options for the container"),
        Flag("tmpfs", nil, .list, "Mount a tmpfs directory"),
        Flag("volume", "v", .list, "Bind mount a volume"),
        Flag("volume-driver", nil, .string, "Optional volume driver for the container"),
        Flag("volumes-from", nil, .list, "Mount volumes from the specified container(s)"),
    ]

    private static let security: [Flag] = [
        Flag("cap-add", nil, .list, "Add Linux capabilities"),
        Flag("cap-drop", nil, .list, "Drop Linux capabilities"),
        Flag("device", nil, .list, "Add a host device to the container"),
        Flag("device-cgroup-rule", nil, .list, "Add a rule to the cgroup allowed devices list"),
        Flag("ipc", nil, .string, "IPC mode to use"),
        Flag("log-driver", nil, .string, "Logging driver for the container"),
        Flag("log-opt", nil, .list, "Log driver options"),
        Flag("pid", nil, .string, "PID namespace to use"),
        Flag("privileged", nil, .bool, "Give extended privileges to this container"),
        Flag("security-opt", nil, .list, "Security Options"),
        Flag(
            "sysctl", nil,
            .values("map") { text throws(ValueError) in
                if !text.contains("=") || text.hasPrefix("=") { throw ValueError("sysctl '\(text)' is not allowed") }
            }, "Sysctl options"),
        Flag("userns", nil, .string, "User namespace to use"),
        Flag("uts", nil, .string, "UTS namespace to use"),
    ]

    private static let health: [Flag] = [
        Flag("health-cmd", nil, .string, "Command to run to check health"),
        Flag(
            "health-interval", nil, duration, "Time between running the check (ms|s|m|h)", shownDefault: "0s"),
        Flag("health-retries", nil, .int, "Consecutive failures needed to report unhealthy"),
        Flag(
            "health-start-interval", nil, duration,
            "Time between running the check during the start period (ms|s|m|h)", shownDefault: "0s"),
        Flag(
            "health-start-period", nil, duration,
            "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h)",
            shownDefault: "0s"),
        Flag(
            "health-timeout", nil, duration, "Maximum time to allow one check to run (ms|s|m|h)", shownDefault: "0s"),
        Flag("no-healthcheck", nil, .bool, "Disable any container-specified HEALTHCHECK"),
    ]
}
