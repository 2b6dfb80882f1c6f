import ContainerNetworking
import EngineAPI
import IPAddressing

/// Refuses what a container cannot ask of a network, in Docker's words. Pure.
enum EndpointCheck {
    /// Everything that is wrong with what is asked of one network.
    ///
    /// - Parameters:
    ///   - name: the network as the client names it.
    ///   - asked: the subnets that the network's user named; nil where there is no such network yet.
    /// - Returns: Docker's message, or nil where nothing is wrong.
    static func refusal(_ settings: EndpointSettings, network name: String, asked: [IPAMPoolConfig]?) -> String? {
        if !settings.macAddress.isEmpty, MACAddress(settings.macAddress).map(\.isMulticast) != false {
            return "invalid MAC address \(settings.macAddress)"
        }
        let addresses = settings.ipamConfig ?? EndpointIPAMConfig()
        var wrong: [String] = []
        if NetworkRecord.builtIn.contains(name) || name == "default" {
            if addresses.ipv4Address ?? "" != "" || addresses.ipv6Address ?? "" != "" {
                wrong.append("user specified IP address is supported on user defined networks only")
            }
            if settings.aliases?.isEmpty == false {
                wrong.append("network-scoped alias is supported only for containers in user defined networks")
            }
        }
        wrong += syntax(addresses)
        if let asked {
            for (text, family) in [(addresses.ipv4Address, IPFamily.v4), (addresses.ipv6Address, .v6)] {
                if let text, !text.isEmpty, let reason = place(text, family, asked) { wrong.append(reason) }
            }
        }
        wrong += sysctls(settings.driverOpts ?? [:])
        if wrong.isEmpty { return nil }
        return "invalid endpoint settings:\n"
            + (wrong.count == 1 ? wrong[0] : wrong.map { "* " + $0 }.joined(separator: "\n"))
    }

    private static func syntax(_ addresses: EndpointIPAMConfig) -> [String] {
        var wrong: [String] = []
        if let text = addresses.ipv4Address, !text.isEmpty {
            let address = IPv4Address(text)
            if address == nil || address?.isUnspecified == true { wrong.append("invalid IPv4 address: \(text)") }
        }
        if let text = addresses.ipv6Address, !text.isEmpty {
            let address = IPAddress(text)
            if address?.family != .v6 || address?.isUnspecified == true {
                wrong.append("invalid IPv6 address: \(text)")
            }
        }
        let linkLocal = ["169.254.0.0/16", "fe80::/10"].compactMap { IPPrefix($0) }
        for text in addresses.linkLocalIPs ?? [] {
            // RFC 3927 and RFC 4291 section 2.5.6.
            let address = IPAddress(text)
            if address == nil || !linkLocal.contains(where: { $0.contains(address ?? .v4(IPv4Address(rawValue: 0))) }) {
                wrong.append("invalid link local IP address: \(text)")
            }
        }
        return wrong
    }

    /// Why an address has no place on the network; nil where it has one.
    private static func place(_ text: String, _ family: IPFamily, _ asked: [IPAMPoolConfig]) -> String? {
        let subnets = asked.filter { NetworkText.namesSubnet($0, of: family) }.compactMap(\.subnet)
            .compactMap { IPPrefix($0) }
        if subnets.isEmpty {
            return
                "user specified IP address is supported only when connecting to networks with user configured subnets"
        }
        if let address = IPAddress(text), subnets.contains(where: { $0.contains(address) }) { return nil }
        return "no configured subnet or ip-range contain the IP address \(text)"
    }

    /// `com.docker.network.endpoint.sysctls`: `net.ipv4.conf.IFNAME.log_martians=1`, several by commas.
    private static func sysctls(_ options: [String: String]) -> [String] {
        EndpointOption.sysctls(options).filter { sysctl in
            let parts = sysctl.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false)
            return parts.count != 5 || !["ipv4", "ipv6", "mpls"].contains(parts[1])
                || !["IFNAME", "ifname"].contains(parts[3])
        }.map {
            "unrecognised network interface sysctl '\($0)'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'"
        }
    }
}

/// Options of an endpoint, `--network name=X,driver-opt=KEY=VALUE`.
enum EndpointOption {
    /// The interface's name inside.
    static func interfaceName(_ options: [String: String]?) -> String? {
        options?["com.docker.network.endpoint.ifname"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Kernel parameters of the interface inside.
    static func sysctls(_ options: [String: String]?) -> [String] {
        (options?["com.docker.network.endpoint.sysctls"] ?? "").split(separator: ",").map { sysctl in
            // Docker's command line writes keys in small letters.
            String(sysctl).replacing(".ifname.", with: ".IFNAME.")
        }
    }
}
