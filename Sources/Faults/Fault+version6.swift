extension Fault {
    /// IPv6, on a network of its own.
    static let version6: [Fault] = [
        Fault(
            "V73", "IPv6 forwarding off", to: "2001:db8:113::8",
            inject: [Step(.host, "sysctl -qw net.ipv6.conf.all.forwarding=0")], cause: ["IPv6 forwarding is off"],
            undo: [
                Step(
                    .host,
                    "sysctl -qw net.ipv6.conf.all.forwarding=1; ip -6 route replace default via 2001:db8:51::1 dev up0")
            ], redOptions: "--network six"
        ).after([
            Step(
                .host,
                "$CAUSEWAY network inspect six >/dev/null 2>&1 || $CAUSEWAY network create --ipv6 --subnet 172.26.0.0/16 --subnet fd00:6::/64 six >/dev/null"
            )
        ]),
        Fault(
            "V74a", "no NAT66", to: "2001:db8:113::8", inject: [Step(.host, "ip6tables -t nat -F POSTROUTING")],
            cause: ["masquerade missing for IPv6 (NAT66)"], redOptions: "--network six"
        ).after([
            Step(
                .host,
                "$CAUSEWAY network inspect six >/dev/null 2>&1 || $CAUSEWAY network create --ipv6 --subnet 172.26.0.0/16 --subnet fd00:6::/64 six >/dev/null"
            )
        ]),
        Fault(
            "V74b", "no IPv6 default route in red", to: "2001:db8:113::8",
            inject: [Step(.red, "ip -6 route del default")], cause: ["no default route in red"],
            undo: [Step(.red, "ip -6 route replace default via fd00:6::1")], redOptions: "--network six"
        ).after([
            Step(
                .host,
                "$CAUSEWAY network inspect six >/dev/null 2>&1 || $CAUSEWAY network create --ipv6 --subnet 172.26.0.0/16 --subnet fd00:6::/64 six >/dev/null"
            )
        ]),
        Fault(
            "V74c", "IPv6 switched off in red", to: "2001:db8:113::8",
            inject: [Step(.red, "sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1")],
            cause: ["IPv6 is switched off on red's eth0 (disable_ipv6)"],
            undo: [Step(.red, "sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0")], remedy: .hint,
            redOptions: "--network six"
        ).after([
            Step(
                .host,
                "$CAUSEWAY network inspect six >/dev/null 2>&1 || $CAUSEWAY network create --ipv6 --subnet 172.26.0.0/16 --subnet fd00:6::/64 six >/dev/null"
            )
        ]),
        Fault(
            "V74d", "neighbour solicitations filtered", to: "2001:db8:113::8",
            inject: [
                Step(
                    .host,
                    "nft add table inet lab; nft 'add chain inet lab early { type filter hook input priority -5; }'; nft add rule inet lab early iifname != up0 icmpv6 type nd-neighbor-solicit drop"
                ), Step(.red, "ip -6 neigh flush dev eth0"),
            ], cause: ["drops neighbour discovery about fd00:6::1"], redOptions: "--network six"
        ).after([
            Step(
                .host,
                "$CAUSEWAY network inspect six >/dev/null 2>&1 || $CAUSEWAY network create --ipv6 --subnet 172.26.0.0/16 --subnet fd00:6::/64 six >/dev/null"
            )
        ]),
        Fault(
            "X90", "ip6tables drops", to: "2001:db8:113::8", inject: [Step(.host, "ip6tables -I FORWARD -j DROP")],
            cause: ["rule 1 of FORWARD drops"], redOptions: "--network six"
        ).after([
            Step(
                .host,
                "$CAUSEWAY network inspect six >/dev/null 2>&1 || $CAUSEWAY network create --ipv6 --subnet 172.26.0.0/16 --subnet fd00:6::/64 six >/dev/null"
            )
        ]),
    ]
}
