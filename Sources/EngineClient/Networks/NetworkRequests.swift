public import EngineAPI
import IPAddressing

/// The command lines of `network create` and `network connect` as requests.
public enum NetworkRequests {
    /// The body of `POST /networks/create`.
    public static func create(_ options: ParsedArguments) throws(ValueError) -> NetworkCreateRequest {
        var request = NetworkCreateRequest(name: options.operands.first ?? "")
        request.driver = options.isSet("driver") ? options.text("driver") : "bridge"
        request.options = NetworkFlags.pairs(options.list("opt"))
        request.ipam = NetworkIPAM(
            driver: options.isSet("ipam-driver") ? options.text("ipam-driver") : "default",
            options: NetworkFlags.pairs(options.list("ipam-opt")), config: try pools(options))
        if options.isSet("ipv4") { request.enableIPv4 = options.flag("ipv4") }
        if options.isSet("ipv6") { request.enableIPv6 = options.flag("ipv6") }
        request.internal = options.flag("internal")
        request.attachable = options.flag("attachable")
        request.ingress = options.flag("ingress")
        request.scope = options.text("scope")
        request.configOnly = options.flag("config-only")
        if options.isSet("config-from") {
            request.configFrom = NetworkConfigReference(network: options.text("config-from"))
        }
        request.labels = NetworkFlags.pairs(options.list("label"))
        return request
    }

    /// The subnets, each with the range, the gateway and the auxiliary addresses that lie in it. Docker's words.
    static func pools(_ options: ParsedArguments) throws(ValueError) -> [IPAMPoolConfig] {
        let subnets = NetworkFlags.split(options.list("subnet"))
        let ranges = NetworkFlags.split(options.list("ip-range"))
        let gateways = NetworkFlags.split(options.list("gateway"))
        if subnets.count < ranges.count || subnets.count < gateways.count {
            throw ValueError("every ip-range or gateway must have a corresponding subnet")
        }
        var pools: [IPAMPoolConfig] = []
        for subnet in subnets {
            for other in pools.compactMap(\.subnet) {
                let isInside = try contains(other, subnet)
                let isAround = try contains(subnet, other)
                if isInside || isAround {
                    throw ValueError("multiple overlapping subnet configuration is not supported")
                }
            }
            pools.append(IPAMPoolConfig(subnet: subnet, auxiliaryAddresses: [:]))
        }
        for range in ranges {
            let index = try place(range, pools, missing: "range")
            if let other = pools[index].ipRange {
                throw ValueError(
                    "cannot configure multiple ranges (\(range), \(other)) on the same subnet (\(subnets[index]))")
            }
            pools[index].ipRange = range
        }
        for gateway in gateways {
            let index = try place(gateway, pools, missing: "gateway")
            if let other = pools[index].gateway {
                throw ValueError(
                    "cannot configure multiple gateways (\(gateway), \(other)) for the same subnet (\(subnets[index]))")
            }
            pools[index].gateway = gateway
        }
        for (name, address) in NetworkFlags.pairs(options.list("aux-address")).sorted(by: { $0.key < $1.key }) {
            pools[try place(address, pools, missing: "aux-address")].auxiliaryAddresses?[name] = address
        }
        return pools
    }

    private static func place(
        _ text: String, _ pools: [IPAMPoolConfig], missing what: String
    ) throws(ValueError) -> Int {
        for (index, pool) in pools.enumerated() {
            if try contains(pool.subnet ?? "", text) { return index }
        }
        throw ValueError("no matching subnet for \(what) \(text)")
    }

    /// Whether an address or a block lies in a subnet.
    private static func contains(_ subnet: String, _ text: String) throws(ValueError) -> Bool {
        guard let outer = IPPrefix(subnet) else { throw ValueError("invalid subnet: invalid CIDR address: \(subnet)") }
        // A subnet that names only a size has room for whatever the engine chooses.
        if outer.address.isUnspecified { return false }
        if text.contains("/") {
            guard let inner = IPPrefix(text) else { throw ValueError("invalid CIDR address: \(text)") }
            return outer.contains(inner.address)
        }
        guard let address = IPAddress(text) else { throw ValueError("invalid IP address: \(text)") }
        return outer.contains(address)
    }

    /// The body of `POST /networks/{id}/connect`.
    public static func connect(_ options: ParsedArguments) throws(ValueError) -> NetworkConnectRequest {
        var endpoint = EndpointSettings()
        let links = NetworkFlags.split(options.list("link-local-ip"))
        endpoint.ipamConfig = EndpointIPAMConfig(
            ipv4Address: options.isSet("ip") ? options.text("ip") : nil,
            ipv6Address: options.isSet("ip6") ? options.text("ip6") : nil, linkLocalIPs: links.isEmpty ? nil : links)
        let aliases = NetworkFlags.split(options.list("alias"))
        endpoint.aliases = aliases.isEmpty ? nil : aliases
        endpoint.links = options.isSet("link") ? options.list("link") : nil
        endpoint.gwPriority = Int(options.integer("gw-priority") ?? 0)
        // A value may hold commas of its own, as that of endpoint.sysctls does.
        for text in options.list("driver-opt") {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ValueError("invalid key/value pair format in driver options")
            }
            endpoint.driverOpts = (endpoint.driverOpts ?? [:]).merging([parts[0].trimmingSpaces: parts[1]]) { $1 }
        }
        return NetworkConnectRequest(container: options.operands.last ?? "", endpointConfig: endpoint)
    }
}
