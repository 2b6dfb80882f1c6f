import Firewall
import Glibc
import IPAddressing
import NFTables
import Netlink
import SystemCalls
import Testing

private let isRoot = getuid() == 0

/// The scenarios that have a golden `nft -s list ruleset`.
enum NFTablesScenario: String, CaseIterable, CustomTestStringConvertible {
    case empty
    case oneNetwork = "one-network"
    case publishedPort = "published-port"
    case iccOff = "icc-off"
    case `internal`
    case routed
    case ipv6

    var testDescription: String { rawValue }

    var intent: FirewallIntent {
        let port = Scenario.port(.tcp, "0.0.0.0", 8080, "172.17.0.2", 80)
        let local = Scenario.port(.udp, "127.0.0.1", 5353, "172.17.0.3", 53)
        var network = Scenario.docker0()
        switch self {
        case .empty: return FirewallIntent()
        case .oneNetwork: break
        case .publishedPort: network.publishedPorts = [port, local]
        case .iccOff:
            network.icc = false
            network.links = [
                LinkFirewall(
                    client: .v4(IPv4Address(172, 17, 0, 3)), server: .v4(IPv4Address(172, 17, 0, 2)), transport: .tcp,
                    port: 6379)
            ]
        case .internal: return FirewallIntent(networks: [network, Scenario.second(internal: true)])
        case .routed:
            network.gatewayModeIPv4 = .routed
            network.trustedInterfaces = ["wg0"]
            network.publishedPorts = [port]
        case .ipv6:
            network.subnets += ["fd88:1::/64"].compactMap { IPPrefix($0) }
            network.publishedPorts = [port, Scenario.port(.tcp, "::", 8080, "fd88:1::2", 80)]
        }
        return FirewallIntent(networks: [network])
    }

    private var file: String {
        "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Golden/nft-\(rawValue).txt"
    }

    func golden() throws -> String { try FileSystem.readText(file) }

    /// With `CAUSEWAY_UPDATE_GOLDEN=1` a listing becomes the golden one, to be looked at before it is committed.
    func update(_ listing: String) throws {
        if unsafe getenv("CAUSEWAY_UPDATE_GOLDEN") == nil { return }
        try FileSystem.replace(file, Array(listing.utf8))
    }
}

@Suite("The nftables back end", .enabled(if: isRoot, "needs root"))
struct NFTablesBackendTests {
    /// A network namespace without anything in it.
    private final class Host {
        let path = "/tmp/t-nft-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let namespace: NetworkNamespace

        init() throws {
            _ = try NetworkNamespace.make(at: path)
            namespace = try NetworkNamespace(path: path)
        }

        deinit { try? NetworkNamespace.remove(at: path) }

        @discardableResult
        func nft(_ arguments: String...) throws -> String {
            let output = try ChildProcess.run(
                ChildRequest("/usr/sbin/nft", arguments, networkNamespace: namespace))
            #expect(output.status.isSuccess, "\(arguments): \(output.errorText)")
            return output.text
        }

        func backend() throws -> NFTablesBackend { NFTablesBackend(keeper: try NFTablesKeeper(in: namespace)) }
    }

    @Test(arguments: NFTablesScenario.allCases)
    func `nft lists the golden ruleset, and a second apply does nothing`(scenario: NFTablesScenario) async throws {
        let host = try Host()
        let backend = try host.backend()
        #expect(try await !backend.plan(scenario.intent).isEmpty)
        #expect(try await !backend.apply(scenario.intent).isEmpty)
        let listing = try host.nft("-s", "list", "ruleset")
        try scenario.update(listing)
        #expect(try listing == scenario.golden())
        #expect(try await backend.apply(scenario.intent).isEmpty)
        #expect(try await host.backend().apply(scenario.intent).isEmpty, "a later daemon's first look")
        #expect(try await host.backend().isPresent())
        try await backend.removeEverything()
        #expect(try host.nft("list", "ruleset") == "")
        #expect(try await !host.backend().isPresent())
    }

