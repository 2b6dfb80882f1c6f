import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

extension NetworkBehaviour {
    @Suite struct Spoofing {
        /// Sends frames by hand from a container's own device, and says which of them came out at another container's
        /// and at the host's uplink: `honest` marks the end.
        private static let script = #"""
            import ctypes, os, socket, struct, sys, time
            liar, victim, mac, gateway, ip, six, other, othersix = sys.argv[1:9]
            def port(pid, device):
                own = os.open("/proc/self/ns/net", os.O_RDONLY)
                libc = ctypes.CDLL(None)
                if pid:
                    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
                    assert libc.setns(there, 0x40000000) == 0
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
                s.bind((device, 0)); s.settimeout(3)
                assert libc.setns(own, 0x40000000) == 0
                return s
            hexmac = lambda t: bytes.fromhex(t.replace(":", ""))
            four = socket.inet_aton
            sixth = lambda t: socket.inet_pton(socket.AF_INET6, t)
            def total(b):
                s = sum(struct.unpack(f">{len(b)//2}H", b)); s = (s & 0xffff) + (s >> 16)
                return ~(s + (s >> 16)) & 0xffff
            def ipv4(source, to, mark):
                h = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(mark), 0, 0, 64, 253, 0) + four(source) + four(to)
                return b"\x08\x00" + h[:10] + struct.pack(">H", total(h)) + h[12:] + mark
            def ipv6(source, to, kind, body):
                p = bytes([kind, 0, 0, 0]) + body
                q = sixth(source) + sixth(to) + struct.pack(">II", len(p), 58) + p
                p = p[:2] + struct.pack(">H", total(q + b"\0" * (len(q) % 2))) + p[4:]
                return b"\x86\xdd" + struct.pack(">IHBB", 0x60000000, len(p), 58, 255) + sixth(source) + sixth(to) + p
            own, false, all, gate = hexmac(mac), hexmac("02:42:00:00:00:77"), b"\xff" * 6, hexmac(gateway)
            arp = lambda sender, hard, target: b"\x08\x06\0\1\x08\0\6\4\0\2" + hard + four(sender) + b"\0" * 6 + four(target)
            peer = sys.argv[9]
            frames = {
                "Ethernet": all + false + ipv4(ip, peer, b"mark-ether"),
                "IPv4": all + own + ipv4(other, peer, b"mark-ipv4!"),
                "IPv4 to the internet": gate + own + ipv4("192.0.2.77", "203.0.113.8", b"mark-wan4!"),
                "another's IPv4 to the internet": gate + own + ipv4(other, "203.0.113.8", b"mark-wan5!"),
                "gateway's ARP": all + own + arp(sys.argv[10], own, peer),
                "another's ARP": all + own + arp(other, own, peer),
                "ARP with another's hardware": all + own + arp(ip, false, peer),
                "IPv6": all + own + ipv6(othersix, "ff02::1", 128, b"mark-ipv6!!!"),
                "advertisement of another": all + own + ipv6(six, "ff02::1", 136, b"\x20\0\0\0" + sixth(othersix) + b"\2\1" + own),
                "advertisement with another's hardware": all + own + ipv6(six, "ff02::1", 136, b"\x20\0\0\0" + sixth(six) + b"\2\1" + false),
                "router advertisement": all + own + ipv6(six, "ff02::1", 134, b"\x40\0\7\x08" + b"\0" * 8),
                "spanning tree": bytes.fromhex("0180c2000000") + own + b"\0\x26\x42\x42\3" + b"\0" * 35,
            }
            sender, taps = port(liar, "eth0"), [port(victim, "eth0"), port(0, "up0")]
            for f in frames.values(): sender.send(f + b"\0" * max(0, 60 - len(f)))
            ends = [all + own + ipv4(ip, peer, b"mark-honest"), gate + own + ipv4(ip, "203.0.113.8", b"mark-honest")]
            for f in ends: sender.send(f + b"\0" * max(0, 60 - len(f)))
            for tap, where in zip(taps, ("container", "uplink")):
                try:
                    while True:
                        f = tap.recv(2048)
                        if b"mark-honest" in f: print("honest", where); break
                        for name, g in frames.items():
                            mark = g[g.find(b"mark-"):][:10] if b"mark-" in g else g[12:]
                            if mark in f: print("forged", where, name)
                except socket.timeout: print("silent", where)
            """#

        @Test(arguments: Backend.allCases)
        func `forged frames end at the container's own port; nothing of them is seen beside it or beyond the uplink`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            let path = site.lab.shell.lab.stateDirectory + "/frames.py"
            try FileSystem.writeInPlace(path, Self.script)
            try await site.tidy(containers: ["forger", "beside"], networks: ["guarded"]) {
                try await site.docker("network create --ipv6 --subnet 172.31.7.0/24 --subnet fd31:7::/64 guarded")
                for name in ["forger", "beside"] { try await site.idle(name, "--network guarded") }
                let own = try await site.address("forger", on: "guarded")
                let own6 = try await site.address("forger", on: "guarded", ipv6: true)
                let peer = try await site.address("beside", on: "guarded")
                let fields = "'{{.State.Pid}} {{(index .NetworkSettings.Networks \"guarded\").MacAddress}}'"
                let forger = try await site.docker("inspect -f \(fields) forger").split(separator: " ")
                let beside = try await site.docker("inspect -f \(fields) beside").split(separator: " ")
                let bridge = "br-" + (try await site.docker("network inspect -f '{{slice .Id 0 12}}' guarded"))
                let gateway = try await site.lab.succeed("cat /sys/class/net/\(bridge)/address")
                let seen = try await site.lab.run(
                    "python3 \(path) \(forger[0]) \(beside[0]) \(forger[1]) \(gateway) \(own) \(own6) 172.31.7.77 fd31:7::77 \(peer) 172.31.7.1"
                )
                #expect(seen.lines == ["honest container", "honest uplink"], "\(seen.errors)")
            }
        }
    }
}
