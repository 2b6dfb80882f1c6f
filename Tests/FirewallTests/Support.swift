import Firewall
import IPAddressing
import SystemCalls
import Testing

/// The scenarios that have a golden listing.
enum Scenario: String, CaseIterable, CustomTestStringConvertible {
    case seed
    case iccOff = "icc-off"
    case noMasquerade = "no-masquerade"
    case noDrop = "no-drop"
    case noNetwork = "no-network"
    case twoNetworks = "two-networks"
    case `internal`
    case ports
    case mixedAddresses = "mixed-addresses"
    case portsOfTwoNetworks = "ports-of-two-networks"
    case routed
    case natUnprotected = "nat-unprotected"
    case trusted
    case directRouting = "direct-routing"
    case link
    case ipv6Internal = "ipv6-internal"
    case ipv6

    var testDescription: String { rawValue }

    static func docker0(
        icc: Bool = true, masquerade: Bool = true, ports: [PublishedPort] = []
    ) -> BridgeFirewall {
        BridgeFirewall(
            networkID: String(repeating: "a", count: 64), networkName: "bridge", bridge: "docker0",
            subnets: ["172.17.0.1/16"].compactMap { IPPrefix($0) },
            icc: icc, masquerade: masquerade, publishedPorts: ports)
    }

    private static func address(_ text: String) -> IPAddress { IPAddress(text) ?? .v4(IPv4Address(rawValue: 0)) }

    static func second(internal: Bool = false) -> BridgeFirewall {
        BridgeFirewall(
            networkID: String(repeating: "b", count: 64), networkName: "net1", bridge: "br-8fb74cff797d",
            subnets: ["10.77.0.0/24"].compactMap { IPPrefix($0) }, internal: `internal`)
    }

    static func port(
        _ transport: TransportProtocol, _ host: String, _ hostPort: UInt16, _ container: String, _ containerPort: UInt16
    ) -> PublishedPort {
        PublishedPort(
            transport, hostAddress: address(host), hostPort: hostPort, containerAddress: address(container),
            containerPort: containerPort, endpointID: String(repeating: "c", count: 64))
    }

    static func dual(_ edit: (inout BridgeFirewall) -> Void = { _ in }) -> BridgeFirewall {
        var network = BridgeFirewall(
            networkID: String(repeating: "d", count: 64), networkName: "dual", bridge: "br-d",
            subnets: ["10.78.0.0/24", "fd00:78::/64"].compactMap { IPPrefix($0) },
            publishedPorts: [
                port(.tcp, "0.0.0.0", 8080, "10.78.0.2", 80), port(.tcp, "::", 8080, "fd00:78::2", 80),
                port(.udp, "2001:db8::1", 53, "fd00:78::3", 53),
            ])
        edit(&network)
        return network
    }

    /// The families that the scenario has rules in.
    var families: [IPFamily] {
        intent.networks.contains { $0.subnets.contains { $0.family == .v6 } } ? [.v4, .v6] : [.v4]
    }

    private static func web(_ edit: (inout BridgeFirewall) -> Void) -> FirewallIntent {
        var network = second()
        network.publishedPorts = [port(.tcp, "0.0.0.0", 8080, "10.77.0.2", 80)]
        edit(&network)
        return FirewallIntent(networks: [docker0(), network])
    }

