import IPAddressing
import Testing

@testable import Explain

@Suite("Rules")
struct RuleTests {
    private static let nft = """
        table ip causeway {
        \tcomment "Causeway"
        \tset bridges {
        \t\ttype ifname
        \t\telements = { "docker0" comment "network, bridge" }
        \t}
        \tmap translations {
        \t\ttype ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
        \t\telements = { 198.51.100.2 . tcp . 8080 counter packets 7 bytes 420 comment "endpoint 3" : 172.17.0.2 . 80,
        \t\t\t     198.51.100.2 . udp . 53 : 172.17.0.3 . 53 }
        \t}
        \tset masqueraded {
        \t\ttype ifname . ipv4_addr
        \t\tflags interval
        \t\telements = { "docker0" . 172.17.0.0/16 comment "network bridge" }
        \t}
        \tset internal {
        \t\ttype ifname
        \t}
        \tchain from_networks {
        \t\tcomment "what leaves"
        \t\tiifname @internal counter packets 0 bytes 0 drop
        \t\taccept comment "open"
        \t}
        \tchain forward {
        \t\ttype filter hook forward priority filter; policy accept;
        \t\tiifname @bridges goto from_networks
        \t\tcounter packets 5 bytes 300 drop comment "the rest"
        \t}
        \tchain nat_prerouting {
        \t\ttype nat hook prerouting priority dstnat; policy accept;
        \t\tct status dnat accept
        \t\tdnat ip to ip daddr . meta l4proto . th dport map @translations comment "ports"
        \t}
        \tchain nat_postrouting {
        \t\ttype nat hook postrouting priority srcnat; policy accept;
        \t\tiifname . ip saddr @masqueraded masquerade comment "the way out"
        \t}
        }
        """
    private static let sets = RuleSet.all(in: nft)

    private func facts(
        _ source: String = "172.17.0.2", to destination: String = "198.51.100.2", from input: String = "docker0"
    ) -> PacketFacts {
        PacketFacts(
            input: input, output: "up0", source: IPAddress(source), destination: IPAddress(destination),
            protocolNumber: 6, sourcePort: 40000, destinationPort: 8080)
    }

    @Test func `sets and maps are read with values and counters, comments aside`() {
        #expect(Self.sets.map(\.name) == ["bridges", "translations", "masqueraded", "internal"])
        #expect(Self.sets[0].elements.map(\.text) == ["\"docker0\""])
        #expect(Self.sets[1].elements.map(\.value) == ["172.17.0.2 . 80", "172.17.0.3 . 53"])
        #expect(Self.sets[1].elements.map(\.packets) == [7, nil])
        #expect(Self.sets[3].elements == [])
    }

    @Test func `a listing has its ports, its way out and its policy`() {
        let listing = NftListing(Self.nft)
        #expect(listing.translations.map(\.chain) == ["ip causeway/nat_prerouting", "ip causeway/nat_postrouting"])
        #expect(listing.translations.map(\.number) == [2, 1])
        #expect(listing.published == ["172.17.0.2": ["8080→80/tcp"], "172.17.0.3": ["53→53/udp"]])
        #expect(listing.forwardRules.map(\.packets) == [0, nil, nil, 5])
        #expect(listing.forwardPolicy == "DROP (ip causeway/forward #2)")
    }

    @Test func `rules are a bridge's by the sets that it is in, and by the chains that those lead to`() {
        let listing = NftListing(Self.nft)
        let map = NetworkMap(
            forwarding: true, devices: [], bridges: [], routes: [], translations: listing.translations,
            forwardRules: listing.forwardRules, sets: listing.sets)
        #expect(
            map.rules(of: "docker0", .input).map(\.rule) == [
                "accept comment \"open\"", "iifname @bridges goto from_networks",
            ])
        #expect(map.rules(of: "brd0", .input) == [])
        #expect(map.wayOut(of: "docker0")?.chain == "ip causeway/nat_postrouting")
        #expect(map.wayOut(of: "brd0") == nil)
        #expect(map.forwardRules.filter { !map.isAlive($0) }.count == 1)
    }

    @Test(arguments: [
        ("iifname . ip saddr @masqueraded masquerade", true),
        ("iifname != \"docker0\" accept", false),
        ("iifname \"docker*\" oifname \"up0\" ip saddr 172.17.0.0/24 tcp dport 8000-8100 accept", true),
        ("ip daddr 203.0.113.0/24 drop", false),
        ("iifname @internal drop", false),
        ("iifname != @bridges drop", false),
        ("dnat ip to ip daddr . meta l4proto . th dport map @translations", true),
        ("-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE", true),
        ("-A POSTROUTING -s 172.17.0.0/16 ! -o up0 -j MASQUERADE", false),
        ("-A DOCKER -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80", true),
        ("-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80", false),
    ])
    func `conditions on addresses, devices and ports are judged`(rule: String, holds: Bool) {
        let match = RuleMatch(rule, in: "ip causeway", sets: Self.sets, facts())
        #expect(match.isPossible == holds)
        #expect(match.isCertain)
    }

    @Test func `what cannot be judged is said, and elements that were met are named`() {
        let state = RuleMatch("ct state established accept", in: "ip causeway", sets: Self.sets, facts())
        #expect(state.isPossible && !state.isCertain)
        let kind = RuleMatch(
            "-A POSTROUTING -o up0 -m addrtype --src-type LOCAL -j MASQUERADE", in: "nat", sets: [], facts())
        #expect(kind.isPossible && !kind.isCertain)
        let ports = RuleMatch(
            "dnat ip to ip daddr . meta l4proto . th dport map @translations", in: "ip causeway", sets: Self.sets,
            facts())
        #expect(ports.elements == ["@translations 198.51.100.2 . tcp . 8080 : 172.17.0.2 . 80"])
    }
}
