import IPAddressing
public import SystemCalls

extension DaemonConfiguration {
    /// How the configuration file is read: its bytes, or a SystemCallError, of which ENOENT means that there is none.
    public typealias FileReader = (_ path: String) throws(SystemCallError) -> [UInt8]

    /// Reads files of this machine.
    public static func readFile(_ path: String) throws(SystemCallError) -> [UInt8] { try FileSystem.readBytes(path) }

    /// Joins the command line and the configuration file, and checks the whole. Pure but for `readFile`.
    ///
    /// - Parameters:
    ///   - arguments: the words after the program's name.
    ///   - readFile: how to read the configuration file. One that is missing is fine unless `--config-file` names it.
    /// - Throws: what is wrong, in dockerd's words where dockerd has any.
    public static func load(
        arguments: [String], readFile: FileReader = DaemonConfiguration.readFile
    ) throws(DaemonOptionError) -> DaemonConfiguration {
        try load(CommandLineFlags(parsing: arguments), readFile)
    }

    static func load(
        _ flags: CommandLineFlags, _ readFile: FileReader
    ) throws(DaemonOptionError) -> DaemonConfiguration {
        var configuration = DaemonConfiguration()
        try configuration.set(flags.values) { option, value, reason in
            .usage("invalid argument \"\(value)\" for \"\(option.spelling)\" flag: \(reason)")
        }
        if let path = flags.values["config-file"]?.last { configuration.configFile = path }
        try configuration.readFile(flags, readFile)
        try configuration.checkTogether()
        return configuration
    }

    /// Takes over what the configuration file sets.
    private mutating func readFile(_ flags: CommandLineFlags, _ readFile: FileReader) throws(DaemonOptionError) {
        let path = configFile
        if path.isEmpty { return }
        func refuse(_ message: String) -> DaemonOptionError {
            DaemonOptionError("unable to configure the Causeway daemon with file \(path): \(message)")
        }
        let bytes: [UInt8]
        do {
            bytes = try readFile(path)
        } catch {
            if error.errno == .noEntry, flags.values["config-file"] == nil { return }
            throw refuse(error.description)
        }
        do {
            let file = try ConfigurationFile(parsing: bytes)
            try file.refuseConflicts(with: flags)
            try set(file.settings.mapValues(\.texts)) { option, value, reason in
                DaemonOptionError("invalid value \"\(value)\" of \(option.key ?? option.name): \(reason)")
            }
        } catch {
            throw refuse(error.message)
        }
        configFileWasFound = true
    }

    /// Takes over options given as texts.
    private mutating func set(
        _ values: [String: [String]], _ refusal: (DaemonOption, String, String) -> DaemonOptionError
    ) throws(DaemonOptionError) {
        for option in DaemonOption.supported {
            guard let texts = values[option.name] else { continue }
            do throws(RefusedText) {
                try set(option, texts)
            } catch {
                throw refusal(option, error.text, error.reason)
            }
        }
    }

    /// A text and why it cannot be used.
    private struct RefusedText: Error {
        let text: String
        let reason: String
    }

    /// Applies `parse` to each text.
    private func parsed<Value>(
        _ texts: [String], _ parse: (String) -> Result<Value, InvalidValue>
    ) throws(RefusedText) -> [Value] {
        var values: [Value] = []
        for text in texts {
            switch parse(text) {
            case .success(let value): values.append(value)
            case .failure(let error): throw RefusedText(text: text, reason: error.reason)
            }
        }
        return values
    }