    var intent: FirewallIntent {
        switch self {
        case .mixedAddresses:
            FirewallIntent(networks: [
                Self.docker0(ports: [
                    Self.port(.tcp, "0.0.0.0", 8080, "172.17.0.2", 80),
                    Self.port(.tcp, "203.0.113.5", 8080, "172.17.0.3", 80),
                    Self.port(.tcp, "203.0.113.6", 8080, "172.17.0.3", 80),
                ])
            ])
        case .portsOfTwoNetworks:
            Self.web { _ in }
        case .routed: Self.web { $0.gatewayModeIPv4 = .routed }
        case .natUnprotected: Self.web { $0.gatewayModeIPv4 = .natUnprotected }
        case .trusted: Self.web { $0.trustedInterfaces = ["tun0", "tun1"] }
        case .directRouting: Self.web { $0.allowsDirectRouting = true }
        case .link:
            Self.web {
                $0.icc = false
                $0.links = [
                    LinkFirewall(
                        client: Self.address("10.77.0.3"), server: Self.address("10.77.0.2"), transport: .tcp, port: 80)
                ]
            }
        case .ipv6: FirewallIntent(networks: [Self.docker0(), Self.dual()], forwardPolicyDropIPv6: true)
        case .ipv6Internal: FirewallIntent(networks: [Self.dual { $0.internal = true }])
        case .seed: FirewallIntent(networks: [Self.docker0()])
        case .iccOff: FirewallIntent(networks: [Self.docker0(icc: false)])
        case .noMasquerade: FirewallIntent(networks: [Self.docker0(masquerade: false)])
        case .noDrop: FirewallIntent(networks: [Self.docker0()], forwardPolicyDrop: false)
        case .noNetwork: FirewallIntent()
        case .twoNetworks: FirewallIntent(networks: [Self.docker0(), Self.second()])
        case .internal: FirewallIntent(networks: [Self.docker0(), Self.second(internal: true)])
        case .ports:
            FirewallIntent(networks: [
                Self.docker0(ports: [
                    Self.port(.tcp, "0.0.0.0", 8080, "172.17.0.2", 80),
                    Self.port(.udp, "127.0.0.1", 5353, "172.17.0.3", 53),
                ])
            ])
        }
    }

    /// What `iptables -t TABLE -S` is to print, or `ip6tables`.
    func golden(_ table: FirewallTableName, _ family: IPFamily = .v4) throws -> String {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        let name = "\(rawValue)-\(table.rawValue)" + (family == .v6 ? "-ipv6" : "")
        return try FileSystem.readText("/\(folder)/Golden/\(name).txt")
    }
}

/// What iptables-restore does with a change, without a kernel.
struct SimulatedTables {
    var rules = ObservedRuleset()

    static let builtIn: [FirewallTableName: [String]] = [
        .filter: ["INPUT", "FORWARD", "OUTPUT"], .nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
        .raw: ["PREROUTING", "OUTPUT"],
    ]

    mutating func restore(_ change: [String]) throws {
        var table = FirewallTableName.filter
        for line in change where line != "COMMIT" {
            if line.hasPrefix("*") {
                table = try #require(FirewallTableName(rawValue: String(line.dropFirst())))
                if rules.tables[table.rawValue] == nil {
                    rules.tables[table.rawValue] = Self.builtIn[table]?.map { .init($0, policy: "ACCEPT") }
                }
                continue
            }
            var chains = rules.tables[table.rawValue] ?? []
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            if line.hasPrefix(":") {
                let name = String(words[0].dropFirst())
                if let index = chains.firstIndex(where: { $0.name == name }) {
                    if words[1] != "-" { chains[index].policy = words[1] } else { chains[index].rules = [] }
                } else {
                    chains.append(.init(name))
                }
                rules.tables[table.rawValue] = chains
                continue
            }
            let index = try #require(chains.firstIndex { $0.name == words[1] }, "\(line): no such chain")
            switch words[0] {
            case "-A": chains[index].rules.append(words[2])
            case "-I":
                let parts = words[2].split(separator: " ", maxSplits: 1).map(String.init)
                chains[index].rules.insert(parts[1], at: try #require(Int(parts[0])) - 1)
            case "-D":
                let rule = try #require(chains[index].rules.firstIndex(of: words[2]), "\(line): no such rule")
                chains[index].rules.remove(at: rule)
            case "-F": chains[index].rules = []
            case "-X": chains.remove(at: index)
            default: Issue.record("unknown command \(line)")
            }
            rules.tables[table.rawValue] = chains
        }
    }

    /// As `iptables -t TABLE -S` prints it.
    func listing(_ table: FirewallTableName) -> String {
        let chains =
            rules.tables[table.rawValue] ?? Self.builtIn[table].map { $0.map { .init($0, policy: "ACCEPT") } } ?? []
        let own = chains.filter { $0.policy == nil }.sorted { $0.name < $1.name }
        let kernels = chains.filter { $0.policy != nil }
        var lines = kernels.map { "-P \($0.name) \($0.policy ?? "")" } + own.map { "-N \($0.name)" }
        for chain in kernels + own { lines += chain.rules.map { "-A \(chain.name) \($0)" } }
        return lines.map { $0 + "\n" }.joined()
    }
}
