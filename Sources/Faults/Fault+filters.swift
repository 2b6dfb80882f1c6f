extension Fault {
    private static func forwardChain(_ priority: String) -> Step {
        Step(
            .host,
            "nft add table inet lab; nft 'add chain inet lab before { type filter hook forward priority \(priority); }';"
                + " nft add rule inet lab before iifname docker0 drop")
    }

    /// Filters and address translation.
    static let filters: [Fault] = [
        Fault(
            "N47", "FORWARD flushed", inject: [Step(.host, "iptables -F FORWARD")],
            cause: ["FORWARD's policy DROP decided", "the accept rule is missing"]),
        Fault(
            "N48a", "DOCKER-USER drops", inject: [Step(.host, "iptables -I DOCKER-USER -j DROP")],
            cause: ["rule 1 of DOCKER-USER", "user's own"]),
        Fault(
            "N48b", "DOCKER-USER rejects", inject: [Step(.host, "iptables -I DOCKER-USER -s 172.17.0.2 -j REJECT")],
            cause: ["rule 1 of DOCKER-USER", "user's own"]),
        Fault(
            "N49", "replies not let in",
            inject: [
                Step(
                    .host,
                    "while iptables -D FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT 2>&-;"
                        + " do :; done")
            ], cause: ["the reply is dropped by FORWARD"]),
        Fault(
            "N50a", "another table drops before", inject: [forwardChain("-10")],
            cause: ["rule 1 of inet lab", "an accept elsewhere is not final"]),
        Fault(
            "N50b", "another table drops after", inject: [forwardChain("10")],
            cause: ["rule 1 of inet lab", "an accept elsewhere is not final"]),
        Fault(
            "N52a", "nat POSTROUTING flushed", inject: [Step(.host, "iptables -t nat -F POSTROUTING")],
            cause: ["masquerade missing"]),
        Fault(
            "N52b", "masquerade for another uplink",
            inject: [
                Step(
                    .host,
                    "iptables -t nat -F POSTROUTING;"
                        + " iptables -t nat -A POSTROUTING -s 172.17.0.0/16 -o eth9 -j MASQUERADE")
            ], cause: ["masquerade", "not for up0"]),
        Fault(
            "N54", "no traffic between containers", to: "blue",
            inject: [
                Step(
                    .host,
                    "sysctl -qw net.bridge.bridge-nf-call-iptables=1;"
                        + " iptables -I FORWARD -i docker0 -o docker0 -j DROP")
            ],
            cause: ["inter-container traffic is off on docker0"]),
        Fault(
            "N57", "a firewall inside red", inject: [Step(.red, "iptables -A OUTPUT -j DROP")],
            cause: ["a firewall inside red"], undo: [Step(.red, "iptables -F OUTPUT")]),
        Fault(
            "N59", "connection limit reached",
            inject: [
                Step(
                    .host,
                    "nft add table inet lab; nft 'add chain inet lab before { type filter hook forward priority 5; }';"
                        + " nft add rule inet lab before ct count over 1 drop"),
                Step(.red, "ping -c1 -W1 203.0.113.8 >&- || true; ping -c1 -W1 203.0.113.8 >&- || true"),
            ], cause: ["connection limit", "table full"]),
        Fault(
            "N55", "the answer bypasses the translation", from: "blue", to: "198.51.100.2:8080",
            inject: [
                Step(
                    .host,
                    "sysctl -qw net.bridge.bridge-nf-call-iptables=0;"
                        + " iptables -t nat -D POSTROUTING -s 172.17.0.0/16 -o docker0 -m conntrack --ctstate DNAT -j MASQUERADE"
                )
            ],
            cause: ["the reply bypasses un-DNAT"],
            undo: [Step(.host, "sysctl -qw net.bridge.bridge-nf-call-iptables=1")]),
        Fault(
            "N56", "a container of another network", to: "green", inject: [],
            cause: ["the networks are isolated; join one"], remedy: .hint
        ).after([
            Step(
                .host,
                "$CAUSEWAY network inspect other >/dev/null 2>&1 || $CAUSEWAY network create --subnet 172.27.0.0/16 other >/dev/null; $CAUSEWAY rm -f green >/dev/null 2>&1; $CAUSEWAY run -d --name green --network other busybox sleep 600 >/dev/null"
            )
        ]),
    ]
}
