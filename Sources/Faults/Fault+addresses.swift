extension Fault {
    private static let restoreRed = Step(
        .red,
        "ip addr flush dev eth0; ip addr add 172.17.0.2/16 dev eth0; ip neigh flush dev eth0 nud all;"
            + " ip route replace default via 172.17.0.1")
    private static let restoreTunnel = Step(.host, "ip link del tun0")
    private static let makeTunnel = "ip tuntap add tun0 mode tun; ip link set tun0 up; "

    /// Addresses, neighbours and routes.
    static let addresses: [Fault] = [
        Fault(
            "A26", "gateway outside red's prefix",
            inject: [Step(.red, "ip addr flush dev eth0; ip addr add 172.17.0.2/31 dev eth0")],
            cause: ["gateway", "outside red's prefix"], undo: [restoreRed]),
        Fault(
            "A27", "no default route in red", inject: [Step(.red, "ip route del default")],
            cause: ["no default route in red"], undo: [restoreRed]),
        Fault(
            "A28", "default route by an address that nobody has",
            inject: [Step(.red, "ip route replace default via 172.17.0.254")],
            cause: ["nobody owns the gateway 172.17.0.254"], undo: [restoreRed]),
        Fault(
            "A30", "ARP off in red", inject: [Step(.red, "ip link set eth0 arp off")],
            cause: ["ARP is disabled on red's eth0"], undo: [Step(.red, "ip link set eth0 arp on")]),
        Fault(
            "A31", "a wrong neighbour set for good",
            inject: [Step(.red, "ip neigh replace 172.17.0.1 lladdr 02:00:00:00:00:99 nud permanent dev eth0")],
            cause: ["stale gateway MAC in red"], undo: [restoreRed]),
        Fault(
            "A33", "the host answers no ARP",
            inject: [
                Step(.host, "sysctl -qw net.ipv4.conf.all.arp_ignore=8"), Step(.red, "ip neigh flush dev eth0"),
            ], cause: ["the host refuses ARP"], undo: [Step(.host, "sysctl -qw net.ipv4.conf.all.arp_ignore=0")]),
        Fault(
            "A34a", "docker0's address missing",
            inject: [Step(.host, "ip addr flush dev docker0"), Step(.red, "ip neigh flush dev eth0")],
            cause: ["the gateway address is missing on docker0"],
            undo: [Step(.host, "ip addr replace 172.17.0.1/16 brd + dev docker0")]),
        Fault(
            "A34b", "docker0 with another address",
            inject: [
                Step(.host, "ip addr flush dev docker0; ip addr add 172.30.0.1/16 dev docker0"),
                Step(.red, "ip neigh flush dev eth0"),
            ], cause: ["the gateway address is missing on docker0"],
            undo: [Step(.host, "ip addr flush dev docker0; ip addr add 172.17.0.1/16 brd + dev docker0")]),
        Fault(
            "A37a", "a VPN's route covers the destination",
            inject: [Step(.host, makeTunnel + "ip route add 203.0.113.0/24 dev tun0")],
            cause: ["overlap with tun0's route"], undo: [restoreTunnel]),
        Fault(
            "A37b", "a VPN's route covers the containers",
            inject: [Step(.host, makeTunnel + "ip route add 172.17.0.0/24 dev tun0")],
            cause: ["overlap with tun0's route"], undo: [restoreTunnel]),
        Fault(
            "A38a", "forwarding off", inject: [Step(.host, "sysctl -qw net.ipv4.ip_forward=0")],
            cause: ["forwarding is off"], undo: [Step(.host, "sysctl -qw net.ipv4.ip_forward=1")]),
        Fault(
            "A38b", "forwarding off on docker0", inject: [Step(.host, "sysctl -qw net.ipv4.conf.docker0.forwarding=0")],
            cause: ["forwarding is off"], undo: [Step(.host, "sysctl -qw net.ipv4.conf.docker0.forwarding=1")]),
        Fault(
            "A39", "strict reverse path filter",
            inject: [
                Step(
                    .host,
                    "sysctl -qw net.ipv4.conf.docker0.rp_filter=1;"
                        + " ip route add 172.17.0.2/32 via 198.51.100.1 dev up0")
            ], cause: ["reverse path leaves by up0 (rp_filter)"],
            undo: [Step(.host, "sysctl -qw net.ipv4.conf.docker0.rp_filter=0; ip route del 172.17.0.2/32")]),
        Fault(
            "A41a", "a blackhole route", inject: [Step(.host, "ip route add blackhole 203.0.113.0/24")],
            cause: ["blackhole 203.0.113.0/24"], undo: [Step(.host, "ip route del blackhole 203.0.113.0/24")]),
        Fault(
            "A41b", "an unreachable route", inject: [Step(.host, "ip route add unreachable 203.0.113.0/24")],
            cause: ["unreachable 203.0.113.0/24"], undo: [Step(.host, "ip route del unreachable 203.0.113.0/24")]),
        Fault(
            "A41c", "a prohibit route", inject: [Step(.host, "ip route add prohibit 203.0.113.0/24")],
            cause: ["prohibit 203.0.113.0/24"], undo: [Step(.host, "ip route del prohibit 203.0.113.0/24")]),
        Fault(
            "A41d", "no default route on the host", inject: [Step(.host, "ip route del default")],
            cause: ["no default route on the host"],
            undo: [Step(.host, "ip route replace default via 198.51.100.1 dev up0")], remedy: .hint),
        Fault(
            "A43", "the uplink's far end down", inject: [Step(.internet, "ip link set isp0 down")],
            cause: ["the uplink lost its carrier"],
            undo: [
                // A device that is set down loses its IPv6 addresses.
                Step(.internet, "ip link set isp0 up; ip addr replace 2001:db8:51::1/64 dev isp0 nodad")
            ], remedy: .upstream),
        Fault(
            "A44", "a silent next hop",
            inject: [Step(.internet, "ip link set isp0 arp off"), Step(.host, "ip neigh flush dev up0")],
            cause: ["the next hop 198.51.100.1 does not answer"],
            undo: [Step(.internet, "ip link set isp0 arp on"), Step(.host, "ip neigh flush dev up0")],
            remedy: .upstream),
        Fault(
            "A45", "no way back upstream", inject: [Step(.internet, "ip route add blackhole 198.51.100.2/32")],
            cause: ["upstream: sent and masqueraded, nothing returns"],
            undo: [Step(.internet, "ip route del blackhole 198.51.100.2/32")], remedy: .upstream),
    ]
}
