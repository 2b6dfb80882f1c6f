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
    ]
}