    private mutating func set(_ option: DaemonOption, _ texts: [String]) throws(RefusedText) {
        let text = texts.last ?? ""
        switch option.name {
        case "host":
            var seen: Set<ListenAddress> = []
            let named = try parsed(texts.filter { !$0.trimmed.isEmpty }, ListenAddress.parse)
            tlsChoice.namesAddresses = !named.isEmpty
            if !named.isEmpty { listenAddresses = named.filter { seen.insert($0).inserted } }
        case "data-root": dataRoot = try parsed([text], OptionValue.path)[0]
        case "exec-root": execRoot = try parsed([text], OptionValue.path)[0]
        case "pidfile": pidFile = text.isEmpty ? nil : try parsed([text], OptionValue.path)[0]
        case "bridge":
            isBridgeDisabled = text == "none"
            bridgeIsUsers = !text.isEmpty && !isBridgeDisabled
            if bridgeIsUsers { bridge = try parsed([text], OptionValue.interface)[0] }
        case "bip": bip = text.isEmpty ? nil : try parsed([text], OptionValue.bridgeAddress)[0]
        case "fixed-cidr": fixedCIDR = text.isEmpty ? nil : try parsed([text], OptionValue.subnet)[0]
        case "default-gateway": defaultGateway = text.isEmpty ? nil : try parsed([text], OptionValue.ipv4)[0]
        case "default-address-pool": defaultAddressPools = try parsed(texts, OptionValue.pool)
        case "bip6": bip6 = text.isEmpty ? nil : try parsed([text], OptionValue.bridgeIPv6Address)[0]
        case "fixed-cidr-v6": fixedCIDRv6 = text.isEmpty ? nil : try parsed([text], OptionValue.ipv6Subnet)[0]
        case "default-gateway-v6": defaultGatewayV6 = text.isEmpty ? nil : try parsed([text], OptionValue.ipv6)[0]
        case "firewall-backend":
            firewallBackend = text.isEmpty ? .iptables : try parsed([text], OptionValue.firewallBackend)[0]
        case "network-repair":
            networkRepair = text.isEmpty ? .restore : try parsed([text], OptionValue.networkRepair)[0]
        case "default-network-opt":
            for option in try parsed(texts, OptionValue.networkOption) {
                defaultNetworkOptions[option.driver, default: [:]][option.key] = option.value
            }
        case "host-gateway-ip":
            hostGatewayIPs = try parsed(
                texts.flatMap { $0.split(separator: ",").map(String.init) }, OptionValue.address)
        case "mtu": mtu = try parsed([text], OptionValue.mtu)[0]
        case "insecure-registry": insecureRegistries = try parsed(texts, OptionValue.registry)
        case "registry-mirror": registryMirrors = try parsed(texts, OptionValue.mirror)
        case "max-concurrent-downloads": maxConcurrentDownloads = try parsed([text], OptionValue.count)[0] ?? 3
        case "max-concurrent-uploads": maxConcurrentUploads = try parsed([text], OptionValue.count)[0] ?? 5
        case "max-download-attempts": maxDownloadAttempts = try parsed([text], OptionValue.count)[0] ?? 5
        case "log-driver": logDriver = try parsed([text], OptionValue.logDriver)[0]
        case "log-opt":
            for pair in try parsed(texts, OptionValue.pair) { logOptions[pair.key] = pair.value }
        case "http-proxy": httpProxy = text.isEmpty ? nil : text
        case "https-proxy": httpsProxy = text.isEmpty ? nil : text
        case "no-proxy": noProxy = text.isEmpty ? nil : text
        case "ip": hostBindingIP = try parsed([text], OptionValue.address)[0]
        case "dns": dns = try parsed(texts, OptionValue.address)
        case "dns-opt": dnsOptions = try parsed(texts, OptionValue.resolverOption)
        case "dns-search": dnsSearch = try parsed(texts, OptionValue.searchDomain)
        case "log-level": logLevel = try parsed([text], OptionValue.logLevel)[0]
        case "group": group = text.isEmpty ? nil : text
        default: if !tlsChoice.take(option.name, text) { setFlag(option.name, text == "true") }
        }
    }

    private mutating func setFlag(_ name: String, _ isOn: Bool) {
        switch name {
        case "icc": icc = isOn
        case "ip-masq": ipMasquerade = isOn
        case "ip-forward": ipForward = isOn
        case "ip-forward-no-drop": ipForwardNoDrop = isOn
        case "iptables": iptables = isOn
        case "userland-proxy": userlandProxy = isOn
        case "ip6tables": ip6tables = isOn
        case "ipv6": ipv6 = isOn
        case "allow-direct-routing": allowsDirectRouting = isOn
        case "dns-on-default-bridge": dnsOnDefaultBridge = isOn
        case "live-restore": liveRestore = isOn
        case "debug": debug = isOn
        // help, version, validate and config-file change nothing here.
        default: break
        }
    }

    /// Checks what no option can check alone.
    private mutating func checkTogether() throws(DaemonOptionError) {
        try joinTLS()
        func refuse(_ reason: String) -> DaemonOptionError {
            DaemonOptionError("merged configuration validation from file and command line flags failed: \(reason)")
        }
        if bridgeIsUsers || isBridgeDisabled, bip != nil {
            throw DaemonOptionError("You specified -b & --bip, mutually exclusive options. Please specify only one")
        }
        if bridgeIsUsers || isBridgeDisabled, bip6 != nil {
            throw DaemonOptionError("You specified -b & --bip6, mutually exclusive options. Please specify only one")
        }
        for family in IPFamily.allCases where hostGatewayIPs.count(where: { $0.family == family }) > 1 {
            throw refuse(
                "only one \(family == .v4 ? "IPv4" : "IPv6") host gateway IP address can be specified")
        }
        if let bip6 {
            if let fixedCIDRv6, !bip6.contains(fixedCIDRv6) {
                throw refuse("fixed-cidr-v6 \(fixedCIDRv6) does not lie in the bridge's subnet \(bip6.network)")
            }
            if let defaultGatewayV6, !bip6.contains(.v6(defaultGatewayV6)) {
                throw refuse(
                    "default-gateway-v6 \(defaultGatewayV6) does not lie in the bridge's subnet \(bip6.network)")
            }
        }
        if !icc, !iptables {
            throw DaemonOptionError(
                "You specified --iptables=false with --icc=false. ICC=false uses iptables to function. "
                    + "Please set --icc or --iptables to true")
        }
        if !iptables { ipMasquerade = false }
        if let bip {
            if let fixedCIDR, !bip.contains(fixedCIDR) {
                throw refuse("fixed-cidr \(fixedCIDR) does not lie in the bridge's subnet \(bip.network)")
            }
            if let defaultGateway, !bip.contains(.v4(defaultGateway)) {
                throw refuse("default-gateway \(defaultGateway) does not lie in the bridge's subnet \(bip.network)")
            }
        }
        for (index, pool) in defaultAddressPools.enumerated() {
            if let other = defaultAddressPools[..<index].first(where: { $0.base.overlaps(pool.base) }) {
                throw refuse("the default address pools \(other.base) and \(pool.base) overlap")
            }
        }
        if execRoot == dataRoot { throw refuse("data-root and exec-root are the same directory, \(dataRoot)") }
    }
}
