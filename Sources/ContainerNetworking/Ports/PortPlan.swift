import Firewall
import IPAddressing

/// Which of its container's ports an endpoint is to publish. Of several endpoints those publish that give the default
/// route, each for its family; ports of a routed network are let through on every endpoint.
struct PortDuty: OptionSet, Hashable, Sendable {
    let rawValue: UInt8
    /// Ports of the host's IPv4 addresses.
    static let ipv4 = PortDuty(rawValue: 1)
    /// Ports of the host's IPv6 addresses.
    static let ipv6 = PortDuty(rawValue: 2)
    /// What is let through where no address is translated.
    static let routed = PortDuty(rawValue: 4)
    /// A container's only endpoint.
    static let all: PortDuty = [.ipv4, .ipv6, .routed]

    /// An endpoint's duty, from the ids of those that give the default routes. Without an IPv6 route the IPv4 endpoint
    /// publishes on IPv6, too: through the proxy.
    static func of(_ endpoint: String, ipv4Gateway: String?, ipv6Gateway: String?) -> PortDuty {
        var duty: PortDuty = .routed
        if endpoint == ipv4Gateway { duty.insert(.ipv4) }
        if endpoint == (ipv6Gateway ?? ipv4Gateway) { duty.insert(.ipv6) }
        return duty
    }
}

/// Bindings that differ in nothing but the host's address: they get the same port of the host.
struct PortGroup: Hashable, Sendable {
    var transport: TransportProtocol
    var containerPort: UInt16
    /// Nil is any of the kernel's ephemeral range.
    var hostPorts: ClosedRange<UInt16>?
    /// Whether no port of the host is taken.
    var isRouted: Bool
    /// The host's addresses, each with the container's that it leads to.
    var bindings: [Binding]

    struct Binding: Hashable, Sendable {
        var host: IPAddress
        var container: IPAddress
    }
}

/// What requests come to on one endpoint. Pure.
struct PortPlan {
    /// The endpoint's addresses.
    var ipv4: IPv4Address?
    var ipv6: IPv6Address?
    /// What it is to publish.
    var duty = PortDuty.all
    /// The host's address of requests that name none.
    var standardAddress: IPAddress
    /// Whether IPv4 and IPv6 go without translation.
    var isRouted: (ipv4: Bool, ipv6: Bool) = (false, false)
    /// Whether the userland proxy may be used.
    var proxies = true
    /// Whether the host has IPv6.
    var hostHasIPv6 = true

    /// The bindings of all requests, grouped and in the order in which they are to be tried: the exact ones first, so
    /// that none of a range takes their port.
    func groups(_ requests: [PortRequest]) -> [PortGroup] {
        var groups: [PortGroup] = []
        let all = requests.flatMap { request in [ipv4(request), ipv6(request)].compactMap { $0 } }
        for single in all.sorted(by: Self.precedes) {
            if var last = groups.last, Self.key(last) == Self.key(single) {
                // What is asked for twice in the same words is meant once.
                last.bindings += single.bindings.filter { !last.bindings.contains($0) }
                groups[groups.count - 1] = last
            } else {
                groups.append(single)
            }
        }
        return groups
    }

    private func group(_ request: PortRequest, _ host: IPAddress, _ container: IPAddress, routed: Bool) -> PortGroup {
        PortGroup(
            transport: request.transport, containerPort: request.containerPort,
            hostPorts: routed ? nil : request.hostPorts, isRouted: routed,
            bindings: [PortGroup.Binding(host: host, container: container)])
    }

    private func ipv4(_ request: PortRequest) -> PortGroup? {
        let routed = isRouted.ipv4
        guard duty.contains(.ipv4) || routed && duty.contains(.routed), let ipv4 else { return nil }
        guard case .v4(let wanted) = request.hostAddress ?? standardAddress else { return nil }
        return group(request, routed ? Self.anyIPv4 : .v4(wanted), .v4(ipv4), routed: routed)
    }

    private func ipv6(_ request: PortRequest) -> PortGroup? {
        let routed = isRouted.ipv6
        guard duty.contains(.ipv6) || routed && duty.contains(.routed) else { return nil }
        let host: IPAddress
        switch request.hostAddress ?? standardAddress {
        case .v6(let address): host = .v6(address)
        case .v4(let address):
            // All addresses of the host, where nobody said which: of both families.
            guard request.hostAddress == nil, address.isUnspecified, hostHasIPv6 else { return nil }
            host = Self.anyIPv6
        }
        if let ipv6 { return group(request, routed ? Self.anyIPv6 : host, .v6(ipv6), routed: routed) }
        // To a container without IPv6 by way of the proxy, which knows TCP and UDP.
        guard let ipv4, !routed, proxies, duty.contains(.ipv4), request.transport != .sctp else { return nil }
        return group(request, host, .v4(ipv4), routed: false)
    }

    private static let anyIPv4 = IPAddress.v4(IPv4Address(rawValue: 0))
    private static let anyIPv6 = IPAddress.v6(IPv6Address(rawValue: 0))

    /// Docker's order: translated before routed, exact before ranges, then by port, protocol and host port, addresses
    /// last, IPv4 first.
    private static func precedes(_ left: PortGroup, _ right: PortGroup) -> Bool {
        let (one, other) = (key(left), key(right))
        if one != other { return one.lexicographicallyPrecedes(other) }
        return left.bindings[0].host < right.bindings[0].host
    }

    private static func key(_ group: PortGroup) -> [Int] {
        let numbers: [TransportProtocol: Int] = [.tcp: 6, .udp: 17, .sctp: 132]
        let isExact = group.hostPorts.map { $0.count == 1 } ?? false
        return [
            group.isRouted ? 1 : 0, isExact ? 0 : 1, Int(group.containerPort), numbers[group.transport] ?? 0,
            Int(group.hostPorts?.lowerBound ?? 0), Int(group.hostPorts?.upperBound ?? 0),
        ]
    }
}
