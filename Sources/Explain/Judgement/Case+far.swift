import ConnectionTracking
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// The far side: who answers there, and with what.
extension Case {
    /// A refusal: a reset, or an ICMP error, that a rule or the target sent.
    func checkService() -> Report.Finding? {
        if probe.isRefused || probe.error != nil, let drop = probe.events.first(where: \.isDrop) {
            return ruleFinding(drop)
        }
        guard probe.flow.kind != .icmp else { return nil }
        var isUnreachablePort = false
        if case .error(let type, let code, _)? = probe.error?.content {
            isUnreachablePort = family == .v4 ? type == 3 && code == 3 : type == 1 && code == 4
        }
        guard probe.isRefused || isUnreachablePort || probe.refusal?.rawValue == 111 else { return nil }
        if let step = path.steps(isReply: false).last, let found = checkLoopback(step) { return found }
        let port = targetPort
        guard let holder = target.isLoopback ? origin : owner(of: target) else {
            return finding(
                "service", origin, "\(destination) refuses port \(probe.flow.port)",
                ["a refusal came back: the host is reached, nothing listens there or a firewall rejects"], fix: [])
        }
        if let found = checkUnpublished(holder) { return found }
        return refused(holder, port)
    }

    private func refused(_ holder: Station, _ port: UInt16) -> Report.Finding {
        let word = probe.flow.kind == .udp ? "udp" : "tcp"
        var evidence = ["\(target) refuses: no socket in \(holder.label) takes port \(port) there"]
        var fixes = ["# start the server, or ask for another port"]
        if target != destination || port != probe.flow.port {
            evidence.append("\(destination):\(probe.flow.port) was translated to \(target):\(port)")
            if let found = checkWrongTranslation(target, port) { return found }
        }
        let four = Self.listeners(holder.file(word), port)
        let six = Self.listeners(holder.file(word + "6"), port)
        let bound =
            holder.output("ss", ["-Hln", probe.flow.kind == .udp ? "-u" : "-t", "sport", "=", ":\(port)"]) ?? ""
        let device = bound.split { $0 == " " || $0 == "\n" }.first { $0.contains("%") && $0.hasSuffix(":\(port)") }
        let headline: String
        if four.contains(where: \.isLoopback) && family == .v4 || six.contains(where: \.isLoopback) && four.isEmpty {
            let loopback = (four + six).first(where: \.isLoopback).map { "\($0)" } ?? "loopback"
            headline = "\(holder.label)'s server is bound to \(loopback): bind 0.0.0.0"
            evidence.append("port \(port) listens on loopback only")
            fixes = ["# start the server with 0.0.0.0:\(port)"]
        } else if let device {
            headline = "\(holder.label)'s server is bound to a device: \(device)"
        } else if family == .v4, four.isEmpty, !six.isEmpty {
            headline = "\(holder.label)'s server listens on IPv6 only"
            evidence.append("port \(port) listens on \(six.map { "[\($0)]" }.joined(separator: ", "))")
            fixes = ["# start the server with 0.0.0.0:\(port), or without IPV6_V6ONLY"]
        } else if family == .v6, six.isEmpty, !four.isEmpty {
            headline = "\(holder.label)'s server listens on IPv4 only"
            fixes = ["# start the server with [::]:\(port)"]
        } else if let other = (family == .v4 ? four : six).first(where: { !$0.isUnspecified }) {
            headline = "\(holder.label)'s server is bound to \(other): bind \(family == .v4 ? "0.0.0.0" : "::")"
        } else {
            headline = "nothing listens on \(port) in \(holder.label)"
        }
        return finding("service", holder, headline, evidence, fix: fixes)
    }

    /// A port that the engine publishes and that no rule translates.
    private func checkUnpublished(_ holder: Station) -> Report.Finding? {
        guard holder.isOwn, let published, translated == nil, target == destination || destination.isLoopback,
            probe.connection?.status.contains(.destinationNAT) != true, let inner = published.address
        else { return nil }
        let kind = probe.flow.kind.rawValue
        let program = family == .v4 ? "iptables" : "ip6tables"
        let bridge = networks.first { $0.covers(inner) }
        let isNative = holder.rules.chains.contains { $0.table == "causeway" && $0.family == "ip" }
        return finding(
            "nat", holder, "port \(probe.flow.port) is published, but no rule translates it",
            ["the engine publishes it from \(published.owner), port \(published.inside); no DNAT rule took the probe"],
            fix: (bridge.map { ["causeway repair \($0.name)"] } ?? [])
                + (isNative
                    ? ["# the engine's nftables rules are incomplete: repair makes them anew"]
                    : [
                        "\(program) -t nat -A DOCKER\(bridge.map { " ! -i \($0.bridge)" } ?? "") -p \(kind) -m \(kind) --dport \(probe.flow.port) -j DNAT --to-destination \(family == .v6 ? "[\(inner)]" : "\(inner)"):\(published.inside)"
                    ]))
    }

