public import Firewall
public import IPAddressing

/// A bridge network's driver options, read. Options that nobody knows are kept in the record and mean nothing, as with
/// Docker, whose clients pass their own notes this way.
public struct BridgeOptions: Sendable, Hashable {
    /// The bridge's device; nil is `br-` and the first 12 digits of the network's id.
    public var name: String?
    /// Whether containers may talk to each other.
    public var icc = true
    /// Whether what leaves gets an address of the host.
    public var masquerade = true
    /// The host's address of ports that name none; nil is the daemon's (`--ip`).
    public var hostBinding: IPAddress?
    /// How IPv4 enters and leaves.
    public var gatewayModeIPv4 = GatewayMode.nat
    /// How IPv6 enters and leaves.
    public var gatewayModeIPv6 = GatewayMode.nat
    /// Interfaces of the host from which containers may be reached by their own addresses.
    public var trustedInterfaces: [String] = []
    /// Whether the bridge has no IPv4 address.
    public var inhibitsIPv4 = false
    /// Bytes; nil is the uplink's.
    public var mtu: Int?
    /// The host's address that outgoing IPv4 is to carry.
    public var hostIPv4: IPAddress?
    /// The host's address that outgoing IPv6 is to carry.
    public var hostIPv6: IPAddress?
    /// What interfaces inside are called before their number; nil is `eth`.
    public var interfacePrefix: String?
    /// Whether it is the default bridge.
    public var isDefaultBridge = false
    /// Whether a container may send only with its own Ethernet and IP addresses.
    public var preventsSpoofing = true

    /// Docker's names, and one of ours.
    public enum Key {
        /// The bridge's device.
        public static let name = "com.docker.network.bridge.name"
        /// Whether containers may talk to each other.
        public static let icc = "com.docker.network.bridge.enable_icc"
        /// Whether what leaves gets an address of the host.
        public static let masquerade = "com.docker.network.bridge.enable_ip_masquerade"
        /// The host's address of published ports.
        public static let hostBinding = "com.docker.network.bridge.host_binding_ipv4"
        /// A `GatewayMode`.
        public static let gatewayModeIPv4 = "com.docker.network.bridge.gateway_mode_ipv4"
        /// A `GatewayMode`.
        public static let gatewayModeIPv6 = "com.docker.network.bridge.gateway_mode_ipv6"
        /// Names with `:` between.
        public static let trustedInterfaces = "com.docker.network.bridge.trusted_host_interfaces"
        /// Whether the bridge has no IPv4 address.
        public static let inhibitIPv4 = "com.docker.network.bridge.inhibit_ipv4"
        /// Marks the default bridge.
        public static let isDefaultBridge = "com.docker.network.bridge.default_bridge"
        /// Bytes.
        public static let mtu = "com.docker.network.driver.mtu"
        /// The host's address that outgoing IPv4 is to carry.
        public static let hostIPv4 = "com.docker.network.host_ipv4"
        /// The host's address that outgoing IPv6 is to carry.
        public static let hostIPv6 = "com.docker.network.host_ipv6"
        /// What interfaces inside are called before their number.
        public static let interfacePrefix = "com.docker.network.container_iface_prefix"
        /// Whether containers have IPv4, where the request does not say.
        public static let enableIPv4 = "com.docker.network.enable_ipv4"
        /// Whether containers have IPv6, where the request does not say.
        public static let enableIPv6 = "com.docker.network.enable_ipv6"
        /// `false` lets containers send with any address.
        public static let antiSpoofing = "causeway.network.anti_spoofing"
    }

    /// All defaults.
    public init() {}

    /// Reads a network's options.
    ///
    /// - Throws: `.invalid` for a value that cannot be, in Docker's words.
    public init(_ options: [String: String]) throws(NetworkError) {
        for (key, value) in options.sorted(by: { $0.key < $1.key }) { try set(key, value) }
    }

