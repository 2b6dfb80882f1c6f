import ConnectionTracking
public import IPAddressing
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
        /// What is published of it.
        public var ports: [Port]
        /// Its addresses, as the engine gave them out.
        public var addresses: [IPAddress]

        /// Describes a container.
        public init(name: String, id: String, pid: Int32, ports: [Port] = [], addresses: [IPAddress] = []) {
            self.name = name
            self.id = id
            self.pid = pid
            self.ports = ports
            self.addresses = addresses
        }

        /// Names for the network namespaces of containers that run, by their first processes. Of several in one namespace,
        /// the one that has the addresses gives the name; the others have joined it.
        public static func names(of containers: [Container]) -> [Int32: String] {
            var owners: [UInt64: Container] = [:]
            for container in containers where container.pid > 0 {
                guard let place = try? NetworkNamespace(path: "/proc/\(container.pid)/ns/net") else { continue }
                if let known = owners[place.inode], !known.addresses.isEmpty || container.addresses.isEmpty { continue }
                owners[place.inode] = container
            }
            return Dictionary(owners.values.map { ($0.pid, $0.name) }) { first, _ in first }
        }
    }

    /// A published port.
    public struct Port: Hashable, Sendable {
        /// Of the host.
        public var host: UInt16
        /// Of the container.
        public var inside: UInt16
        /// `tcp` or `udp`.
        public var kind: String

        /// Describes a published port.
        public init(host: UInt16, inside: UInt16, kind: String) {
            self.host = host
            self.inside = inside
            self.kind = kind
        }
    }

    /// What the engine knows of a network, and the kernel does not: what it is meant to be.
    public struct Network: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its bridge.
        public var bridge: String
        /// Its subnets.
        public var subnets: [IPPrefix]
        /// Whether it is to have no way out or in.
        public var isInternal: Bool
        /// Whether its addresses are routed outside, and so not translated.
        public var isRouted: Bool

        /// Describes a network.
        public init(name: String, bridge: String, subnets: [IPPrefix], isInternal: Bool, isRouted: Bool) {
            self.name = name
            self.bridge = bridge
            self.subnets = subnets
            self.isInternal = isInternal
            self.isRouted = isRouted
        }

        func covers(_ address: IPAddress) -> Bool { subnets.contains { $0.contains(address) } }
    }

    let machine: Machine
    let containers: [Container]
    let networks: [Network]
    /// Whether nftables is asked which rules judge the probe; off, taps and tables are all the evidence.
    public var tracesRules = true

    /// Looks at the machine.
    ///
    /// - Parameters:
    ///   - containers: what the engine lists, those that do not run included; none where no engine answers.
    ///   - networks: what the engine lists.
    /// - Throws: `ExplainError` where the kernel does not let one look.
    public init(containers: [Container], networks: [Network] = []) throws(ExplainError) {
        self.containers = containers
        self.networks = networks
        do {
            machine = try Machine(names: Container.names(of: containers))
        } catch {
            throw ExplainError(
                "cannot read this machine's networks: \(error); the kernel tells it to root only: use sudo", .failed)
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
        return try question(source, destination, kind, sizes: true)
    }

    /// The way of one probe, hop by hop. Parameters as for `why`.
    public func trace(_ source: String, _ destination: String, _ kind: ProbeFlow.Kind? = nil) throws(ExplainError)
        -> Report
    {
        try question(source, destination, kind, sizes: false)
    }

    func question(
        _ source: String, _ destination: String, _ kind: ProbeFlow.Kind?, sizes: Bool
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
        return try ask(ProbeFlow(kind: wanted, destination: goal.address, port: goal.port), start, goal, sizes: sizes)
            .report(source, destination)
    }

    /// Sends the probe and puts together what is known.
    func ask(_ flow: ProbeFlow, _ start: Int, _ goal: Goal, sizes: Bool) throws(ExplainError) -> Case {
        var path = Path.walk(machine, from: start, to: goal.address, goal: goal.station)
        let watched = places(of: path, start, goal)
        let probe: ProbeResult
        do {
            var plan = ProbeRun.Plan(flow: flow, source: start, stations: watched)
            plan.exit = exit(of: path)
            plan.awaited = awaited(on: path)
            plan.size = Int(min(path.hops.first?.output?.mtu ?? 1500, 9000))
            plan.isLargeToo = sizes
            plan.tracesRules = tracesRules
            probe = try ProbeRun.run(machine, plan)
        } catch {
            throw ExplainError(
                "cannot send a probe from \(machine.stations[start].label): \(error); it needs root: use sudo", .failed)
        }
        let rewritten = probe.isDelivered ? nil : translation(of: probe, path)
        let inner =
            probe.connection.map { $0.reply.source } ?? rewritten?.address
            ?? probe.events.compactMap(\.destination).first(where: { event in
                event != goal.address && event != path.source
                    && machine.stations.contains { $0.owner(of: event) != nil && !$0.isOwn }
            })
        if let inner, inner != goal.address, inner.family == goal.address.family {
            path = Path.walk(machine, from: start, to: goal.address, translated: inner, goal: goal.station)
        }
        var facts = Case(
            machine: machine, source: start, path: path, back: answerPath(path, probe, start, goal), probe: probe)
        facts.networks = networks
        facts.isTrace = !sizes
        facts.translated = rewritten
        facts.watched = watched
        for container in containers where container.pid > 0 { facts.containers[container.name] = container }
        if probe.isDelivered { return facts }
        facts.legacy = legacyRules(flow, start, watched)
        let gap = facts.gap
        if flow.kind == .icmp, probe.reply == nil, probe.refusal == nil, probe.error == nil, gap?.kind == .beyond {
            facts.answeringPort = ProbeRun.answeringPort(
                of: goal.address, from: machine.stations[start], among: [80, 443])
        }
        return facts
    }

    /// Where a rule of the host that judged the probe sends it.
    private func translation(of probe: ProbeResult, _ path: Path) -> (address: IPAddress, port: UInt16)? {
        let host = machine.stations[0]
        let rule = probe.events.lazy.filter { $0.station == 0 && $0.destination == probe.flow.destination }
            .compactMap { host.rules.find($0)?.rule }.last { $0.rewritesDestination }
        guard let rule else { return nil }
        if let named = rule.translation {
            let device = path.hops.first { $0.station == 0 }?.input
            let own = device.flatMap { host.prefixes(on: $0.index, probe.flow.destination.family).first?.address }
            guard let address = named.address ?? own else { return nil }
            return (address, named.port ?? probe.flow.port)
        }
        // A map of the engine's: what it publishes.
        for container in containers {
            for port in container.ports where port.host == probe.flow.port && port.kind == probe.flow.kind.rawValue {
                let family = probe.flow.destination.family
                if let address = container.addresses.first(where: { $0.family == family }) {
                    return (address, port.inside)
                }
            }
        }
        return nil
    }

    /// Whose devices are watched.
    private func places(of path: Path, _ start: Int, _ goal: Goal) -> [Int] {
        var watched = [start]
        func watch(_ place: Int) { if !watched.contains(place) { watched.append(place) } }
        watch(0)
        for hop in path.hops { watch(hop.station) }
        if path.isLookedInto, let end = path.hops.last?.cable { watch(end.station) }
        if let end = goal.station { watch(end) }
        // Where the host's translation may lead to.
        if path.hops.last?.isDelivered == true, path.hops.last?.station == 0, goal.port > 0 {
            for container in containers where container.ports.contains(where: { $0.host == goal.port }) {
                if let place = machine.station(ofProcess: container.pid) { watch(place) }
            }
        }
        return watched
    }

    /// A next hop that the kernel asks for at this moment (NUD_INCOMPLETE).
    private func awaited(on path: Path) -> IPAddress? {
        for hop in path.hops {
            guard let next = hop.nextHop, let output = hop.output else { continue }
            let known = ((try? machine.stations[hop.station].socket.neighbours()) ?? []).first {
                $0.address == next && $0.index == output.index
            }
            if known?.state == 1 { return next }
        }
        return nil
    }

    /// Where a path leaves what can be looked into.
    private func exit(of path: Path) -> ProbeRun.Exit? {
        guard let last = path.hops.last, !last.isDelivered, let output = last.output,
            !path.isLookedInto || last.cable == nil && output.kind != "bridge"
        else { return nil }
        return ProbeRun.Exit(station: last.station, device: output.index)
    }

    /// The way of the answer.
    private func answerPath(_ path: Path, _ probe: ProbeResult, _ start: Int, _ goal: Goal) -> Path? {
        guard let last = path.hops.last, let own = path.source ?? probe.sightings.first?.source else { return nil }
        let answerer = probe.connection?.reply.source ?? goal.address
        if last.isDelivered {
            // The answerer sees the source as the host's translation left it.
            let shown = probe.connection?.reply.destination ?? own
            return Path.walk(
                machine, from: last.station, to: shown, translated: own, goal: start, origin: answerer)
        }
        guard let output = last.output, output.kind != "bridge" else { return nil }
        return Path.walk(machine, from: last.station, to: own, goal: start, arrival: output, origin: answerer)
    }

    /// Rules of iptables-legacy that count a second probe; reading them twice tells which.
    private func legacyRules(_ flow: ProbeFlow, _ start: Int, _ watched: [Int]) -> [Int: [LegacyRule]] {
        var before: [Int: [LegacyRule]] = [:]
        for place in watched {
            let rules = LegacyRule.read(machine.stations[place])
            if !rules.isEmpty { before[place] = rules }
        }
        if before.isEmpty { return [:] }
        var plan = ProbeRun.Plan(flow: flow, source: start, stations: [], patience: 60, nearPatience: 60)
        plan.tracesRules = false
        _ = try? ProbeRun.run(machine, plan)
        var counted: [Int: [LegacyRule]] = [:]
        for (place, rules) in before {
            counted[place] = zip(rules, LegacyRule.read(machine.stations[place])).map { old, new in
                var new = new
                new.packets -= old.packets
                return new
            }
        }
        return counted
    }
}
