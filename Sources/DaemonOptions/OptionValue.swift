import IPAddressing

/// How the texts of options are read; each refusal says what the text should be.
enum OptionValue {
    typealias Parsed<Value> = Result<Value, InvalidValue>

    static func path(_ text: String) -> Parsed<String> {
        guard text.hasPrefix("/") else { return .failure(InvalidValue("it is not an absolute path")) }
        var path = text
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return .success(path)
    }

    /// A name of a network interface, at most IFNAMSIZ - 1 bytes (linux/if.h).
    static func interface(_ text: String) -> Parsed<String> {
        guard text.utf8.count <= 15 else { return .failure(InvalidValue("an interface's name has at most 15 bytes")) }
        let valid = text != "." && text != ".." && text.allSatisfy { !$0.isWhitespace && $0 != "/" && $0 != ":" }
        return valid ? .success(text) : .failure(InvalidValue("it is not a name that an interface can have"))
    }

    /// An address with a prefix length that a bridge can have.
    static func bridgeAddress(_ text: String) -> Parsed<IPPrefix> {
        guard let prefix = IPPrefix(text), prefix.family == .v4 else {
            return .failure(InvalidValue("it is not an IPv4 address with a prefix length, such as 172.17.0.1/16"))
        }
        guard (1...30).contains(prefix.length) else {
            return .failure(InvalidValue("a bridge's subnet has a prefix length of 1 to 30"))
        }
        guard prefix.address != prefix.networkAddress, prefix.address != prefix.lastAddress else {
            return .failure(
                InvalidValue("it is the subnet's network or broadcast address, not one that a bridge can have"))
        }
        return .success(prefix)
    }

    static func subnet(_ text: String) -> Parsed<IPPrefix> {
        guard let prefix = IPPrefix(text), prefix.family == .v4 else {
            return .failure(InvalidValue("it is not an IPv4 subnet, such as 172.17.8.0/24"))
        }
        return .success(prefix.network)
    }

    /// An IPv6 address with a prefix length that a bridge can have.
    static func bridgeIPv6Address(_ text: String) -> Parsed<IPPrefix> {
        guard let prefix = IPPrefix(text), prefix.family == .v6, prefix.length > 0, prefix.length < 127,
            prefix.address != prefix.networkAddress
        else {
            return .failure(InvalidValue("it is not an IPv6 address with a prefix length, such as fd00:1::1/64"))
        }
        return .success(prefix)
    }

    static func ipv6Subnet(_ text: String) -> Parsed<IPPrefix> {
        guard let prefix = IPPrefix(text), prefix.family == .v6 else {
            return .failure(InvalidValue("it is not an IPv6 subnet, such as fd00:1::/64"))
        }
        return .success(prefix.network)
    }

    static func ipv6(_ text: String) -> Parsed<IPv6Address> {
        guard case .v6(let address)? = IPAddress(text.trimmed) else {
            return .failure(InvalidValue("it is not an IPv6 address"))
        }
        return .success(address)
    }

    static func firewallBackend(_ text: String) -> Parsed<FirewallBackendName> {
        FirewallBackendName(rawValue: text).map { .success($0) }
            ?? .failure(InvalidValue("the firewall backends are iptables and nftables"))
    }

    static func networkRepair(_ text: String) -> Parsed<NetworkRepairName> {
        NetworkRepairName(rawValue: text).map { .success($0) }
            ?? .failure(InvalidValue("it is restore or warn"))
    }

    static func logDriver(_ text: String) -> Parsed<String> {
        ["json-file", "none"].contains(text)
            ? .success(text) : .failure(InvalidValue("the logging drivers are json-file and none"))
    }

    /// `max-size=10m`.
    static func pair(_ text: String) -> Parsed<(key: String, value: String)> {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { return .failure(InvalidValue("it is not KEY=VALUE")) }
        return .success((parts[0], parts[1]))
    }

    /// A driver's option for the networks that do not set it.
    struct NetworkOption {
        var driver: String
        var key: String
        var value: String
    }

