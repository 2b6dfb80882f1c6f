import ConnectionTracking
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// The far side: who answers there, and with what.
extension Case {
    /// A TCP connection that was refused.
    func checkService() -> Report.Finding? {
        guard probe.flow.kind != .icmp else { return nil }
        let port = probe.flow.port
        let wasRefused = probe.isRefused || probe.refusal?.rawValue == 111
        guard wasRefused else { return nil }
        guard
            let target = machine.stations.first(where: {
                $0.owner(of: probe.connection?.reply.source ?? destination) != nil
            })
        else {
            return finding(
                "service", origin, "\(destination) refuses port \(port)",
                ["a reset came back: the host is reached, nothing listens there or a firewall rejects"], fix: [])
        }
        let listeners = Self.listeners(target.file(probe.flow.kind == .tcp ? "tcp" : "udp"), port)
        if listeners.contains(where: { $0.isLoopback }) {
            return finding(
                "service", target, "\(target.label)'s server is bound to 127.0.0.1: bind 0.0.0.0",
                ["port \(port) listens on loopback only; the connection to \(destination) was refused"],
                fix: ["# start the server with 0.0.0.0:\(port)"])
        }
        return finding(
            "service", target, "nothing listens on \(port) in \(target.label)",
            ["\(destination) answers with a reset; no socket in \(target.label) listens on \(port)"],
            fix: ["# start the server, or ask for another port"])
    }

    /// The IPv4 addresses on which a port is listened to, of `/proc/net/tcp` or `udp`.
    static func listeners(_ table: String, _ port: UInt16) -> [IPAddress] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 3, words[3] == "0A" || words[3] == "07" else { return nil }
            let parts = words[1].split(separator: ":")
            guard parts.count == 2, UInt16(parts[1], radix: 16) == port, let value = UInt32(parts[0], radix: 16) else {
                return nil
            }
            return .v4(IPv4Address(rawValue: value.byteSwapped))
        }
    }

    /// Sizes: the small packet came back, the one as large as the source's MTU did not.
    func checkSize() -> Report.Finding? {
        guard probe.largeReturned == false, let mtu = device?.mtu else { return nil }
        let router = routing.map { machine.stations[$0.station] } ?? host
        let output = (routing ?? path.hops.first)?.output
        let small = probe.namedMTU.flatMap { $0 > 0 ? $0 : nil } ?? output.flatMap { $0.mtu < mtu ? Int($0.mtu) : nil }
        guard let small else {
            return finding(
                "far side", router,
                "packets of \(mtu) bytes do not come back: a smaller path MTU whose ICMP is filtered",
                ["a small packet comes back, one of \(mtu) bytes with DF does not, and nobody says why"],
                fix: ["# lower the MTU of \(origin.label)'s network"], proved: false)
        }
        let isFiltered = probe.namedMTU == nil
        var fixes = ["# lower the MTU of \(origin.label)'s network to \(small)"]
        if let output, Int(output.mtu) == small { fixes = [router.enter + "ip link set \(output.name) mtu \(mtu)"] }
        return finding(
            "far side", router,
            "path MTU \(small)\(isFiltered ? ", and its ICMP is filtered" : "") below \(origin.label)'s \(mtu)",
            [
                "a packet of \(mtu) bytes with DF does not come back, a small one does",
                isFiltered
                    ? "no ICMP \"fragmentation needed\" arrives" : "ICMP type 3 code 4 says: next hop MTU \(small)",
            ], fix: fixes)
    }

    /// Packets that left and whose answers never came.
    func checkFarSide() -> Report.Finding? {
        if let target = destinationStation, target.parameter("net/ipv4/icmp_echo_ignore_all") == "1",
            probe.flow.kind == .icmp
        {
            return finding(
                "service", target, "the target ignores ping; try TCP", ["icmp_echo_ignore_all is 1 in \(target.label)"],
                fix: ["# causeway why \(origin.label) \(destination):PORT"])
        }
        if let port = answeringPort {
            return finding(
                "service", origin, "the target ignores ping; try TCP",
                ["ICMP echo to \(destination) gets no answer, but TCP port \(port) does"],
                fix: ["# causeway why \(origin.label) \(destination):\(port)"])
        }
        guard let hop = routing ?? path.hops.first, let output = hop.output, output.kind != "bridge",
            let seen = seen(hop.station, output.index, out: true)
        else { return nil }
        let router = machine.stations[hop.station]
        let isAnswered = seenReply(hop.station, output.index) != nil
        if isAnswered { return nil }
        if case .error(let type, let code, _)? = probe.error?.content {
            return finding(
                "far side", router,
                "\(probe.error?.source.map { "\($0)" } ?? "a router") refuses: ICMP type \(type) code \(code)",
                ["it left \(output.name) as \(seen.source.map { "\($0)" } ?? "?")"], fix: [], proved: true)
        }
        let isTranslated = seen.source != sourceAddress
        return finding(
            "far side", router,
            isTranslated ? "upstream: sent and masqueraded, nothing returns" : "upstream: sent, nothing returns",
            [
                "✓ it left \(output.name) as \(seen.source.map { "\($0)" } ?? "?") → \(destination)",
                "✗ no answer came in by \(output.name): the way there or back is broken beyond it",
            ],
            fix: [
                "# ask whoever runs \(hop.nextHop.map { "\($0)" } ?? "the next hop"): is there a route back to \(seen.source.map { "\($0)" } ?? "this host")?"
            ])
    }
}
