public import EngineAPI

/// The command line of `create` and `run` as a request.
public enum ContainerRequest {
    /// Builds the body of `POST /containers/create` as Docker's command does.
    /// - Parameters:
    ///   - options: the parsed command line; its operands are the image, the command and its arguments.
    ///   - inherited: this process' environment, for `-e NAME`.
    public static func make(
        _ options: ParsedArguments, inherited: (String) -> String?
    ) throws(ValueError) -> ContainerCreateRequest {
        let ports = try PortOptions(publish: options.list("publish"), expose: options.list("expose"))
        let restart = try ContainerValues.restartPolicy(options.text("restart"))
        if options.flag("rm"), !["", "no"].contains(restart.name) {
            throw ValueError("conflicting options: cannot specify both --restart and --rm")
        }
        let (volumes, binds) = volumes(options.list("volume"))
        let networks = try networks(options)
        var request = ContainerCreateRequest()
        request.config = try config(options, ports: ports, inherited: inherited)
        request.config.volumes = volumes
        request.hostConfig = try hostConfig(options)
        request.hostConfig.binds = binds
        request.hostConfig.portBindings = ports.bindings
        request.hostConfig.restartPolicy = restart.name.isEmpty ? RestartPolicy(name: "no") : restart
        request.hostConfig.networkMode = networks.mode
        request.networkingConfig.endpointsConfig = networks.endpoints
        if networks.mode != "default", let address = networks.endpoints[networks.mode]?.macAddress, !address.isEmpty {
            request.config.macAddress = address
        }
        return request
    }

    private static func config(
        _ options: ParsedArguments, ports: PortOptions, inherited: (String) -> String?
    ) throws(ValueError) -> ContainerConfig {
        let attach = Set(options.list("attach").map { $0.lowercased() })
        var config = ContainerConfig()
        config.hostname = options.text("hostname")
        config.domainname = options.text("domainname")
        config.user = options.text("user")
        config.tty = options.flag("tty")
        config.openStdin = options.flag("interactive")
        config.attachStdin = config.openStdin || attach.contains("stdin")
        config.attachStdout = attach.isEmpty || attach.contains("stdout")
        config.attachStderr = attach.isEmpty || attach.contains("stderr")
        config.stdinOnce = config.openStdin && config.attachStdin
        config.exposedPorts = ports.exposed.isEmpty ? nil : ports.exposed
        config.env = try ContainerValues.environment(
            files: options.list("env-file"), options: options.list("env"), inherited: inherited)
        config.image = options.operands.first ?? ""
        let command = Array(options.operands.dropFirst())
        config.cmd = command.isEmpty ? nil : command
        if options.isSet("entrypoint") { config.entrypoint = [options.text("entrypoint")] }
        config.workingDir = options.text("workdir")
        config.labels = try ContainerValues.labels(files: options.list("label-file"), options: options.list("label"))
        if options.isSet("stop-signal") { config.stopSignal = options.text("stop-signal") }
        config.stopTimeout = options.integer("stop-timeout").map { Int($0) }
        config.healthcheck = try healthcheck(options)
        return config
    }

    private static func healthcheck(_ options: ParsedArguments) throws(ValueError) -> HealthConfig? {
        let names = ["interval", "timeout", "start-period", "start-interval", "retries"]
        let isAsked = options.isSet("health-cmd") || names.contains { options.isSet("health-" + $0) }
        if options.flag("no-healthcheck") {
            if isAsked { throw ValueError("--no-healthcheck conflicts with --health-* options") }
            return HealthConfig(test: ["NONE"])
        }
        if !isAsked { return nil }
        func duration(_ name: String) throws(ValueError) -> Int64? {
            let value = options.isSet(name) ? GoDuration.parse(options.text(name)) : nil
            if let value, value < 0 { throw ValueError("--\(name) cannot be negative") }
            return value
        }
        let retries = options.integer("health-retries").map { Int($0) }
        if let retries, retries < 0 { throw ValueError("--health-retries cannot be negative") }
        let command = options.text("health-cmd")
        return HealthConfig(
            test: command.isEmpty ? nil : ["CMD-SHELL", command], interval: try duration("health-interval"),
            timeout: try duration("health-timeout"), startPeriod: try duration("health-start-period"),
            startInterval: try duration("health-start-interval"), retries: retries)
    }