    /// The addresses on which a port is listened to, of `/proc/net/tcp`, `udp`, `tcp6` or `udp6`.
    static func listeners(_ table: String, _ port: UInt16) -> [IPAddress] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 3, words[3] == "0A" || words[3] == "07" else { return nil }
            let parts = words[1].split(separator: ":")
            guard parts.count == 2, UInt16(parts[1], radix: 16) == port else { return nil }
            // Words of four bytes, each in the machine's order.
            var bytes: [UInt8] = []
            var rest = parts[0]
            while rest.count >= 8, let value = UInt32(rest.prefix(8), radix: 16) {
                for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
                rest = rest.dropFirst(8)
            }
            return IPAddress(bytes: bytes)
        }
    }

    /// A station that got the probe and says nothing.
    func checkSilence(_ step: Step) -> Report.Finding? {
        let holder = machine.stations[step.station]
        if step.isReply { return nil }
        if probe.flow.kind == .icmp {
            let name = family == .v4 ? "net/ipv4/icmp_echo_ignore_all" : "net/ipv6/icmp/echo_ignore_all"
            guard holder.parameter(name) == "1" else { return nil }
            return finding(
                "service", holder, "the target ignores ping; try TCP", ["icmp_echo_ignore_all is 1 in \(holder.label)"],
                fix: ["# causeway why \(origin.label) \(destination):PORT"])
        }
        if let found = checkLoopback(step) { return found }
        if let found = checkUnpublished(holder) { return found }
        let port = targetPort
        if probe.flow.kind == .udp {
            let sockets = Self.listeners(holder.file("udp"), port) + Self.listeners(holder.file("udp6"), port)
            guard !sockets.isEmpty else { return nil }
            return finding(
                "normal", holder,
                "the datagram was delivered to \(holder.label)'s port \(port); its server says nothing to it",
                ["UDP promises no answer, and causeway's datagram means nothing to a server"], fix: [])
        }
        return checkQueueOfServer(holder, port, step)
    }

    /// Connections that wait for a server that takes none.
    private func checkQueueOfServer(_ holder: Station, _ port: UInt16, _ step: Step) -> Report.Finding? {
        let counted = probe.counted[step.station] ?? [:]
        let dropped = (counted["TcpExt.ListenOverflows"] ?? 0) + (counted["TcpExt.ListenDrops"] ?? 0)
        let text = holder.output("ss", ["-Htln", "sport", "=", ":\(port)"]) ?? ""
        let words = text.split(separator: " ")
        guard words.count > 3, let waiting = Int(words[1]), let limit = Int(words[2]), waiting > limit || dropped > 0
        else {
            return nil
        }
        return finding(
            "service", holder, "\(holder.label)'s server takes no more connections: its queue is full",
            [
                "port \(port): \(waiting) connections wait for accept, \(limit) may",
                "the kernel drops new ones" + (dropped > 0 ? "; it counted \(dropped)" : ""),
            ], fix: ["# the server hangs or is too slow: look at it, start it anew"])
    }

    /// Sizes: the small packet came back, the one as large as the source's MTU did not.
    func checkSize() -> Report.Finding? {
        guard probe.largeReturned == false, let mtu = device?.mtu else { return nil }
        let step = path.steps(isReply: false).last { [.route, .leave].contains($0.kind) }
        let router = step.map { machine.stations[$0.station] } ?? host
        let output = step?.to
        let small = probe.namedMTU.flatMap { $0 > 0 ? $0 : nil } ?? output.flatMap { $0.mtu < mtu ? Int($0.mtu) : nil }
        guard let small else {
            return finding(
                "far side", router,
                "packets of \(mtu) bytes do not come back: a smaller path MTU whose ICMP is filtered",
                ["a small packet comes back, one of \(mtu) bytes with DF does not, and nobody says why"],
                fix: ["# lower the MTU of \(origin.label)'s network"], proved: false)
        }
        return tooLarge(small, named: probe.namedMTU ?? 0, by: router, output, Int(mtu))
    }

    /// A packet that is larger than the path's MTU.
    func tooLarge(_ small: Int, named: Int, by router: Station, _ output: Link?, _ size: Int) -> Report.Finding {
        let mtu = Int(device?.mtu ?? 1500)
        let isFiltered = named == 0
        let limit = isFiltered ? small : named
        var fixes = ["# lower the MTU of \(origin.label)'s network to \(limit)"]
        if let output, Int(output.mtu) == limit { fixes = [router.enter + "ip link set \(output.name) mtu \(mtu)"] }
        return finding(
            "far side", router,
            "path MTU \(limit)\(isFiltered ? ", and its ICMP is filtered" : "") below \(origin.label)'s \(mtu)",
            [
                "a packet of \(size) bytes with DF does not come back",
                isFiltered
                    ? "no ICMP \"fragmentation needed\" arrives" : "ICMP \"too big\" says: next hop MTU \(limit)",
            ], fix: fixes)
    }

    /// Packets that left and whose answers never came.
    func checkFarSide(_ step: Step) -> Report.Finding? {
        if let port = answeringPort {
            return finding(
                "service", origin, "the target ignores ping; try TCP",
                ["ICMP echo to \(destination) gets no answer, but TCP port \(port) does"],
                fix: ["# causeway why \(origin.label) \(destination):\(port)"])
        }
        guard let output = step.hop.output, let seen = seen(step.station, output.index, out: true) else { return nil }
        let router = machine.stations[step.station]
        if case .error(let type, let code, _)? = probe.error?.content {
            return finding(
                "far side", router,
                "\(probe.error?.source.map { "\($0)" } ?? "a router") refuses: ICMP type \(type) code \(code)",
                ["it left \(output.name) as \(seen.source.map { "\($0)" } ?? "?")"], fix: [])
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
                "# ask whoever runs \(step.hop.nextHop.map { "\($0)" } ?? "the next hop"): is there a route back to \(seen.source.map { "\($0)" } ?? "this host")?"
            ])
    }

    // MARK: Tunnels

    /// A packet that went into a tunnel.
    func checkTunnel(_ step: Step) -> Report.Finding? {
        guard let output = step.hop.output, let next = step.hop.nextHop else { return nil }
        return checkTunnel(output, next, machine.stations[step.station])
    }

    /// The far end of a VXLAN, where it is on this machine.
    func checkTunnel(_ output: Link, _ next: IPAddress, _ station: Station) -> Report.Finding? {
        guard output.kind == "vxlan", let mine = Vxlan(station, output.name), let remote = mine.remote else {
            return nil
        }
        let below = mine.device.flatMap { station.link(named: $0) }
        let cabled = machine.stations.firstIndex { $0 === station }.flatMap { place in
            below.flatMap { machine.peer(of: $0, in: place)?.station }
        }
        guard
            let far = cabled.map({ machine.stations[$0] }).flatMap({ $0.owner(of: remote) == nil ? nil : $0 })
                ?? machine.stations.first(where: { $0 !== station && $0.owner(of: remote) != nil })
        else { return nil }
        let others = far.links.filter { $0.kind == "vxlan" }.compactMap { link in
            Vxlan(far, link.name).map { (link, $0) }
        }
        guard let (link, other) = others.first(where: { $0.1.port == mine.port }),
            !others.contains(where: { $0.1.port == mine.port && $0.1.id == mine.id })
        else { return nil }
        return finding(
            "link", station, "VNI mismatch: \(output.name) has \(mine.id), \(far.label)'s \(link.name) \(other.id)",
            [
                "\(output.name) sends to \(remote), port \(mine.port), network \(mine.id)",
                "\(far.label) has no vxlan of that number there: what comes is dropped",
            ],
            fix: [
                "# make one of the two anew with the other's id: ip link add \(output.name) type vxlan id \(other.id) …"
            ])
    }
}

/// What `ip -d link` says of a VXLAN device.
struct Vxlan {
    var id: Int
    var remote: IPAddress?
    var port: Int
    /// The device that it sends by.
    var device: String?

    init?(_ station: Station, _ name: String) {
        self.init(station.output("ip", ["-d", "link", "show", "dev", name]) ?? "")
    }

    init?(_ text: String) {
        let words = text.split { $0 == " " || $0 == "\n" || $0 == "\t" }.map(String.init)
        guard let place = words.firstIndex(of: "vxlan") else { return nil }
        func value(_ name: String) -> String? {
            words[place...].firstIndex(of: name).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
        }
        guard let id = value("id").flatMap({ Int($0) }) else { return nil }
        self.id = id
        remote = value("remote").flatMap { IPAddress($0) }
        device = value("dev")
        port = value("dstport").flatMap { Int($0) } ?? 4789
    }
}
