/// A setting that a reload found changed.
public struct SettingChange: Hashable, Sendable, CustomStringConvertible {
    /// The option's name, without dashes.
    public let name: String
    /// Its value in the running daemon.
    public let before: String
    /// Its value in the file.
    public let after: String

    /// `debug: false -> true`.
    public var description: String { "\(name): \(before) -> \(after)" }
}

/// What a reload of the configuration file comes to.
public struct ConfigurationReload: Hashable, Sendable {
    /// The configuration that is in force from now on: the running one with the changes that need no restart.
    public let configuration: DaemonConfiguration
    /// Changes that are in it.
    public let applied: [SettingChange]
    /// Changes that count from the daemon's next start on.
    public let needsRestart: [SettingChange]
}

extension DaemonConfiguration {
    /// The bridge as `--bridge` names it.
    private var bridgeChoice: String { isBridgeDisabled ? "none" : bridge }

    /// The default network options as the command line writes them, in one order.
    private var networkOptionLines: [String] {
        defaultNetworkOptions.flatMap { driver, options in options.map { "\(driver)=\($0.key)=\($0.value)" } }.sorted()
    }

    /// The log options in one order.
    private var logOptionLines: [String] { logOptions.map { "\($0.key)=\($0.value)" }.sorted() }

    /// One setting, for comparing: its name, its value as text, and, where a running daemon can take it over, how.
    private struct Setting {
        let name: String
        let text: (DaemonConfiguration) -> String
        let take: ((inout DaemonConfiguration, DaemonConfiguration) -> Void)?

        /// A setting that counts from the next start on.
        init<Value>(_ name: String, _ path: KeyPath<DaemonConfiguration, Value>) {
            self.name = name
            text = { Self.describe($0[keyPath: path]) }
            take = nil
        }

        /// A setting that a running daemon takes over.
        init<Value>(live name: String, _ path: WritableKeyPath<DaemonConfiguration, Value>) {
            self.name = name
            text = { Self.describe($0[keyPath: path]) }
            take = { $0[keyPath: path] = $1[keyPath: path] }
        }

        private static func describe(_ value: Any) -> String {
            if let list = value as? [any CustomStringConvertible] {
                return "[\(list.map(\.description).joined(separator: " "))]"
            }
            let mirror = Mirror(reflecting: value)
            guard mirror.displayStyle == .optional else { return "\(value)" }
            return mirror.children.first.map { "\($0.value)" } ?? "not set"
        }
    }

    /// Everything that a configuration file can set. dockerd takes over debug and live-restore while it runs; the
    /// log level and the resolver's settings are ours to add, since they count for the next container only.
    private static var settings: [Setting] {
        [
            Setting("bip", \.bip), Setting("bridge", \.bridgeChoice),
            Setting("data-root", \.dataRoot), Setting(live: "debug", \.debug),
            Setting("default-address-pools", \.defaultAddressPools), Setting("default-gateway", \.defaultGateway),
            Setting(live: "dns", \.dns), Setting(live: "dns-opts", \.dnsOptions),
            Setting(live: "dns-search", \.dnsSearch), Setting("exec-root", \.execRoot),
            Setting("fixed-cidr", \.fixedCIDR), Setting("group", \.group), Setting("hosts", \.listenAddresses),
            Setting("icc", \.icc), Setting("ip", \.hostBindingIP), Setting("ip-forward", \.ipForward),
            Setting("ip-forward-no-drop", \.ipForwardNoDrop), Setting("ip-masq", \.ipMasquerade),
            Setting("insecure-registries", \.insecureRegistries), Setting("registry-mirrors", \.registryMirrors),
            Setting("max-concurrent-downloads", \.maxConcurrentDownloads),
            Setting("max-concurrent-uploads", \.maxConcurrentUploads),
            Setting("max-download-attempts", \.maxDownloadAttempts),
            Setting("iptables", \.iptables), Setting(live: "live-restore", \.liveRestore),
            Setting(live: "log-level", \.logLevel), Setting("mtu", \.mtu), Setting("pidfile", \.pidFile),
            Setting("log-driver", \.logDriver), Setting("log-opts", \.logOptionLines),
            Setting("http-proxy", \.httpProxy), Setting("https-proxy", \.httpsProxy), Setting("no-proxy", \.noProxy),
            Setting("userland-proxy", \.userlandProxy), Setting("ipv6", \.ipv6), Setting("bip6", \.bip6),
            Setting("fixed-cidr-v6", \.fixedCIDRv6), Setting("default-gateway-v6", \.defaultGatewayV6),
            Setting("ip6tables", \.ip6tables), Setting("firewall-backend", \.firewallBackend),
            Setting(live: "network-repair", \.networkRepair),
            Setting("default-network-opts", \.networkOptionLines),
            Setting("allow-direct-routing", \.allowsDirectRouting),
            Setting(live: "host-gateway-ips", \.hostGatewayIPs),
            Setting("dns-on-default-bridge", \.dnsOnDefaultBridge), Setting("tls", \.tls),
        ]
    }

    /// Rereads the configuration file, for SIGHUP. Nothing changes where the file cannot be used.
    ///
    /// - Parameters:
    ///   - arguments: the words after the program's name, as at the start.
    ///   - readFile: how to read the configuration file.
    /// - Throws: what is wrong with the file.
    public func reload(
        arguments: [String], readFile: FileReader = DaemonConfiguration.readFile
    ) throws(DaemonOptionError) -> ConfigurationReload {
        let fresh = try Self.load(arguments: arguments, readFile: readFile)
        var merged = self
        merged.configFileWasFound = fresh.configFileWasFound
        var applied: [SettingChange] = []
        var needsRestart: [SettingChange] = []
        for setting in Self.settings {
            let change = SettingChange(name: setting.name, before: setting.text(self), after: setting.text(fresh))
            if change.before == change.after { continue }
            if let take = setting.take {
                take(&merged, fresh)
                applied.append(change)
            } else {
                needsRestart.append(change)
            }
        }
        return ConfigurationReload(configuration: merged, applied: applied, needsRestart: needsRestart)
    }
}
