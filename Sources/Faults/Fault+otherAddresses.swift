extension Fault {
    /// Addresses, neighbours and routes, beyond the matrix.
    static let otherAddresses: [Fault] = [
        Fault(
            "X20", "a blackhole in red", inject: [Step(.red, "ip route add blackhole 203.0.113.0/24")],
            cause: ["blackhole 203.0.113.0/24", "on red"], undo: [Step(.red, "ip route del blackhole 203.0.113.0/24")]),
        Fault(
            "X21", "a routing rule in red prohibits", inject: [Step(.red, "ip rule add to 203.0.113.8 prohibit")],
            cause: ["the routing rule", "prohibit", "on red"], undo: [Step(.red, "ip rule del to 203.0.113.8 prohibit")]
        ),
        Fault(
            "X22", "a routing rule leads to a blackhole",
            inject: [
                Step(.host, "ip rule add from 172.17.0.0/16 lookup 100; ip route add blackhole default table 100")
            ], cause: ["blackhole default table 100"],
            undo: [Step(.host, "ip rule del from 172.17.0.0/16 lookup 100; ip route flush table 100")]),
        Fault(
            "X23", "a routing rule leads to a dead next hop",
            inject: [
                Step(
                    .host, "ip rule add from 172.17.0.0/16 lookup 100; ip route add default via 198.51.100.77 table 100"
                )
            ], cause: ["the next hop 198.51.100.77 does not answer"],
            undo: [Step(.host, "ip rule del from 172.17.0.0/16 lookup 100; ip route flush table 100")], remedy: .hint),
        Fault(
            "X24", "red takes the internet for its link", inject: [Step(.red, "ip route add 203.0.113.0/24 dev eth0")],
            cause: ["nobody on docker0 has 203.0.113.8"], undo: [Step(.red, "ip route del 203.0.113.0/24 dev eth0")],
            remedy: .hint),
        Fault(
            "X25", "red sends with a foreign address",
            inject: [
                Step(.red, "ip addr add 10.9.9.9/32 dev eth0; ip route replace default via 172.17.0.1 src 10.9.9.9")
            ], cause: ["red does not send as itself"],
            undo: [
                Step(
                    .red,
                    "ip addr flush dev eth0; ip addr add 172.17.0.2/16 dev eth0; ip neigh flush dev eth0 nud all; ip route replace default via 172.17.0.1"
                )
            ], remedy: .hint),
        Fault(
            "X26", "one address twice", inject: [Step(.blue, "ip addr add 172.17.0.2/16 dev eth0")],
            cause: ["duplicate address 172.17.0.2 on docker0"],
            undo: [Step(.blue, "ip addr del 172.17.0.2/16 dev eth0")], remedy: .hint),
        Fault(
            "X27", "a tunnel in red covers the destination",
            inject: [
                Step(.red, "ip tuntap add tun0 mode tun; ip link set tun0 up; ip route add 203.0.113.0/24 dev tun0")
            ], cause: ["overlap with tun0's route"], undo: [Step(.red, "ip link del tun0")]),
        Fault(
            "X28", "a wrong neighbour on the host",
            inject: [Step(.host, "ip neigh replace 172.17.0.2 lladdr 02:00:00:00:00:99 nud permanent dev docker0")],
            cause: ["stale MAC of red in host"], undo: [Step(.host, "ip neigh del 172.17.0.2 dev docker0")]),
        Fault(
            "X29", "ARP off in blue", to: "blue",
            inject: [Step(.blue, "ip link set eth0 arp off"), Step(.red, "ip neigh flush dev eth0")],
            cause: ["ARP is disabled on blue's eth0"], undo: [Step(.blue, "ip link set eth0 arp on")]),
        Fault(
            "X30", "blue has no way back", to: "blue",
            inject: [Step(.blue, "ip addr flush dev eth0; ip addr add 172.17.0.3/32 dev eth0")],
            cause: ["outside blue's prefix 172.17.0.3/32"],
            undo: [
                Step(
                    .blue,
                    "ip addr flush dev eth0; ip addr add 172.17.0.3/16 dev eth0; ip route replace default via 172.17.0.1"
                )
            ]),
        Fault(
            "X31", "a blackhole in blue", to: "blue", inject: [Step(.blue, "ip route add blackhole 172.17.0.2/32")],
            cause: ["blackhole 172.17.0.2", "on blue"], undo: [Step(.blue, "ip route del blackhole 172.17.0.2/32")]),
        Fault(
            "X32", "the uplink does not forward answers",
            inject: [Step(.host, "sysctl -qw net.ipv4.conf.up0.forwarding=0")], cause: ["forwarding is off on up0"],
            undo: [Step(.host, "sysctl -qw net.ipv4.conf.up0.forwarding=1")]),
        Fault(
            "X34", "a default route by nobody", inject: [Step(.host, "ip route replace default via 198.51.100.77")],
            cause: ["the next hop 198.51.100.77 does not answer"],
            undo: [Step(.host, "ip route replace default via 198.51.100.1 dev up0")], remedy: .hint),
        Fault(
            "X35", "the uplink set down", inject: [Step(.host, "ip link set up0 down")],
            cause: ["no default route on the host: up0 is down"],
            undo: [
                Step(
                    .host,
                    "ip link set up0 up; ip addr replace 2001:db8:51::2/64 dev up0 nodad;"
                        + " ip route replace default via 198.51.100.1 dev up0;"
                        + " ip -6 route replace default via 2001:db8:51::1 dev up0")
            ], remedy: .hint),
        Fault(
            "X36", "a blackhole for red, asked by the host", from: "host", to: "red",
            inject: [Step(.host, "ip route add blackhole 172.17.0.2/32")], cause: ["blackhole 172.17.0.2"],
            undo: [Step(.host, "ip route del blackhole 172.17.0.2/32")]),
        Fault(
            "X37", "ARP off on docker0",
            inject: [Step(.host, "ip link set docker0 arp off"), Step(.red, "ip neigh flush dev eth0")],
            cause: ["ARP is disabled on host's docker0"], undo: [Step(.host, "ip link set docker0 arp on")]),
        Fault(
            "X38", "half of the internet into a tunnel",
            inject: [
                Step(.host, "ip tuntap add tun0 mode tun; ip link set tun0 up; ip route add 128.0.0.0/1 dev tun0")
            ], cause: ["overlap with tun0's route"], undo: [Step(.host, "ip link del tun0")]),
        Fault(
            "X39", "packets that die on the first hop", inject: [Step(.red, "sysctl -qw net.ipv4.ip_default_ttl=1")],
            cause: ["time to live"], undo: [Step(.red, "sysctl -qw net.ipv4.ip_default_ttl=64")]),
        Fault(
            "X40", "an IPsec policy blocks",
            inject: [Step(.host, "ip xfrm policy add src 172.17.0.0/16 dst 203.0.113.0/24 dir fwd action block")],
            cause: ["an IPsec policy stops it"], undo: [Step(.host, "ip xfrm policy flush")]
        ).needing("ip xfrm policy list"),
        Fault(
            "X41", "no address in blue", to: "blue", inject: [Step(.blue, "ip addr flush dev eth0")],
            cause: ["blue has no address"],
            undo: [Step(.blue, "ip addr add 172.17.0.3/16 dev eth0; ip route replace default via 172.17.0.1")],
            remedy: .hint),
        Fault(
            "X42", "a routing rule of the host refuses",
            inject: [Step(.host, "ip rule add from 172.17.0.2 unreachable pref 5")],
            cause: ["the routing rule", "unreachable"], undo: [Step(.host, "ip rule del pref 5")]),
        Fault(
            "X43", "red in another subnet",
            inject: [
                Step(
                    .red,
                    "ip addr flush dev eth0; ip addr add 172.31.0.2/16 dev eth0; ip route add 172.17.0.1 dev eth0; ip route add default via 172.17.0.1"
                )
            ], cause: ["red does not send as itself"],
            undo: [
                Step(
                    .red,
                    "ip addr flush dev eth0; ip addr add 172.17.0.2/16 dev eth0; ip neigh flush dev eth0 nud all; ip route replace default via 172.17.0.1"
                )
            ], remedy: .hint),
    ]
}
