import Faults
import KernelTestSupport
import Lab
import SystemCalls
import Testing

/// Ways that are in order, and that `why` is to leave alone.
extension WhyTests {
    private func need(_ bench: FaultLab, _ command: String) throws {
        let output = bench.run(command)
        try #require(output.code == 0, "\(command): \(output.text)")
    }

    /// Asks for each way, and expects that it is reached and nothing is said to be wrong.
    private func expectInOrder(_ bench: FaultLab, _ ways: [(String, String)]) {
        for (source, destination) in ways {
            let answer = bench.why(source, destination)
            #expect(answer.code == 0, "\(source) → \(destination): \(answer.text)")
        }
    }

    /// Containers on networks of every kind.
    private static let variety = """
        set -e
        c() { $CAUSEWAY "$@" >/dev/null; }
        c run -d --name red -p 8080:80 busybox httpd -f -p 80
        c run -d --name blue busybox httpd -f -p 80
        c network create --ipv6 --subnet 172.26.0.0/16 --subnet fd00:6::/64 six
        c run -d --name dual --network six -p 8086:80 busybox httpd -f -p 80
        c run -d --name dual2 --network six busybox sleep 600
        c network create --internal --subnet 172.24.0.0/16 inner
        c run -d --name in1 --network inner busybox httpd -f -p 80
        c run -d --name in2 --network inner busybox sleep 600
        c run -d --name own --network host busybox sleep 600
        c run -d --name shared --network container:red busybox sleep 600
        c network create --subnet 172.25.0.0/16 -o com.docker.network.driver.mtu=9000 big
        c run -d --name big1 --network big busybox sleep 600
        c run -d --name big2 --network big busybox httpd -f -p 80
        c run -d --name both busybox sleep 600
        c network connect six both
        """

    @Test func `what is in order has no fault, containers or hand-made`() async throws {
        try await BlockingWork.run {
            let lab = try TestLab.up("healthy")
            defer { try? lab.down() }
            let bench = FaultLab(lab, causeway: TestLab.causeway)
            try need(bench, Self.variety)
            let internet = "netns:\(lab.internetNamespace)"
            expectInOrder(
                bench,
                [
                    ("red", "203.0.113.8"), ("red", "blue"), ("blue", "red:80"), ("red", "host"), ("host", "red"),
                    ("host", "red:80"), ("host", "203.0.113.8"), ("host", "203.0.113.8:80"), ("red", "203.0.113.8:80"),
                    ("red", "example.test"), ("red", "internet"), (internet, "198.51.100.2:8080"),
                    ("blue", "198.51.100.2:8080"), ("red", "198.51.100.2:8080"), ("host", "127.0.0.1:8080"),
                    ("docker0", ""), ("up0", ""), ("dual", "2001:db8:113::8"), ("dual", "[2001:db8:113::8]:80"),
                    (internet, "[2001:db8:51::2]:8086"), ("dual2", "dual:80"), ("host", "[::1]:8086"),
                    ("dual", "six.test"),
                    ("in2", "in1:80"), ("own", "203.0.113.8"), ("shared", "203.0.113.8"), ("big1", "big2"),
                    ("both", "dual"), ("both", "blue"), ("both", "203.0.113.8"),
                ])
            let inner = bench.why("in1", "203.0.113.8")
            #expect(inner.text.hasPrefix("– internal by intent"), "\(inner.text)")
            // Who has joined a namespace sends from there, and it is called by whose it is.
            let joined = bench.run("$CAUSEWAY trace shared 203.0.113.8").text
            #expect(joined.contains("\n1 red "), "\(joined)")
        }
    }

