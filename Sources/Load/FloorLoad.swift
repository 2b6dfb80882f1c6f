import IPAddressing
import NFTables
import Netlink
import RouteNetlink
import SystemCalls

/// The least that it takes to plug a container into a bridge and out of it: the messages that the engine sends, on
/// sockets that are open, and nothing else. Whatever an engine needs beyond that is its own.
struct FloorLoad {
    private let clock = ContinuousClock()

    /// Prints a line each round: the time to plug in, the time to plug out.
    func run(rounds: Int) throws {
        let host = try RouteSocket()
        let sandbox = "/run/causeway-floor"
        try? NetworkNamespace.remove(at: sandbox)
        let inside = try RouteSocket(try NetworkNamespace.make(at: sandbox))
        defer { try? NetworkNamespace.remove(at: sandbox) }
        let namespace = try NetworkNamespace(path: sandbox)
        try host.apply([LinkRequest.makeBridge(name: "floor0", mac: .randomLocal(), mtu: 1500)])
        guard let bridge = try host.link(named: "floor0") else { throw LoadFailure.broken("the bridge is gone") }
        defer { try? host.apply([LinkRequest.delete(index: bridge.index, name: bridge.name)]) }
        try host.apply([LinkRequest.change(index: bridge.index, name: bridge.name, LinkChange(up: true))])
        let keeper = try NFTablesKeeper()
        try keeper.apply([Self.guardTable])
        defer { _ = try? keeper.remove([Self.guardTable]) }
        for round in 0..<rounds {
            let index = Int32(1000 + 2 * round)
            let mac = MACAddress.randomLocal()
            let elements = Self.elements(mac)
            let begin = clock.now
            try keeper.change(Self.guardTable, removing: [:], adding: elements)
            try host.apply(
                LinkRequest.makeVeth(
                    host: VethEnd(name: Self.port, mac: .randomLocal(), index: index + 1),
                    inside: VethEnd(name: "eth0", mac: mac, index: index), namespace: namespace.rawValue,
                    master: bridge.index, mtu: 1500, group: 0))
            try inside.apply([
                LinkRequest.withoutLinkLocal(name: "eth0"),
                LinkRequest.change(index: index, name: "eth0", LinkChange(up: true)),
                AddressRequest.add(Self.address, to: index, name: "eth0"),
            ])
            let middle = clock.now
            try host.apply([LinkRequest.delete(index: index + 1, name: Self.port)])
            try keeper.change(Self.guardTable, removing: elements, adding: [:])
            let end = clock.now
            print(Int((middle - begin) / .microseconds(1)), Int((end - middle) / .microseconds(1)))
        }
    }

    private static let port = "floor1"
    private static let ipv4 = IPv4Address(192, 0, 2, 2)
    private static var address: IPPrefix {
        get throws {
            guard let prefix = IPPrefix("192.0.2.2/24") else { throw LoadFailure.broken("no address") }
            return prefix
        }
    }

    /// Sets like those of the engine's guard against forged addresses.
    private static var guardTable: NFTablesTable {
        NFTablesTable(
            .bridge, "floor", comment: "causeway-load floor",
            sets: [
                NFTablesSet("guarded", key: [.interfaceName]),
                NFTablesSet("ether", key: [.interfaceName, .etherAddress]),
                NFTablesSet("ipv4", key: [.interfaceName, .etherAddress, .ipv4Address]),
                NFTablesSet("arp", key: [.interfaceName, .etherAddress, .ipv4Address]),
                NFTablesSet("ipv6", key: [.interfaceName, .etherAddress, .ipv6Address]),
            ], chains: [])
    }

    private static func elements(_ mac: MACAddress) -> [String: Set<NFTablesElement>] {
        let port = NFTablesValue.interface(port)
        return [
            "guarded": [NFTablesElement([port])], "ether": [NFTablesElement([port, .ether(mac)])],
            "ipv4": [NFTablesElement([port, .ether(mac), .ipv4(ipv4)])],
            "arp": [
                NFTablesElement([port, .ether(mac), .ipv4(ipv4)]),
                NFTablesElement([port, .ether(mac), .ipv4(IPv4Address(rawValue: 0))]),
            ],
            "ipv6": [NFTablesElement([port, .ether(mac), .ipv6(IPv6Address(rawValue: 1))])],
        ]
    }
}
