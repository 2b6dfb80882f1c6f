import ContainerRuntime
import EngineAPI
import IPAddressing

/// Refuses what a container cannot be, before anything is made: Docker's status codes and words.
enum CreateValidation {
    /// Checks a request.
    static func check(_ request: ContainerCreateRequest, name: String?) throws(APIError) {
        if var name, !name.isEmpty {
            if name.hasPrefix("/") { name.removeFirst() }
            guard ContainerName.isValid(name) else {
                throw .badRequest("Invalid container name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
            }
        }
        guard !request.config.image.isEmpty else {
            throw .badRequest("config cannot be empty in order to create a container")
        }
        try check(request.config)
        try check(request.hostConfig)
        try checkNetworking(request)
        try PublishedPorts.validate(host: request.hostConfig, exposed: request.config.exposedPorts ?? [:])
    }

    private static func check(_ config: ContainerConfig) throws(APIError) {
        if !config.workingDir.isEmpty, !config.workingDir.hasPrefix("/") {
            throw .badRequest(
                "the working directory '\(config.workingDir)' is invalid, it needs to be an absolute path")
        }
        for variable in config.env ?? [] where variable.isEmpty || variable.hasPrefix("=") {
            throw .badRequest("invalid environment variable: \(variable)")
        }
        if let signal = config.stopSignal, !signal.isEmpty, SignalName.number(signal) == nil {
            throw .badRequest("invalid signal: \(signal)")
        }
        if config.hostname.utf8.count > 64 {
            throw .badRequest("invalid hostname: \(config.hostname): longer than 64 characters")
        }
        for name in [config.hostname, config.domainname] where !isPlain(name) {
            throw .badRequest("invalid hostname format: \(name)")
        }
        if let check = config.healthcheck { try HealthCheck.validate(check) }
    }

    private static func check(_ host: HostConfig) throws(APIError) {
        try checkMemory(host)
        try checkProcessors(host)
        try checkModes(host)
        if host.shmSize < 0 { throw .badRequest("SHM size can not be less than 0") }
        if !(-1000...1000).contains(host.oomScoreAdj) {
            throw .badRequest("Invalid value \(host.oomScoreAdj), range for oom score adj is [-1000, 1000]")
        }
        do throws(RuntimeError) { try SpecificationBuilder.check(host) } catch { throw .badRequest(error.message) }
        try checkPolicies(host)
        try checkNotBuilt(host)
        for entry in host.extraHosts ?? [] where !entry.contains(where: { $0 == ":" || $0 == "=" }) {
            throw .badRequest("bad format for add-host: \"\(entry)\"")
        }
        for word in host.dnsDomains + host.dnsSettings + host.extraHostPairs.map(\.name) where !isPlain(word) {
            throw .badRequest("invalid name: \"\(word)\" holds white space or control characters")
        }
        for pair in host.extraHostPairs where pair.address != "host-gateway" && IPAddress(pair.address) == nil {
            throw .badRequest("invalid IP address in add-host: \"\(pair.address)\"")
        }
        for server in host.dnsServers where IPAddress(server) == nil {
            throw .badRequest("bad nameserver address \(server)")
        }
    }

    /// Whether a word can stand in `/etc/hosts` and `/etc/resolv.conf` without beginning another.
    private static func isPlain(_ word: String) -> Bool {
        word.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7f && !$0.properties.isWhitespace }
    }

    static func checkPolicies(_ host: HostConfig) throws(APIError) {
        let policy = host.restartPolicy
        switch policy.name {
        case "", "no", "always", "unless-stopped":
            if policy.maximumRetryCount != 0, policy.name != "" {
                throw .badRequest(
                    "invalid restart policy: maximum retry count can only be used with 'on-failure'")
            }
        case "on-failure":
            if policy.maximumRetryCount < 0 {
                throw .badRequest("invalid restart policy: maximum retry count cannot be negative")
            }
        default:
            throw .badRequest(
                "invalid restart policy: unknown policy '\(policy.name)'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
            )
        }
        if host.autoRemove, !["", "no"].contains(policy.name) {
            throw .badRequest("can't create 'AutoRemove' container with restart policy")
        }
        try LogOptionRules.check(host.logConfig)
    }

    /// What Docker knows and this version does not: refused by name, never swallowed.
    private static func checkNotBuilt(_ host: HostConfig) throws(APIError) {
        func refuse(_ what: String, _ wanted: Bool) throws(APIError) {
            if wanted { throw .notImplemented("\(what) is not built yet in this version of Causeway") }
        }
        guard ["", "default"].contains(host.isolation) else {
            throw .badRequest("invalid isolation (\(host.isolation)): linux only supports 'default'")
        }
        try refuse("--userns", !["", "host"].contains(host.usernsMode))
        if host.storageOpt?.isEmpty == false {
            throw .badRequest("--storage-opt is supported only for overlay over xfs with 'pquota' mount option")
        }
    }

    /// What is accepted but will not be as the client may think.
    static func warnings(_ request: ContainerCreateRequest) -> [String] {
        let host = request.hostConfig
        var warnings = LogOptionRules.warnings(host.logConfig)
        if host.networkModeName == "host", host.portBindings?.isEmpty == false {
            warnings.append("Published ports are discarded when using host network mode")
        }
        return warnings
    }
}