    @Test func `what a change says, nft can read`() async throws {
        for scenario in NFTablesScenario.allCases {
            let host = try Host()
            let change = try await host.backend().plan(scenario.intent)
            let file = host.path + ".nft"
            try FileSystem.replace(file, Array(change.description.utf8))
            defer { try? FileSystem.removeFile(file) }
            try host.nft("-f", file)
            #expect(try host.nft("-s", "list", "chain", "ip", "causeway", "to_networks").contains("published ports"))
        }
    }

    @Test(arguments: NFTablesScenario.allCases)
    func `from any scenario to any other`(scenario: NFTablesScenario) async throws {
        let host = try Host()
        let backend = try host.backend()
        for other in NFTablesScenario.allCases {
            try await backend.apply(other.intent)
            try await backend.apply(scenario.intent)
            #expect(try host.nft("-s", "list", "ruleset") == scenario.golden())
        }
    }

    @Test func `one port more is two elements, whatever there is`() async throws {
        let host = try Host()
        let backend = try host.backend()
        let ports = (0..<1000).map { Scenario.port(.tcp, "0.0.0.0", UInt16(20000 + $0), "172.17.0.2", UInt16(1 + $0)) }
        try await backend.apply(FirewallIntent(networks: [Scenario.docker0(ports: ports)]))
        let more = Scenario.port(.tcp, "0.0.0.0", 8080, "172.17.0.3", 80)
        let change = try await backend.apply(FirewallIntent(networks: [Scenario.docker0(ports: ports + [more])]))
        #expect(
            change.lines == [
                "add element ip causeway published_ports "
                    + "{ \"docker0\" . 172.17.0.3 . tcp . 80 comment \"endpoint cccccccccccc\" }",
                "add element ip causeway translations_any_address "
                    + "{ tcp . 8080 comment \"endpoint cccccccccccc\" : 172.17.0.3 . 80 }",
            ])
        #expect(
            try await host.backend().apply(FirewallIntent(networks: [Scenario.docker0(ports: ports)])).lines.count == 2)
    }

    @Test func `what somebody broke is mended, and the user's chain stays`() async throws {
        let host = try Host()
        let backend = try host.backend()
        let scenario = NFTablesScenario.publishedPort
        try await backend.apply(scenario.intent)
        try host.nft("flush", "chain", "ip", "causeway", "forward")
        try host.nft("delete", "element", "ip", "causeway", "bridges", "{ \"docker0\" }")
        try await backend.apply(scenario.intent)
        #expect(try host.nft("-s", "list", "ruleset") == scenario.golden())
        try host.nft("flush", "ruleset")
        try await backend.apply(scenario.intent)
        #expect(try host.nft("-s", "list", "ruleset") == scenario.golden())

        try host.nft("add", "rule", "ip", "causeway", "DOCKER-USER", "ip", "saddr", "198.51.100.1", "drop")
        #expect(try await backend.apply(scenario.intent).isEmpty)
        // A set of another shape: the table is made anew around the user's chain.
        try host.nft("add", "set", "ip", "causeway", "foreign", "{ type ipv4_addr; }")
        #expect(try await !backend.apply(scenario.intent).isEmpty)
        #expect(try host.nft("list", "chain", "ip", "causeway", "DOCKER-USER").contains("198.51.100.1 drop"))
        #expect(try host.nft("list", "sets").contains("foreign") == false)
        try await backend.removeEverything()
        let rest = try host.nft("list", "ruleset")
        #expect(rest.contains("198.51.100.1 drop"))
        #expect(!rest.contains("to_networks"))
    }

    @Test func `a refusal names the element, and nothing is changed`() async throws {
        let host = try Host()
        let backend = try host.backend()
        try await backend.apply(NFTablesScenario.oneNetwork.intent)
        let before = try host.nft("-s", "list", "ruleset")
        let keeper = try NFTablesKeeper(in: host.namespace)
        let table = NFTablesTable(
            .ip, "mine", comment: "", sets: [],
            chains: [NFTablesChain("one", rules: [NFTablesRule(.verdict(.jump("none")), comment: "")])])
        let refusal = #expect(throws: NetlinkError.self) { try keeper.apply([table]) }
        #expect(refusal?.purpose == "add rule ip mine one jump none")
        #expect(refusal?.errno == .noEntry)
        #expect(try host.nft("-s", "list", "ruleset") == before)
    }
}