    /// `bridge=com.docker.network.driver.mtu=1400`.
    static func networkOption(_ text: String) -> Parsed<NetworkOption> {
        let parts = text.split(separator: "=", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty else {
            return .failure(InvalidValue("invalid format for default network options, expected driver=key=value"))
        }
        return .success(NetworkOption(driver: parts[0], key: parts[1], value: parts[2]))
    }

    static func ipv4(_ text: String) -> Parsed<IPv4Address> {
        IPv4Address(text.trimmed).map { .success($0) } ?? .failure(InvalidValue("it is not an IPv4 address"))
    }

    static func address(_ text: String) -> Parsed<IPAddress> {
        IPAddress(text.trimmed).map { .success($0) } ?? .failure(InvalidValue("it is not an IP address"))
    }

    /// `base=10.0.0.0/8,size=24`.
    static func pool(_ text: String) -> Parsed<AddressPoolSetting> {
        var base: IPPrefix?
        var size: Int?
        for field in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else {
                return .failure(InvalidValue("invalid field '\(field)' must be a key=value pair"))
            }
            switch parts[0].lowercased() {
            case "base":
                base = IPPrefix(parts[1])
                if base == nil { return .failure(InvalidValue("invalid base prefix \"\(parts[1])\"")) }
            case "size":
                size = Int(parts[1])
                if size == nil {
                    return .failure(InvalidValue("invalid size value: \"\(parts[1])\" (must be integer)"))
                }
            default: return .failure(InvalidValue("unexpected key '\(parts[0])' in '\(field)'"))
            }
        }
        guard let base, let size else { return .failure(InvalidValue("a pool needs base=SUBNET and size=LENGTH")) }
        guard size >= base.length else {
            return .failure(InvalidValue("subnets of /\(size) do not fit into the base \(base.network)"))
        }
        let smallest = base.family == .v4 ? 30 : 126
        guard size <= smallest else {
            return .failure(
                InvalidValue("a subnet of /\(size) has no room for containers; the size is at most \(smallest)"))
        }
        return .success(AddressPoolSetting(base: base.network, size: size))
    }

    /// An MTU; 0 stands for none set, as in dockerd.
    static func mtu(_ text: String) -> Parsed<Int?> {
        guard let number = Int(text) else { return .failure(InvalidValue("it is not a whole number")) }
        if number == 0 { return .success(nil) }
        guard (68...65535).contains(number) else {
            return .failure(InvalidValue("an MTU lies between 68 and 65535 bytes"))
        }
        return .success(number)
    }

    /// A number of things at once, or of attempts; 0 stands for the usual one, as in dockerd.
    static func count(_ text: String) -> Parsed<Int?> {
        guard let number = Int(text), number >= 0 else {
            return .failure(InvalidValue("it is not a whole number from 0 on"))
        }
        return .success(number == 0 ? nil : number)
    }

    /// A registry as it stands in images' names, or a range of addresses.
    static func registry(_ text: String) -> Parsed<String> {
        if text.contains("://") {
            return .failure(InvalidValue("insecure registry \(text) should not contain '://'"))
        }
        let isName =
            !text.isEmpty && !text.contains("/")
            && text.utf8.allSatisfy { (33...126).contains($0) && $0 != UInt8(ascii: "@") }
        guard IPPrefix(text) != nil || isName else {
            return .failure(InvalidValue("it is neither a registry, such as registry.test:5000, nor a subnet"))
        }
        return .success(text)
    }

    /// The base URL of a mirror, ending in a slash.
    static func mirror(_ text: String) -> Parsed<String> {
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            return .failure(
                InvalidValue(
                    "invalid mirror: no scheme specified for \"\(text)\": must use either 'https://' or 'http://'"))
        }
        guard !text.contains("@"), !text.contains("?"), !text.contains("#"), text.split(separator: "/").count > 1 else {
            return .failure(InvalidValue("invalid mirror: query, fragment and user are not allowed in \"\(text)\""))
        }
        return .success(text.hasSuffix("/") ? text : text + "/")
    }

    static func resolverOption(_ text: String) -> Parsed<String> {
        let valid = !text.isEmpty && text.allSatisfy { !$0.isWhitespace && $0.isASCII }
        return valid ? .success(text) : .failure(InvalidValue("it is not an option of resolv.conf"))
    }

    /// A domain name, or `.` for none; dockerd's check, in its words.
    static func searchDomain(_ text: String) -> Parsed<String> {
        let domain = text.trimmed
        if domain == "." { return .success(domain) }
        let name = domain.hasSuffix(".") ? String(domain.dropLast()) : domain
        let valid =
            name.utf8.count < 255 && name.contains { $0.isLetter }
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel)
        return valid ? .success(domain) : .failure(InvalidValue("\(text) is not a valid domain"))
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    }

    static func logLevel(_ text: String) -> Parsed<DaemonLogLevel> {
        DaemonLogLevel(rawValue: text.lowercased()).map { .success($0) }
            ?? .failure(InvalidValue("invalid logging level: \(text)"))
    }
}