    private mutating func set(_ key: String, _ value: String) throws(NetworkError) {
        switch key {
        case Key.name: name = value.isEmpty ? nil : value
        case Key.icc: icc = try Self.flag(key, value)
        case Key.masquerade: masquerade = try Self.flag(key, value)
        case Key.hostBinding: hostBinding = try Self.address(key, value)
        case Key.gatewayModeIPv4: gatewayModeIPv4 = try Self.mode(key, value)
        case Key.gatewayModeIPv6: gatewayModeIPv6 = try Self.mode(key, value)
        case Key.trustedInterfaces: trustedInterfaces = value.split(separator: ":").map(String.init)
        case Key.inhibitIPv4: inhibitsIPv4 = try Self.flag(key, value)
        case Key.mtu: mtu = try Self.mtu(key, value)
        case Key.hostIPv4: hostIPv4 = try Self.address(key, value, family: .v4)
        case Key.hostIPv6: hostIPv6 = try Self.address(key, value, family: .v6)
        case Key.interfacePrefix: interfacePrefix = try Self.prefix(key, value)
        case Key.isDefaultBridge: isDefaultBridge = try Self.flag(key, value)
        case Key.antiSpoofing: preventsSpoofing = try Self.flag(key, value)
        default: break
        }
    }

    /// The gateway mode of a family.
    public func gatewayMode(_ family: IPFamily) -> GatewayMode { family == .v4 ? gatewayModeIPv4 : gatewayModeIPv6 }

    // MARK: Values

    /// Go's `strconv.ParseBool`, by which Docker reads flags; nil where it refuses.
    static func boolean(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    private static func refusal(_ key: String, _ value: String, _ why: String) -> NetworkError {
        NetworkError(.invalid, "failed to parse \(key) value: \(value) (\(why))")
    }

    private static func flag(_ key: String, _ value: String) throws(NetworkError) -> Bool {
        guard let flag = boolean(value) else {
            throw refusal(key, value, "strconv.ParseBool: parsing \"\(value)\": invalid syntax")
        }
        return flag
    }

    private static func address(
        _ key: String, _ value: String, family: IPFamily? = nil
    ) throws(NetworkError) -> IPAddress {
        guard let address = IPAddress(value) else { throw refusal(key, value, "nil ip") }
        if let family, address.family != family {
            throw refusal(key, value, "not an \(family == .v4 ? "IPv4" : "IPv6") address")
        }
        return address
    }

    private static func mode(_ key: String, _ value: String) throws(NetworkError) -> GatewayMode {
        guard let mode = GatewayMode(rawValue: value) else {
            throw refusal(key, value, "unknown gateway mode \(value)")
        }
        return mode
    }

    /// 0 is the daemon's choice. The kernel takes 68 to 65535 for IPv4 (RFC 791), and wants 1280 for IPv6 (RFC 8200).
    static func mtu(_ key: String, _ value: String) throws(NetworkError) -> Int? {
        guard let number = Int(value), !value.contains(" ") else {
            throw refusal(key, value, "strconv.Atoi: parsing \"\(value)\": invalid syntax")
        }
        if number < 0 { throw NetworkError(.invalid, "invalid MTU number: \(number)") }
        if number != 0, !(68...65535).contains(number) {
            throw NetworkError(.invalid, "invalid MTU number: \(number): an MTU is between 68 and 65535 bytes")
        }
        return number == 0 ? nil : number
    }

    /// An interface's name has at most 15 bytes, of which the number takes some.
    private static func prefix(_ key: String, _ value: String) throws(NetworkError) -> String? {
        if value.isEmpty { return nil }
        guard value.utf8.count <= 12, InterfaceName.isValid(value) else {
            throw refusal(
                key, value, "an interface's name starts with at most 12 characters, none of them / : or space")
        }
        return value
    }
}

/// What the kernel takes for a device's name (dev_valid_name of net/core/dev.c).
enum InterfaceName {
    /// Whether it does.
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 15 && name != "." && name != ".."
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    }
}

extension NetworkRecord {
    /// The driver options of a bridge network. What a record holds has been checked, so that nothing is refused.
    public var bridgeOptions: BridgeOptions { (try? BridgeOptions(options)) ?? BridgeOptions() }
    /// The driver options of a macvlan network.
    public var macvlanOptions: MacvlanOptions { (try? MacvlanOptions(options)) ?? MacvlanOptions() }
    /// The driver options of an ipvlan network.
    public var ipvlanOptions: IPVlanOptions { (try? IPVlanOptions(options)) ?? IPVlanOptions() }
}
