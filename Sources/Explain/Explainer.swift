import ConnectionTracking
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Answers `causeway why` and `causeway trace`: reads the kernel, sends one probe, and judges. Blocks the thread.
/// Nothing stays behind: taps are sockets, and the trace table is the socket's own, which the kernel removes with it.
public struct Explainer {
    /// What the engine knows of a container.
    public struct Container: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its whole identifier.
        public var id: String
        /// Its first process; 0 where it does not run.
        public var pid: Int32

        /// Describes a container.
        public init(name: String, id: String, pid: Int32) {
            self.name = name
            self.id = id
            self.pid = pid
        }
    }

    private let machine: Machine
    private let containers: [Container]

    /// Looks at the machine.
    ///
    /// - Parameter containers: what the engine lists, those that do not run included; none where no engine answers.
    /// - Throws: `ExplainError` where the kernel does not let one look.
    public init(containers: [Container]) throws(ExplainError) {
        self.containers = containers
        let running = containers.filter { $0.pid > 0 }
        do {
            machine = try Machine(names: Dictionary(running.map { ($0.pid, $0.name) }) { first, _ in first })
        } catch {
            throw ExplainError(
                "cannot read this machine's networks: \(error); the kernel tells it to root only: use sudo")
        }
    }

    /// Why it does not work, or that it does.
    ///
    /// - Parameters:
    ///   - source: a container, `host`, an address, `netns:NAME`, in a lab `internet`; a device where `destination` is
    ///     nil.
    ///   - destination: the same, or a name, each with `:PORT` where wanted, or `internet`.
    ///   - kind: how to ask; nil is TCP where there is a port, else ICMP.
    public func why(_ source: String, _ destination: String?, _ kind: ProbeFlow.Kind? = nil) throws(ExplainError)
        -> Report
    {
        guard let destination else { return try device(source) }
        return try question(source, destination, kind, patience: 600, sizes: true)
    }

    /// The way of one probe, hop by hop. Parameters as for `why`.
    public func trace(_ source: String, _ destination: String, _ kind: ProbeFlow.Kind? = nil) throws(ExplainError)
        -> Report
    {
        try question(source, destination, kind, patience: 600, sizes: false)
    }

    private func question(
        _ source: String, _ destination: String, _ kind: ProbeFlow.Kind?, patience: Int, sizes: Bool
    ) throws(ExplainError) -> Report {
        let start = try station(source)
        let goal: Goal
        switch try resolve(destination, start) {
        case .goal(let found): goal = found
        case .finding(let finding):
            return Report(
                source: source, destination: destination, address: "", isReached: false, finding: finding,
                ruledOut: [], hops: [], missing: [], evidence: "none: no probe was sent")
        }
        let wanted = kind ?? (goal.port == 0 ? .icmp : .tcp)
        if wanted != .icmp, goal.port == 0 {
            throw ExplainError("\(wanted.rawValue) needs a port: \(destination):PORT")
        }
        let flow = ProbeFlow(kind: wanted, destination: goal.address, port: goal.port)
        var path = Path.walk(machine, from: start, to: goal.address, goal: goal.station)
        var watched = [start]
        func watch(_ place: Int) { if !watched.contains(place) { watched.append(place) } }
        watch(0)
        for hop in path.hops { watch(hop.station) }
        if let end = path.hops.last?.cable, machine.stations[end.station].label != "host", goal.station == end.station {
            watch(end.station)
        }
        let output = path.hops.first?.output
        let probe: ProbeResult
        do {
            probe = try ProbeRun.run(
                machine, flow, from: start, watching: watched, patience: patience,
                size: sizes ? Int(min(output?.mtu ?? 0, 9000)) : 0)
        } catch {
            throw ExplainError("cannot send a probe from \(source): \(error); it needs root: use sudo")
        }
        if let inner = probe.connection.map({ $0.reply.source })
            ?? probe.events.compactMap(\.destination).first(where: { event in
                event != goal.address && machine.stations.contains { $0.owner(of: event) != nil && !$0.isOwn }
            }), inner != goal.address, inner.family == goal.address.family
        {
            path = Path.walk(machine, from: start, to: goal.address, translated: inner, goal: goal.station)
        }
        var facts = Case(machine: machine, source: start, path: path, probe: probe)
        if wanted == .icmp, probe.reply == nil, probe.refusal == nil, probe.error == nil,
            !probe.events.contains(where: { $0.verdict == 0 }),
            probe.sightings.contains(where: { $0.content == .probe })
        {
            for port in [UInt16(80), 443] where facts.answeringPort == nil {
                let other = ProbeFlow(kind: .tcp, destination: goal.address, port: port)
                let second = try? ProbeRun.run(
                    machine, other, from: start, watching: [start], patience: 150, size: 0)
                if second?.reply != nil { facts.answeringPort = port }
            }
        }
        return facts.report(source, destination)
    }

    /// A device of the host.
    private func device(_ name: String) throws(ExplainError) -> Report {
        let host = machine.stations[0]
        guard let link = host.link(named: name) else {
            if let start = try? station(name) {
                let target = machine.stations[start].label
                return try question(target == "host" ? "host" : name, "internet", nil, patience: 600, sizes: true)
            }
            throw ExplainError(
                "\(name) is neither a device of the host nor a container\(Self.near(name, host.links.map(\.name) + containers.map(\.name)))"
            )
        }
        let ports = host.links.filter { $0.master == link.index }
        var finding: Report.Finding
        func found(_ layer: String, _ headline: String, _ evidence: [String], _ fixes: [String]) -> Report.Finding {
            Report.Finding(
                layer: layer, hop: "host", headline: headline, isProved: true, evidence: evidence, fixes: fixes)
        }
        if !link.isUp {
            finding = found(
                "link", "\(name) is administratively down", ["the flag UP is not set"], ["ip link set \(name) up"])
        } else if link.kind == "bridge", ports.isEmpty {
            finding = found(
                "normal", "\(name) is DOWN (NO-CARRIER); normal: nothing is plugged in",
                ["a bridge has a carrier as soon as one of its ports has"], [])
        } else if !link.hasCarrier {
            let far = machine.peer(of: link, in: 0)
            finding = found(
                "link", "\(name) has no carrier",
                ports.isEmpty
                    ? [
                        "its other end\(far.map { ", \($0.link.name) in \(machine.stations[$0.station].label)," } ?? "") is down or gone"
                    ]
                    : ports.map { "\($0.name): \($0.isUp ? "no carrier" : "down")" },
                far.map { [machine.stations[$0.station].enter + "ip link set \($0.link.name) up"] } ?? [])
        } else {
            finding = found(
                "normal", "\(name) is up and has a carrier",
                ports.map { "port \($0.name): \(Words.portState($0.portState))" }, [])
        }
        return Report(
            source: name, destination: "", address: "", isReached: finding.layer == "normal", finding: finding,
            ruledOut: [], hops: [], missing: [], evidence: "the kernel's list of devices")
    }

    // MARK: Words to stations

    private enum Resolved {
        case goal(Goal)
        case finding(Report.Finding)
    }

    private struct Goal {
        var address: IPAddress
        var port: UInt16
        var station: Int?
    }

    private func container(_ word: String) throws(ExplainError) -> Container? {
        let exact = containers.first { $0.name == word || $0.id == word }
        let short = word.count >= 3 ? containers.filter { $0.id.hasPrefix(word) } : []
        guard let found = exact ?? (short.count == 1 ? short[0] : nil) else { return nil }
        guard found.pid > 0 else {
            throw ExplainError("container \(found.name) does not run, so it has no network: start it, then ask again")
        }
        return found
    }

    private func station(_ word: String) throws(ExplainError) -> Int {
        if word == "host" { return 0 }
        if word == "internet" { return try beyondUplink() }
        let name = word.hasPrefix("netns:") ? String(word.dropFirst(6)) : word
        if !word.hasPrefix("netns:"), let found = try container(word) {
            if let place = machine.station(named: found.name) { return place }
            // A container in the host's own namespace.
            return 0
        }
        if let place = machine.station(named: name) { return place }
        if let pid = Int32(word), let place = machine.stations.firstIndex(where: { $0.pid == pid }) { return place }
        if let address = IPAddress(word),
            let place = machine.stations.firstIndex(where: { $0.owner(of: address) != nil })
        {
            return place
        }
        throw ExplainError("no container, namespace or address \(word)\(Self.near(word, known))")
    }

    /// The namespace at the far end of the uplink, where this machine has it, as in a lab: what the host's default route
    /// leads to.
    private func beyondUplink() throws(ExplainError) -> Int {
        let host = machine.stations[0]
        let routes = (host.routes(.v4) + host.routes(.v6)).filter { $0.destination.length == 0 }
        for route in routes {
            guard let gateway = route.gateway, let uplink = host.link(route.index),
                let far = machine.peer(of: uplink, in: 0), machine.stations[far.station].owner(of: gateway) != nil
            else { continue }
            return far.station
        }
        let uplink = routes.first.flatMap { host.link($0.index)?.name } ?? "UPLINK"
        throw ExplainError(
            "nothing can be sent from the internet: it is no namespace of this machine; ask from another machine, and "
                + "see what arrives with: causeway capture host -i \(uplink)")
    }

    private var known: [String] {
        containers.map(\.name) + machine.stations.map(\.label).filter { !$0.hasPrefix("pid ") }
    }

    private func resolve(_ word: String, _ source: Int) throws(ExplainError) -> Resolved {
        var text = word
        var port: UInt16 = 0
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let rest = text[text.index(after: end)...]
            port = UInt16(rest.dropFirst()) ?? 0
            text = String(text[text.index(after: text.startIndex)..<end])
        } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":"), !text.hasPrefix("netns:")
        {
            guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else {
                throw ExplainError("\(word): the port is to be a number from 1 to 65535")
            }
            port = number
            text = String(text[..<colon])
        }
        if let address = IPAddress(text) {
            return .goal(Goal(address: address, port: port, station: nil))
        }
        if text == "internet" {
            guard let gateway = machine.stations[0].routes(.v4).first(where: { $0.destination.length == 0 })?.gateway
            else {
                return .finding(
                    Report.Finding(
                        layer: "route", hop: "host", headline: "no default route on the host", isProved: true,
                        evidence: ["the host knows no way to the internet"],
                        fixes: ["# ip route add default via ROUTER dev UPLINK"]))
            }
            return .goal(Goal(address: gateway, port: port, station: nil))
        }
        if text == "host" {
            let own = machine.stations[0]
            let route = machine.stations[source].routes(.v4).first { $0.destination.length == 0 }
            if let gateway = route?.gateway, own.owner(of: gateway) != nil {
                return .goal(Goal(address: gateway, port: port, station: 0))
            }
            guard let address = own.addresses.first(where: { $0.scope == 0 && $0.prefix.family == .v4 })?.prefix.address
            else {
                throw ExplainError("the host has no IPv4 address")
            }
            return .goal(Goal(address: address, port: port, station: 0))
        }
        let isNamespace = text.hasPrefix("netns:")
        let isContainer = try container(text) != nil
        if isNamespace || isContainer || machine.station(named: text) != nil {
            let place = try station(text)
            return .goal(Goal(address: try address(of: place, from: source), port: port, station: place))
        }
        guard text.contains("."), !text.allSatisfy({ $0.isNumber || $0 == "." || $0 == "/" }) else {
            throw ExplainError(
                "\(text) is no address, and no container or namespace has that name\(Self.near(text, known))")
        }
        return try lookUp(text, port, source)
    }

    /// The address of a station on a network that it shares with the source, else its first one.
    private func address(of place: Int, from source: Int) throws(ExplainError) -> IPAddress {
        let candidates = machine.stations[place].addresses.filter { $0.scope == 0 && !$0.prefix.address.isLoopback }
            .map(\.prefix)
        let shared = candidates.first { candidate in
            machine.stations[source].addresses.contains { $0.scope == 0 && $0.prefix.contains(candidate.address) }
        }
        guard let found = shared ?? candidates.first else {
            throw ExplainError("\(machine.stations[place].label) has no address: its network is none, or not set up")
        }
        return found.address
    }

    private func lookUp(_ name: String, _ port: UInt16, _ source: Int) throws(ExplainError) -> Resolved {
        let station = machine.stations[source]
        let path = station.pid.map { "/proc/\($0)/root/etc/resolv.conf" } ?? "/etc/resolv.conf"
        let lines = ((try? FileSystem.readText(path)) ?? "").split(separator: "\n")
        let servers = lines.filter { $0.hasPrefix("nameserver") }.compactMap { line in
            IPAddress(String(line.dropFirst(10).drop { $0 == " " }.prefix { $0 != " " }))
        }
        func finding(_ headline: String, _ evidence: String, _ fix: String) -> Resolved {
            .finding(
                Report.Finding(
                    layer: "name", hop: station.label, headline: headline, isProved: true, evidence: [evidence],
                    fixes: [fix]))
        }
        guard let server = servers.first else {
            return finding(
                "\(station.label) has no resolver", "\(path) names none", "# give it one: --dns ADDRESS")
        }
        if server.isLoopback, server.description != "127.0.0.11", !station.isOwn {
            return finding(
                "resolver is a loopback address of the host: \(server)",
                "\(station.label)'s resolv.conf names \(server): inside \(station.label) that is \(station.label) itself",
                "# run it with --dns ADDRESS, an address that \(station.label) can reach")
        }
        guard let address = NameQuestion.ask(name, server, station) else {
            return finding(
                "\(server) does not know \(name), or does not answer", "asked from \(station.label) over UDP port 53",
                "# causeway why \(station.label) \(server)")
        }
        return .goal(Goal(address: address, port: port, station: nil))
    }

    /// `; did you mean red?`
    private static func near(_ word: String, _ names: [String]) -> String {
        let close = names.filter { distance($0, word) <= max(min(2, word.count - 1), word.count / 3) }
        return close.isEmpty ? "" : "; did you mean \(Set(close).sorted().joined(separator: " or "))?"
    }

    /// Levenshtein's.
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var previous = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let next = a == b ? previous : min(previous, row[j], row[j + 1]) + 1
                previous = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[right.count]
    }
}