    private static func hostConfig(_ options: ParsedArguments) throws(ValueError) -> HostConfig {
        var host = HostConfig()
        host.containerIDFile = options.text("cidfile")
        host.autoRemove = options.flag("rm")
        host.privileged = options.flag("privileged")
        host.publishAllPorts = options.flag("publish-all")
        host.readonlyRootfs = options.flag("read-only")
        host.links = options.list("link")
        host.dns = options.list("dns")
        host.dnsOptions = options.list("dns-option")
        host.dnsSearch = options.list("dns-search")
        host.extraHosts = []
        for text in options.list("add-host") { host.extraHosts?.append(try ContainerValues.extraHost(text)) }
        host.volumesFrom = options.list("volumes-from")
        host.volumeDriver = options.text("volume-driver")
        host.capAdd = options.list("cap-add")
        host.capDrop = options.list("cap-drop")
        host.groupAdd = options.list("group-add")
        host.ipcMode = options.text("ipc")
        host.pidMode = options.text("pid")
        host.utsMode = options.text("uts")
        host.usernsMode = options.text("userns")
        host.cgroupnsMode = options.text("cgroupns")
        if options.isSet("runtime") { host.runtime = options.text("runtime") }
        host.logConfig = LogConfig(
            type: options.text("log-driver"), config: ContainerValues.pairs(options.list("log-opt")))
        if host.logConfig.type == "none", host.logConfig.config?.isEmpty == false {
            throw ValueError("invalid logging opts for driver none")
        }
        host.tmpfs = tmpfs(options.list("tmpfs"))
        host.sysctls = ContainerValues.pairs(options.list("sysctl"))
        host.storageOpt = options.isSet("storage-opt") ? ContainerValues.pairs(options.list("storage-opt")) : nil
        host.annotations = options.isSet("annotation") ? ContainerValues.pairs(options.list("annotation")) : nil
        host.mounts = []
        for text in options.list("mount") { host.mounts?.append(try MountOption.parse(text)) }
        if options.isSet("init") { host.useInit = options.flag("init") }
        let security = try ContainerValues.securityOptions(options.list("security-opt"))
        host.securityOpt = security.filter { $0 != "systempaths=unconfined" }
        if host.securityOpt?.count != security.count {
            host.maskedPaths = []
            host.readonlyPaths = []
        }
        try resources(options, &host)
        return host
    }

    private static func resources(_ options: ParsedArguments, _ host: inout HostConfig) throws(ValueError) {
        func size(_ name: String) throws(ValueError) -> Int64 {
            let text = options.text(name)
            return text.isEmpty ? 0 : text == "-1" ? -1 : try HumanUnits.parseBytes(text)
        }
        host.memory = try size("memory")
        host.memoryReservation = try size("memory-reservation")
        host.memorySwap = try size("memory-swap")
        host.shmSize = try size("shm-size")
        if let value = options.integer("memory-swappiness"), value != -1 {
            guard (0...100).contains(value) else {
                throw ValueError("invalid value: \(value). Valid memory swappiness range is 0-100")
            }
            host.memorySwappiness = value
        }
        if options.isSet("cpus") { host.nanoCpus = try ContainerValues.nanoCPUs(options.text("cpus")) }
        host.cpuShares = options.integer("cpu-shares") ?? 0
        host.cpuPeriod = options.integer("cpu-period") ?? 0
        host.cpuQuota = options.integer("cpu-quota") ?? 0
        host.cpusetCpus = options.text("cpuset-cpus")
        host.cpusetMems = options.text("cpuset-mems")
        host.cgroupParent = options.text("cgroup-parent")
        host.blkioWeight = Int(options.integer("blkio-weight") ?? 0)
        host.oomScoreAdj = Int(options.integer("oom-score-adj") ?? 0)
        if options.isSet("oom-kill-disable") { host.oomKillDisable = options.flag("oom-kill-disable") }
        host.pidsLimit = options.integer("pids-limit")
        host.ulimits = []
        for text in options.list("ulimit") { host.ulimits?.append(try ContainerValues.ulimit(text)) }
        host.devices = []
        for text in options.list("device") { host.devices?.append(try ContainerValues.device(text)) }
        host.deviceCgroupRules = options.list("device-cgroup-rule")
    }

    /// Anonymous volumes, and what is mounted from somewhere. A relative source is made absolute here, since only this
    /// side knows where it starts.
    private static func volumes(_ texts: [String]) -> ([String: EmptyObject], [String]) {
        var volumes: [String: EmptyObject] = [:]
        var binds: [String] = []
        for text in texts {
            guard let colon = text.firstIndex(of: ":") else {
                volumes[text] = EmptyObject()
                continue
            }
            binds.append(PathText.absolute(String(text[..<colon])) + text[colon...])
        }
        return (volumes, binds)
    }

    private static func tmpfs(_ texts: [String]) -> [String: String] {
        var result: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            result[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
        return result
    }

    private static func networks(
        _ options: ParsedArguments
    ) throws(ValueError) -> (mode: String, endpoints: [String: EndpointSettings]) {
        let texts = options.list("network")
        var attachments: [NetworkAttachment] = []
        for text in texts.isEmpty ? ["default"] : texts { attachments.append(try NetworkAttachment(parsing: text)) }
        try attachments[0].apply(options)
        var endpoints: [String: EndpointSettings] = [:]
        for attachment in attachments {
            try attachment.validate()
            if endpoints[attachment.target] != nil {
                throw ValueError("network \"\(attachment.target)\" is specified multiple times")
            }
            if texts.count == 1, attachment.endpoint == EndpointSettings() { continue }
            endpoints[attachment.target] = attachment.endpoint
        }
        if attachments.contains(where: \.isUserDefined), attachments.contains(where: { !$0.isUserDefined }) {
            throw ValueError(
                "conflicting options: cannot attach both user-defined and non-user-defined network-modes")
        }
        return (attachments[0].target, endpoints)
    }
}
