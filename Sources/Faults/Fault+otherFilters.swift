extension Fault {
    /// Filters and address translation, beyond the matrix.
    static let otherFilters: [Fault] = [
        Fault(
            "X50", "raw drops", inject: [Step(.host, "iptables -t raw -I PREROUTING -i docker0 -j DROP")],
            cause: ["rule 1 of PREROUTING drops"]),
        Fault(
            "X51", "mangle drops", inject: [Step(.host, "iptables -t mangle -A FORWARD -s 172.17.0.2 -j DROP")],
            cause: ["rule 1 of FORWARD drops"]),
        Fault(
            "X52", "mangle drops the answer",
            inject: [Step(.host, "iptables -t mangle -A PREROUTING -i up0 -p icmp -j DROP")],
            cause: ["the reply is dropped by PREROUTING, rule 1"]),
        Fault(
            "X53", "not tracked, so not translated",
            inject: [Step(.host, "iptables -t raw -I PREROUTING -s 172.17.0.2 -j CT --notrack")],
            cause: ["connection tracking is switched off"]),
        Fault(
            "X54", "rejected as prohibited",
            inject: [Step(.host, "iptables -I FORWARD -s 172.17.0.2 -j REJECT --reject-with icmp-admin-prohibited")],
            cause: ["rule 1 of FORWARD drops"]),
        Fault(
            "X55", "rejected with a reset", to: "203.0.113.8:80",
            inject: [Step(.host, "iptables -I FORWARD -s 172.17.0.2 -p tcp -j REJECT --reject-with tcp-reset")],
            cause: ["rule 1 of FORWARD drops"]),
        Fault(
            "X56", "a set of nftables",
            inject: [
                Step(
                    .host,
                    "nft add table inet lab; nft 'add set inet lab bad { type ipv4_addr; elements = { 203.0.113.8 }; }'; nft 'add chain inet lab before { type filter hook forward priority -5; }'; nft add rule inet lab before ip daddr @bad drop"
                )
            ], cause: ["rule 1 of inet lab"]),
        Fault(
            "X57", "a verdict map of nftables",
            inject: [
                Step(
                    .host,
                    "nft add table inet lab; nft 'add chain inet lab before { type filter hook forward priority 0; }'; nft add rule inet lab before 'ip daddr vmap { 203.0.113.8 : drop }'"
                )
            ], cause: ["rule 1 of inet lab"]),
        Fault(
            "X58", "a policy of nftables",
            inject: [
                Step(
                    .host,
                    "nft add table inet lab; nft 'add chain inet lab before { type filter hook forward priority 5; policy drop; }'"
                )
            ], cause: ["inet lab before's policy DROP"], remedy: .hint),
        Fault(
            "X59", "a rule ends before the masquerade",
            inject: [Step(.host, "iptables -t nat -I POSTROUTING -s 172.17.0.0/16 -j RETURN")],
            cause: ["rule 1 of POSTROUTING ends it before the masquerade"]),
        Fault(
            "X60", "a wrong source address",
            inject: [Step(.host, "iptables -t nat -I POSTROUTING -s 172.17.0.2 -j SNAT --to-source 198.51.100.99")],
            cause: ["rewritten to 198.51.100.99"]),
        Fault(
            "X61", "another destination",
            inject: [
                Step(
                    .host,
                    "iptables -t nat -I PREROUTING -s 172.17.0.2 -d 203.0.113.8 -j DNAT --to-destination 172.17.0.99")
            ], cause: ["rule 1 of PREROUTING sends it to 172.17.0.99"]),
        Fault(
            "X62", "published, the translation gone", from: "internet", to: "198.51.100.2:8080",
            inject: [Step(.host, "iptables -t nat -F DOCKER")],
            cause: ["port 8080 is published, but no rule translates it"]),
        Fault(
            "X63", "published, to another port", from: "internet", to: "198.51.100.2:8080",
            inject: [
                Step(.host, "iptables -t nat -I DOCKER -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:81")
            ], cause: ["rule 1 of DOCKER sends it to 172.17.0.2:81"]),
        Fault(
            "X64", "handed to a program that does not run",
            inject: [Step(.host, "iptables -I FORWARD -s 172.17.0.2 -j NFQUEUE --queue-num 7")],
            cause: ["rule 1 of FORWARD hands it to a program"]
        ).needing("iptables -t mangle -A INPUT -j NFQUEUE && iptables -t mangle -D INPUT -j NFQUEUE"),
        Fault(
            "X65", "a rule of iptables-legacy",
            inject: [Step(.host, "iptables-legacy -I FORWARD -s 172.17.0.2 -j DROP")],
            cause: ["rule 1 of FORWARD of iptables-legacy drops"], undo: [Step(.host, "iptables-legacy -F FORWARD")]
        ).needing("iptables-legacy -S"),
        Fault(
            "X66", "the host lets nothing in", to: "host",
            inject: [Step(.host, "iptables -A INPUT -i docker0 -j DROP")], cause: ["rule 1 of INPUT drops"]),
        Fault(
            "X67", "the host lets nothing out", from: "host", to: "red",
            inject: [Step(.host, "iptables -A OUTPUT -o docker0 -j DROP")], cause: ["rule 1 of OUTPUT drops"]),
        Fault(
            "X68", "red lets nothing in", inject: [Step(.red, "iptables -A INPUT -p icmp -j DROP")],
            cause: ["a firewall inside red"], undo: [Step(.red, "iptables -F")]),
        Fault(
            "X69", "blue lets nothing in", to: "blue", inject: [Step(.blue, "iptables -A INPUT -j DROP")],
            cause: ["a firewall inside blue"], undo: [Step(.blue, "iptables -F")]),
        Fault(
            "X70", "nftables in red rejects",
            inject: [
                Step(
                    .red,
                    "nft add table inet lab; nft 'add chain inet lab out { type filter hook output priority 0; }'; nft add rule inet lab out ip daddr 203.0.113.8 reject"
                )
            ], cause: ["a firewall inside red"], undo: [Step(.red, "nft delete table inet lab")]),
        Fault(
            "X71", "the time to live set to one",
            inject: [Step(.host, "iptables -t mangle -A PREROUTING -i docker0 -j TTL --ttl-set 1")],
            cause: ["rule 1 of PREROUTING lets the time to live run out"]),
        Fault(
            "X72", "redirected to nobody", to: "203.0.113.8:80",
            inject: [
                Step(.host, "iptables -t nat -I PREROUTING -i docker0 -p tcp --dport 80 -j REDIRECT --to-ports 3128")
            ], cause: ["rule 1 of PREROUTING sends it to 172.17.0.1:3128"]),
        Fault(
            "X73", "a limit of new connections",
            inject: [Step(.host, "iptables -I FORWARD -s 172.17.0.2 -m connlimit --connlimit-above 0 -j DROP")],
            cause: ["connection limit"]),
        Fault(
            "X74", "a rule of nftables at the very end",
            inject: [
                Step(
                    .host,
                    "nft add table inet lab; nft 'add chain inet lab before { type filter hook forward priority 2147483646; }'; nft add rule inet lab before ip saddr 172.17.0.2 drop"
                )
            ], cause: ["rule 1 of inet lab"]),
        Fault(
            "X75", "dropped on the way out",
            inject: [
                Step(
                    .host,
                    "nft add table inet lab; nft 'add chain inet lab before { type filter hook postrouting priority 0; }'; nft add rule inet lab before oifname up0 drop"
                )
            ], cause: ["rule 1 of inet lab"]),
    ]
}
