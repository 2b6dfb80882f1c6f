extension Fault {
    /// Cables, bridges and their ports.
    static let links: [Fault] = [
        Fault(
            "L1", "docker0 set down", inject: [Step(.host, "ip link set docker0 down")],
            cause: ["docker0 is administratively down"], undo: [Step(.host, "ip link set docker0 up")]),
        Fault(
            "L2", "host end of red's cable down", inject: [Step(.host, "ip link set $RED_VETH down")],
            cause: ["the host end of red's cable is down"], undo: [Step(.host, "ip link set $RED_VETH up")]),
        Fault(
            "L3", "eth0 of red down", inject: [Step(.red, "ip link set eth0 down")], cause: ["eth0 is down in red"],
            undo: [Step(.red, "ip link set eth0 up; ip route replace default via 172.17.0.1")]),
        Fault(
            "L4", "cable pulled out of docker0", inject: [Step(.host, "ip link set $RED_VETH nomaster")],
            cause: ["not plugged into docker0"], undo: [Step(.host, "ip link set $RED_VETH master docker0")]),
        Fault(
            "L6", "no container at all", from: "docker0", to: "", inject: [],
            cause: ["normal: nothing is plugged in"], remedy: .hint, hasContainers: false),
        Fault(
            "L7", "bridge port disabled", inject: [Step(.host, "bridge link set dev $RED_VETH state 0")],
            cause: ["bridge port disabled"], undo: [Step(.host, "bridge link set dev $RED_VETH state 3")]),
        Fault(
            "L9", "spanning tree holds the port back",
            inject: [
                Step(
                    .host,
                    "ip link set docker0 type bridge forward_delay 1500 stp_state 1;"
                        + " ip link set $RED_VETH down; ip link set $RED_VETH up; sleep 0.1")
            ], cause: ["port still", "(STP)"],
            undo: [Step(.host, "ip link set docker0 type bridge stp_state 0 forward_delay 1500")]),
        Fault(
            "L10", "red's MAC pinned to blue's port",
            inject: [Step(.host, "bridge fdb replace $RED_MAC dev $BLUE_VETH master static sticky")],
            cause: ["forwarding database pins red's MAC to blue's port"],
            undo: [Step(.host, "bridge fdb del $RED_MAC dev $BLUE_VETH master")]),
        Fault(
            "L12", "unknown unicast not flooded", to: "blue",
            inject: [
                Step(
                    .host,
                    "bridge link set dev $BLUE_VETH flood off learning off;"
                        + " bridge fdb del $BLUE_MAC dev $BLUE_VETH master 2>&- || true")
            ], cause: ["unknown unicast is not flooded to blue's port"],
            undo: [Step(.host, "bridge link set dev $BLUE_VETH flood on learning on")]),
        Fault(
            "L14", "blue takes red's MAC",
            inject: [Step(.blue, "ip link set eth0 address $RED_MAC; ping -c1 -W1 172.17.0.1 >&- || true")],
            cause: ["duplicate MAC on docker0"], undo: [Step(.blue, "ip link set eth0 address $BLUE_MAC")]),
        Fault(
            "L15", "a bridge rule drops",
            inject: [
                Step(
                    .host,
                    "nft add table bridge lab; nft 'add chain bridge lab early { type filter hook prerouting priority 0; }';"
                        + " nft add rule bridge lab early ether saddr $RED_MAC drop")
            ], cause: ["bridge rule 1 drops"]),
        Fault(
            "L17", "an ingress hook drops",
            inject: [
                Step(
                    .host,
                    "nft add table netdev lab;"
                        + " nft \"add chain netdev lab early { type filter hook ingress device $RED_VETH priority 0; }\";"
                        + " nft add rule netdev lab early drop")
            ], cause: ["ingress hook of", "drops"]),
        Fault(
            "L19", "a queue drops",
            inject: [Step(.host, "tc qdisc add dev $RED_VETH root tbf rate 8bit burst 1 limit 1")],
            cause: ["qdisc drops on"], undo: [Step(.host, "tc qdisc del dev $RED_VETH root")]),
        Fault(
            "L21", "a port's MTU too small", to: "blue",
            inject: [Step(.host, "ip link set $BLUE_VETH mtu 1400"), Step(.blue, "ip link set eth0 mtu 1400")],
            cause: ["port MTU is below the sender's"],
            undo: [Step(.host, "ip link set $BLUE_VETH mtu 1500"), Step(.blue, "ip link set eth0 mtu 1500")]),
        Fault(
            "L22", "two ends of a VXLAN with different numbers", from: "host", to: "10.9.0.2",
            inject: [
                Step(
                    .host,
                    "ip link add vx0 type vxlan id 42 remote 198.51.100.1 dstport 4789 dev up0;"
                        + " ip addr add 10.9.0.1/24 dev vx0; ip link set vx0 up"),
                Step(
                    .internet,
                    "ip link add vx0 type vxlan id 43 remote 198.51.100.2 dstport 4789 dev isp0;"
                        + " ip addr add 10.9.0.2/24 dev vx0; ip link set vx0 up"),
            ], cause: ["VNI mismatch"], undo: [Step(.host, "ip link del vx0"), Step(.internet, "ip link del vx0")],
            remedy: .hint
        ).needing("ip link add vxtry type vxlan id 9 dstport 4789 && ip link del vxtry"),
        Fault(
            "L23", "a macvlan asks its parent", to: "198.51.100.2", inject: [],
            cause: ["a macvlan cannot reach its parent"],
            remedy: .hint, redOptions: "--network lan"
        ).after([
            Step(
                .host,
                "$CAUSEWAY network inspect lan >/dev/null 2>&1 || $CAUSEWAY network create -d macvlan -o parent=up0"
                    + " --subnet 198.51.100.0/24 --ip-range 198.51.100.64/26 --gateway 198.51.100.1 lan >/dev/null")
        ]),
    ]
}
