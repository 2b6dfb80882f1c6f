public import EngineAPI

/// `--network`: a name, or `name=net1,ip=10.0.0.5,alias=web`.
public struct NetworkAttachment: Equatable, Sendable {
    /// The network, or a mode such as `host`.
    public var target = ""
    /// What is asked for there.
    public var endpoint = EndpointSettings()

    /// Reads the option.
    public init(parsing text: String) throws(ValueError) {
        guard text.contains("=") else {
            target = text
            return
        }
        for field in MountOption.fields(text) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw ValueError("invalid field \(field)") }
            let value = parts[1].trimmingSpaces
            switch parts[0].trimmingSpaces.lowercased() {
            case "name": target = value
            case "alias": endpoint.aliases = (endpoint.aliases ?? []) + [value]
            case "ip": addresses { $0.ipv4Address = value }
            case "ip6": addresses { $0.ipv6Address = value }
            case "link-local-ip": addresses { $0.linkLocalIPs = ($0.linkLocalIPs ?? []) + [value] }
            case "mac-address": endpoint.macAddress = value
            case "driver-opt":
                let pair = value.split(separator: "=", maxSplits: 1).map(String.init)
                guard pair.count == 2 else { throw ValueError("invalid key value pair format in driver options") }
                endpoint.driverOpts = (endpoint.driverOpts ?? [:]).merging([pair[0]: pair[1]]) { $1 }
            case "gw-priority":
                guard let number = Int(value) else {
                    throw ValueError("invalid gw-priority (\(value)): invalid syntax")
                }
                endpoint.gwPriority = number
            case let key: throw ValueError("invalid field key \(key)")
            }
        }
        if target.isEmpty { throw ValueError("network name/id is not specified") }
    }

    /// Whether the name stands for a network that a user made.
    var isUserDefined: Bool {
        !["default", "bridge", "host", "none", ""].contains(target) && !target.hasPrefix("container:")
    }

    private mutating func addresses(_ change: (inout EndpointIPAMConfig) -> Void) {
        var configuration = endpoint.ipamConfig ?? EndpointIPAMConfig()
        change(&configuration)
        endpoint.ipamConfig = configuration
    }

    /// Adds what the options of one network (`--ip`, `--network-alias` and so on) ask for.
    mutating func apply(_ options: ParsedArguments) throws(ValueError) {
        func conflict(_ one: String, _ other: String) -> ValueError {
            ValueError("conflicting options: cannot specify both --\(one) and per-network \(other)")
        }
        let aliases = options.list("network-alias")
        if !aliases.isEmpty {
            if endpoint.aliases != nil { throw conflict("network-alias", "alias") }
            endpoint.aliases = aliases
        }
        if options.isSet("ip") {
            if endpoint.ipamConfig?.ipv4Address != nil { throw conflict("ip", "IPv4 address") }
            addresses { $0.ipv4Address = options.text("ip") }
        }
        if options.isSet("ip6") {
            if endpoint.ipamConfig?.ipv6Address != nil { throw conflict("ip6", "IPv6 address") }
            addresses { $0.ipv6Address = options.text("ip6") }
        }
        if options.isSet("link-local-ip") { addresses { $0.linkLocalIPs = options.list("link-local-ip") } }
        if options.isSet("mac-address") {
            if !endpoint.macAddress.isEmpty { throw conflict("mac-address", "MAC address") }
            endpoint.macAddress = options.text("mac-address")
        }
        if isUserDefined, options.isSet("link") { endpoint.links = options.list("link") }
    }

    /// Refuses what no engine can do.
    func validate() throws(ValueError) {
        if !isUserDefined, endpoint.aliases != nil {
            throw ValueError("network-scoped aliases are only supported for user-defined networks")
        }
        if !endpoint.macAddress.isEmpty, !AddressText.isHardwareAddress(endpoint.macAddress.trimmingSpaces) {
            throw ValueError("\(endpoint.macAddress) is not a valid mac address")
        }
    }
}
