extension Fault {
    /// Servers, published ports, sizes and names.
    static let services: [Fault] = [
        Fault(
            "S61", "nothing listens", from: "host", to: "red:80", inject: [], cause: ["nothing listens on 80 in red"],
            remedy: .hint, redCommand: "sleep 600"),
        Fault(
            "S62", "bound to loopback", from: "host", to: "red:80", inject: [],
            cause: ["red's server is bound to 127.0.0.1", "bind 0.0.0.0"], remedy: .hint,
            redCommand: "httpd -f -p 127.0.0.1:80"),
        Fault(
            "S64", "published, not admitted", from: "internet", to: "198.51.100.2:8080",
            inject: [Step(.host, "iptables -F DOCKER")], cause: ["published, but not admitted by DOCKER"]),
        Fault(
            "S69", "a smaller MTU on the uplink", inject: [Step(.host, "ip link set up0 mtu 1400")],
            cause: ["path MTU 1400"], undo: [Step(.host, "ip link set up0 mtu 1500")]),
        Fault(
            "S70", "a resolver on the host's loopback", to: "example.test", inject: [],
            cause: ["resolver is a loopback address of the host"], remedy: .hint, redOptions: "--dns 127.0.0.53"),
        Fault(
            "S72", "the target ignores ping",
            inject: [Step(.internet, "sysctl -qw net.ipv4.icmp_echo_ignore_all=1")],
            cause: ["the target ignores ping", "try TCP"],
            undo: [Step(.internet, "sysctl -qw net.ipv4.icmp_echo_ignore_all=0")], remedy: .hint),
        Fault(
            "S65", "no hairpin", to: "198.51.100.2:8080",
            inject: [Step(.host, "bridge link set dev $RED_VETH hairpin off")], cause: ["hairpin is off"],
            undo: [Step(.host, "bridge link set dev $RED_VETH hairpin on")]),
        Fault(
            "S66", "loopback not routed", from: "host", to: "127.0.0.1:8080",
            inject: [Step(.host, "sysctl -qw net.ipv4.conf.docker0.route_localnet=0")],
            cause: ["route_localnet is off"], undo: [Step(.host, "sysctl -qw net.ipv4.conf.docker0.route_localnet=1")]),
        Fault(
            "S69b", "a smaller path MTU whose ICMP is filtered",
            inject: [
                Step(
                    .internet,
                    "ip link set isp0 mtu 1400; iptables -A OUTPUT -p icmp --icmp-type fragmentation-needed -j DROP")
            ], cause: ["ICMP is filtered"], undo: [Step(.internet, "ip link set isp0 mtu 1500; iptables -F OUTPUT")],
            remedy: .upstream),
        Fault(
            "O77", "a namespace whose name is gone", from: "map", to: "",
            inject: [
                Step(
                    .host,
                    "ip link add lost0 type veth peer name eth0; unshare -n sleep 60 >/dev/null 2>&1 & lost=$!; sleep 0.3;"
                        + " ip link set eth0 netns $lost; ip link set lost0 up; echo $lost > \"$FAULTS/lost\"")
            ], cause: ["leaked", "still holds it: kill"],
            undo: [Step(.host, "kill $(cat \"$FAULTS/lost\"); ip link del lost0")], remedy: .hint
        ).onMap,
    ]
}
