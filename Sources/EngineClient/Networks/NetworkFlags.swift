/// The options of `network create` and `network connect`.
public enum NetworkFlags {
    /// Texts, several of which may stand in one value with commas between them.
    private static let strings = Flag.Kind.values("strings") { _ throws(ValueError) in }

    /// `K=V`.
    private static let map = Flag.Kind.values("map") { text throws(ValueError) in
        if !text.contains("=") { throw ValueError("\(text) must be formatted as key=value") }
    }

    /// Those of `network create`.
    public static let create: [Flag] = [
        Flag("attachable", nil, .bool, "Enable manual container attachment"),
        Flag(
            "aux-address", nil, map, "Auxiliary IPv4 or IPv6 addresses used by Network driver", shownDefault: "map[]"),
        Flag("config-from", nil, .string, "The network from which to copy the configuration"),
        Flag("config-only", nil, .bool, "Create a configuration only network"),
        Flag("driver", "d", .string, "Driver to manage the Network", shownDefault: "\"bridge\""),
        Flag("gateway", nil, strings, "IPv4 or IPv6 Gateway for the master subnet"),
        Flag("ingress", nil, .bool, "Create swarm routing-mesh network"),
        Flag("internal", nil, .bool, "Restrict external access to the network"),
        Flag("ip-range", nil, strings, "Allocate container ip from a sub-range"),
        Flag("ipam-driver", nil, .string, "IP Address Management Driver", shownDefault: "\"default\""),
        Flag("ipam-opt", nil, map, "Set IPAM driver specific options", shownDefault: "map[]"),
        Flag("ipv4", nil, .bool, "Enable or disable IPv4 address assignment", shownDefault: "true"),
        Flag("ipv6", nil, .bool, "Enable or disable IPv6 address assignment"),
        Flag("label", nil, .list, "Set metadata on a network"),
        Flag("opt", "o", map, "Set driver specific options", shownDefault: "map[]"),
        Flag("scope", nil, .string, "Control the network's scope"),
        Flag("subnet", nil, strings, "Subnet in CIDR format that represents a network segment"),
    ]

    /// Those of `network connect`.
    public static let connect: [Flag] = [
        Flag("alias", nil, strings, "Add network-scoped alias for the container"),
        Flag("driver-opt", nil, strings, "driver options for the network"),
        Flag(
            "gw-priority", nil, .int,
            "Highest gw-priority provides the default gateway. Accepts positive and negative values."),
        Flag("ip", nil, .string, "IPv4 address (e.g., \"172.30.100.104\")"),
        Flag("ip6", nil, .string, "IPv6 address (e.g., \"2001:db8::33\")"),
        Flag("link", nil, .list, "Add link to another container"),
        Flag("link-local-ip", nil, strings, "Add a link-local address for the container"),
    ]

    /// The values of an option whose values may hold commas.
    static func split(_ texts: [String]) -> [String] {
        texts.flatMap { $0.split(separator: ",").map(\.trimmingSpaces) }.filter { !$0.isEmpty }
    }

    /// `K=V` texts as a dictionary.
    static func pairs(_ texts: [String]) -> [String: String] {
        var pairs: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            pairs[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
        return pairs
    }
}
