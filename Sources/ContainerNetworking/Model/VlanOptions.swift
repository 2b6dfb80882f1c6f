/// A macvlan network's driver options, read; others are kept in the record and mean nothing.
public struct MacvlanOptions: Sendable, Hashable {
    /// How containers of one parent see each other (MACVLAN_MODE_* of `<linux/if_link.h>`).
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// Directly.
        case bridge
        /// Not at all.
        case `private`
        /// By way of the switch that the parent is plugged into (IEEE 802.1Qbg).
        case vepa
        /// The one container has the parent to itself.
        case passthru
    }

    /// The host's device that containers share; nil is a device of the network's own, with no way out.
    public var parent: String?
    /// How containers see each other.
    public var mode = Mode.bridge
    /// Bytes; nil is the parent's.
    public var mtu: Int?

    /// All defaults.
    public init() {}

    /// Reads a network's options.
    ///
    /// - Throws: `.system` in Docker's words, as Docker: it answers 500 here.
    public init(_ options: [String: String]) throws(NetworkError) {
        parent = try VlanParent.read(options, driver: "macvlan")
        if let value = options["macvlan_mode"], !value.isEmpty {
            guard let mode = Mode(rawValue: value) else {
                throw NetworkError(
                    .system,
                    "requested macvlan mode '\(value)' is not valid, 'bridge' mode is the macvlan driver default")
            }
            self.mode = mode
        }
        if let value = options[BridgeOptions.Key.mtu] { mtu = try BridgeOptions.mtu(BridgeOptions.Key.mtu, value) }
    }
}

/// An ipvlan network's driver options, read; others are kept in the record and mean nothing.
public struct IPVlanOptions: Sendable, Hashable {
    /// Who forwards between containers (IPVLAN_MODE_* of `<linux/if_link.h>`).
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// Switched, with ARP.
        case l2
        /// Routed, past the host's firewall.
        case l3
        /// Routed, through the host's firewall.
        case l3s
    }

    /// How containers of one parent see each other (IPVLAN_F_* of `<linux/if_link.h>`).
    public enum Flag: String, Sendable, Hashable, CaseIterable {
        /// Directly.
        case bridge
        /// Not at all.
        case `private`
        /// By way of the switch that the parent is plugged into.
        case vepa
    }

    /// The host's device that containers share; nil is a device of the network's own, with no way out.
    public var parent: String?
    /// Who forwards.
    public var mode = Mode.l2
    /// How containers see each other.
    public var flag = Flag.bridge
    /// Bytes; nil is the parent's.
    public var mtu: Int?

    /// All defaults.
    public init() {}

    /// Reads a network's options.
    ///
    /// - Throws: `.system` in Docker's words, as Docker: it answers 500 here.
    public init(_ options: [String: String]) throws(NetworkError) {
        parent = try VlanParent.read(options, driver: "ipvlan")
        if let value = options["ipvlan_mode"], !value.isEmpty {
            guard let mode = Mode(rawValue: value) else {
                throw NetworkError(
                    .system, "requested ipvlan mode '\(value)' is not valid, 'l2' mode is the ipvlan driver default")
            }
            self.mode = mode
        }
        if let value = options["ipvlan_flag"], !value.isEmpty {
            guard let flag = Flag(rawValue: value) else {
                throw NetworkError(
                    .system, "requested ipvlan flag '\(value)' is not valid, 'bridge' is the ipvlan driver default")
            }
            self.flag = flag
        }
        if let value = options[BridgeOptions.Key.mtu] { mtu = try BridgeOptions.mtu(BridgeOptions.Key.mtu, value) }
    }
}

/// The parent of a macvlan or ipvlan network: a device of the host, or a VLAN of one.
public struct VlanParent: Sendable, Hashable {
    /// The device's name, `eth0` or `eth0.100`.
    public var name: String

    /// Names a parent.
    public init(name: String) { self.name = name }

    /// The device and the VLAN's number where the name is one of a VLAN, `eth0.100`: that one the engine may make.
    /// Numbers are 1 to 4094 (IEEE 802.1Q).
    public var vlan: (device: String, number: UInt16)? {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex,
            let number = UInt16(name[name.index(after: dot)...]), (1...4094).contains(number)
        else { return nil }
        return (String(name[..<dot]), number)
    }

    /// The option `parent`.
    static func read(_ options: [String: String], driver: String) throws(NetworkError) -> String? {
        guard let parent = options["parent"], !parent.isEmpty else { return nil }
        if parent == "lo" {
            throw NetworkError(.system, "loopback interface is not a valid \(driver) parent link")
        }
        guard InterfaceName.isValid(parent) else {
            throw NetworkError(
                .invalid,
                "invalid parent interface \"\(parent)\": a device's name has 1 to 15 characters, none of them / : or "
                    + "space")
        }
        return parent
    }
}
