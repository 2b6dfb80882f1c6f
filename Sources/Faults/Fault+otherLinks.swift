extension Fault {
    /// Cables, bridges and their ports, beyond the matrix.
    static let otherLinks: [Fault] = [
        Fault(
            "X1", "the host end takes smaller packets", inject: [Step(.host, "ip link set $RED_VETH mtu 1000")],
            cause: ["port MTU is below the sender's"], undo: [Step(.host, "ip link set $RED_VETH mtu 1500")]),
        Fault(
            "X2", "both ports isolated", to: "blue",
            inject: [
                Step(.host, "bridge link set dev $RED_VETH isolated on; bridge link set dev $BLUE_VETH isolated on")
            ], cause: ["isolated from each other"],
            undo: [
                Step(.host, "bridge link set dev $RED_VETH isolated off; bridge link set dev $BLUE_VETH isolated off")
            ]),
        Fault(
            "X3", "broadcasts kept from blue's port", to: "blue",
            inject: [
                Step(.host, "bridge link set dev $BLUE_VETH bcast_flood off"), Step(.red, "ip neigh flush dev eth0"),
            ], cause: ["broadcasts are not flooded to blue's port"],
            undo: [Step(.host, "bridge link set dev $BLUE_VETH bcast_flood on")]),
        Fault(
            "X4", "blue's MAC pinned to red's port", to: "blue",
            inject: [Step(.host, "bridge fdb replace $BLUE_MAC dev $RED_VETH master static sticky")],
            cause: ["pins blue's MAC to red's port"],
            undo: [Step(.host, "bridge fdb del $BLUE_MAC dev $RED_VETH master")]),
        Fault(
            "X5", "docker0 down, asked by the host", from: "host", to: "red",
            inject: [Step(.host, "ip link set docker0 down")], cause: ["docker0 is administratively down"],
            undo: [Step(.host, "ip link set docker0 up")]),
        Fault(
            "X6", "eth0 of blue down", to: "blue", inject: [Step(.blue, "ip link set eth0 down")],
            cause: ["eth0 is down in blue"],
            undo: [Step(.blue, "ip link set eth0 up; ip route replace default via 172.17.0.1")]),
        Fault(
            "X7", "an ebtables rule drops", inject: [Step(.host, "ebtables -A INPUT -i $RED_VETH -j DROP")],
            cause: ["bridge rule 1 drops"], undo: [Step(.host, "ebtables -F")]
        ).needing("command -v ebtables"),
        Fault(
            "X8", "a bridge rule drops ARP", to: "blue",
            inject: [
                Step(
                    .host,
                    "nft add table bridge lab; nft 'add chain bridge lab early { type filter hook forward priority 0; }'; nft add rule bridge lab early ether type arp drop"
                ), Step(.red, "ip neigh flush dev eth0"),
            ], cause: ["drops ARP about 172.17.0.3"]),
        Fault(
            "X9", "arptables drops",
            inject: [Step(.host, "arptables -A INPUT -i docker0 -j DROP"), Step(.red, "ip neigh flush dev eth0")],
            cause: ["drops ARP about 172.17.0.1"], undo: [Step(.host, "arptables -F")]
        ).needing("command -v arptables"),
        Fault(
            "X10", "an egress hook drops",
            inject: [
                Step(
                    .host,
                    "nft add table netdev lab; nft 'add chain netdev lab late { type filter hook egress device up0 priority 0; }'; nft add rule netdev lab late drop"
                )
            ], cause: ["egress hook of up0 drops"]
        ).needing(
            "nft -c 'add table netdev t; add chain netdev t c { type filter hook egress device lo priority 0; }'"),
        Fault(
            "X11", "an ingress hook drops the answer",
            inject: [
                Step(
                    .host,
                    "nft add table netdev lab; nft 'add chain netdev lab early { type filter hook ingress device up0 priority 0; }'; nft add rule netdev lab early icmp type echo-reply drop"
                )
            ], cause: ["ingress hook of up0 drops"]),
        Fault(
            "X12", "a queue that drops all on the uplink", inject: [Step(.host, "tc qdisc add dev up0 root blackhole")],
            cause: ["qdisc drops on up0"], undo: [Step(.host, "tc qdisc del dev up0 root")]
        ).needing("tc qdisc add dev lo root blackhole && tc qdisc del dev lo root"),
        Fault(
            "X13", "no carrier at the other container", to: "blue",
            inject: [Step(.host, "ip link set $BLUE_VETH down")], cause: ["the host end of blue's cable is down"],
            undo: [Step(.host, "ip link set $BLUE_VETH up")]),
    ]
}