    @Test func `rules, devices and routes that do no harm are left alone`() async throws {
        try await BlockingWork.run {
            let lab = try TestLab.up("harmless")
            defer { try? lab.down() }
            let bench = FaultLab(lab, causeway: TestLab.causeway)
            try bench.prepare(Fault("H", "nothing", inject: [], cause: ["-"]))
            try need(
                bench,
                """
                set -e
                iptables -I DOCKER-USER -s 10.0.0.0/8 -j DROP
                iptables -I DOCKER-USER -i docker0 -j RETURN
                nsenter -t $RED_PID -n iptables -A OUTPUT -p icmp -j ACCEPT
                nsenter -t $RED_PID -n iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
                nsenter -t $RED_PID -n iptables -A INPUT -p tcp --dport 80 -j ACCEPT
                nsenter -t $RED_PID -n iptables -P INPUT DROP
                ip tuntap add tun0 mode tun; ip addr add 10.200.0.1/24 dev tun0; ip link set tun0 up
                ip route add blackhole 192.0.2.0/24
                ip rule add fwmark 7 lookup 100; ip route add blackhole default table 100
                sysctl -qw net.ipv4.conf.all.rp_filter=1
                $CAUSEWAY pause blue >/dev/null
                """)
            let hand = "causeway-\(lab.name)-hand"
            // Named here, not in the lab's own mount namespace, which ends with each command.
            let ip = FileSystem.findProgram("ip") ?? "/usr/sbin/ip"
            _ = try ChildProcess.run(ChildRequest(ip, ["netns", "add", hand]))
            defer { _ = try? ChildProcess.run(ChildRequest(ip, ["netns", "del", hand])) }
            try need(
                bench,
                """
                ip link add brd0 type bridge && ip addr add 7.7.7.1/24 dev brd0 && ip link set brd0 up && \
                ip link add vhand type veth peer name eth0 netns \(hand) && \
                ip link set vhand master brd0 up && ip -n \(hand) addr add 7.7.7.2/24 dev eth0 && \
                ip -n \(hand) link set eth0 up
                """)
            expectInOrder(
                bench,
                [
                    ("red", "203.0.113.8"), ("red", "blue"), ("host", "red:80"), ("brd0", ""),
                    ("netns:\(hand)", "7.7.7.1"), ("host", "netns:\(hand)"),
                ])
            // The same bridge, step by step: each time the next thing that is missing.
            let way = "netns:\(hand)"
            #expect(bench.why(way, "203.0.113.8").text.contains("no default route in \(hand)"))
            try need(bench, "ip -n \(hand) route add default via 7.7.7.1")
            #expect(bench.why(way, "203.0.113.8").text.contains("the accept rule is missing"))
            try need(bench, "iptables -I FORWARD -i brd0 -j ACCEPT && iptables -I FORWARD -o brd0 -j ACCEPT")
            #expect(bench.why(way, "203.0.113.8").text.contains("masquerade missing"))
            #expect(bench.run("nft list tables").text.contains("causeway_trace") == false)
            _ = bench.run("$CAUSEWAY unpause blue")
        }
    }

    @Test func `with the nftables back end nothing is said to be wrong, either`() async throws {
        try await BlockingWork.run {
            let lab = try TestLab.up("healthynft", options: ["--firewall-backend=nftables"])
            defer { try? lab.down() }
            let bench = FaultLab(lab, causeway: TestLab.causeway)
            try need(bench, Self.variety)
            let internet = "netns:\(lab.internetNamespace)"
            expectInOrder(
                bench,
                [
                    ("red", "203.0.113.8"), ("red", "blue"), ("blue", "red:80"), ("host", "red:80"),
                    (internet, "198.51.100.2:8080"), ("blue", "198.51.100.2:8080"), ("red", "198.51.100.2:8080"),
                    ("dual", "2001:db8:113::8"), (internet, "[2001:db8:51::2]:8086"), ("in2", "in1:80"),
                    ("host", "blue"), ("both", "dual"), ("own", "203.0.113.8"), ("shared", "203.0.113.8"),
                ])
            let inner = bench.why("in1", "203.0.113.8")
            #expect(inner.text.hasPrefix("– internal by intent"), "\(inner.text)")
            let apart = bench.why("red", "big1")
            #expect(apart.text.contains("the networks are isolated; join one"), "\(apart.text)")
        }
    }
}
