extension Fault {
    /// Servers and names, beyond the matrix.
    static let otherServices: [Fault] = [
        Fault(
            "X80", "no datagram is taken", from: "host", to: "red:53", inject: [],
            cause: ["nothing listens on 53 in red"], remedy: .hint
        ).asking("--udp"),
        Fault(
            "X81", "no such name", to: "nothere.test", inject: [], cause: ["there is no name nothere.test"],
            remedy: .hint, redOptions: "--dns 203.0.113.53"),
        Fault(
            "X82", "a resolver that nobody is", to: "example.test", inject: [],
            cause: ["the resolver 203.0.113.99 does not answer"], remedy: .hint, redOptions: "--dns 203.0.113.99"),
        Fault(
            "X83", "a resolver that does not run", to: "example.test", inject: [],
            cause: ["the resolver 203.0.113.8 does not run"], remedy: .hint, redOptions: "--dns 203.0.113.8"),
        Fault(
            "X84", "a server that hangs", from: "host", to: "red:80",
            inject: [
                Step(
                    .host,
                    "kill -STOP $RED_PID; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do timeout 1 busybox nc -w 1 172.17.0.2 80 </dev/null >/dev/null 2>&1 & done; wait"
                )
            ], cause: ["red's server takes no more connections"], undo: [Step(.host, "kill -CONT $RED_PID")],
            remedy: .hint),
        Fault(
            "X85", "no local port left", to: "203.0.113.8:80",
            inject: [
                Step(
                    .red,
                    "sysctl -qw net.ipv4.ip_local_port_range='40000 40000'; (timeout 20 busybox nc -l -p 40000 >/dev/null 2>&1 &)"
                )
            ], cause: ["no free local port in red"],
            undo: [Step(.red, "sysctl -qw net.ipv4.ip_local_port_range='32768 60999'")]),
        Fault(
            "X86", "listens on IPv6 only", from: "host", to: "red:80", inject: [],
            cause: ["red's server is bound to ::1"], remedy: .hint, redCommand: "httpd -f -p [::1]:80"),
        Fault(
            "X87", "the lab refuses a port", to: "203.0.113.8:81", inject: [], cause: ["nothing listens on 81"],
            remedy: .hint
        ),
    ]
}
