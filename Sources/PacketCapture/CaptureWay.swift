public import Explain
import IPAddressing
import RouteNetlink
import SystemCalls

/// The devices on the way out of a source, at which a capture listens.
public struct CaptureWay: Hashable, Sendable {
    /// A device to listen at.
    public struct Stop: Hashable, Sendable {
        /// `red/eth0`, or the name alone for the host's.
        public var title: String
        /// The device's name in its namespace.
        public var name: String
        /// The namespace's file; nil is the caller's own.
        public var path: String?
    }

    /// In the order of the way out.
    public let stops: [Stop]

    /// Finds the way.
    ///
    /// - Parameters:
    ///   - source: a container, `host`, a namespace's name or `netns:NAME`, or a device.
    ///   - map: what is where.
    ///   - only: devices of the way to listen at; empty means all.
    /// - Throws: where there is no such source, or none of the devices is on its way.
    public init(from source: String, _ map: NetworkMap, only: [String] = []) throws(ExplainError) {
        let name = source.hasPrefix("netns:") ? String(source.dropFirst(6)) : source
        guard let way = Self.way(name, map) else { throw Self.unknown(name, map) }
        stops = only.isEmpty ? way : way.filter { only.contains($0.name) || only.contains($0.title) }
        if stops.isEmpty {
            throw ExplainError(
                "no device to listen at: \(only.joined(separator: ", ")) is not on the way of \(source), which is "
                    + way.map(\.title).joined(separator: ", "))
        }
    }

    private static func way(_ name: String, _ map: NetworkMap) -> [Stop]? {
        func stop(_ name: String) -> Stop { Stop(title: name, name: name) }
        let uplinks = map.devices.filter { $0.gateway != nil }.map { stop($0.name) }
        if name == "host" { return uplinks }
        if let place = map.namespaces.first(where: { $0.owner == name }) {
            let inside = place.devices.flatMap { cable(of: $0, in: place, map) }
            return inside + uplinks.filter { !inside.contains($0) }
        }
        if let bridge = map.bridges.first(where: { $0.device.name == name }) {
            return bridge.ports.map { stop($0.name) } + [stop(name)] + uplinks
        }
        let isDevice =
            map.devices.contains { $0.name == name }
            || map.bridges.contains { $0.ports.contains { $0.name == name } }
        return isDevice ? [stop(name)] : nil
    }

    /// A device of another namespace, and what its cable leads through.
    private static func cable(
        of device: NetworkMap.Device, in place: NetworkMap.Namespace, _ map: NetworkMap
    ) -> [Stop] {
        func isFarEnd(_ peer: NetworkMap.Peer?) -> Bool {
            peer?.owner == place.owner && peer?.interface == device.name
        }
        let bridge = map.bridges.first { $0.ports.contains { isFarEnd($0.peer) } }
        let port = bridge?.ports.first { isFarEnd($0.peer) }
        let others = map.devices.filter { isFarEnd($0.peer) }.map(\.name)
        let names = [port?.name, bridge?.device.name, device.parent].compactMap { $0 } + others
        return [Stop(title: "\(place.owner)/\(device.name)", name: device.name, path: place.path)]
            + names.map { Stop(title: $0, name: $0) }
    }

    private static func unknown(_ name: String, _ map: NetworkMap) -> ExplainError {
        let known =
            map.namespaces.map(\.owner) + map.bridges.map(\.device.name) + map.devices.map(\.name) + ["host"]
        return ExplainError(
            "\"\(name)\" is no running container, namespace or device that can be seen here; there are: "
                + known.joined(separator: ", "), .notFound)
    }

    /// Begins to listen at every stop.
    func open() throws(ExplainError) -> [PacketTap] {
        var taps: [PacketTap] = []
        for stop in stops {
            do {
                let namespace = try stop.path.map { (path) throws(SystemCallError) in try NetworkNamespace(path: path) }
                let place = if let namespace { namespace } else { try NetworkNamespace.current() }
                guard let link = try RouteSocket(in: place).link(named: stop.name) else {
                    throw ExplainError("\(stop.title) is gone", .notFound)
                }
                taps.append(try PacketTap(in: place, index: link.index))
            } catch let error as ExplainError {
                throw error
            } catch {
                throw ExplainError("cannot listen at \(stop.title): \(error)", .failed)
            }
        }
        return taps
    }
}

/// What a capture takes from the map: names for addresses, and the rule behind a rewritten address.
struct CaptureMap {
    let map: NetworkMap
    /// Each container's addresses, and this host's.
    let names: [IPAddress: String]

    init(_ map: NetworkMap) {
        self.map = map
        var names: [IPAddress: String] = [:]
        func add(_ prefixes: [String], _ name: String) {
            for address in prefixes.compactMap({ IPPrefix($0)?.address }) { names[address] = name }
        }
        for place in map.namespaces { for device in place.devices { add(device.addresses, place.owner) } }
        for bridge in map.bridges { add(bridge.device.addresses, bridge.device.name) }
        for device in map.devices { add(device.addresses, "host") }
        self.names = names
    }

    /// The rule that rewrote, where only one can have: NAT chains see a flow's first packet, so no rule is named for a
    /// later one or for a reply.
    func rule(_ rewrite: PacketJourney.Rewrite, _ titles: [String]) -> String? {
        let packet = rewrite.packet
        guard packet.isEchoRequest || packet.flags.map({ $0 & 0x12 == 2 }) ?? (packet.protocolNumber == 17) else {
            return nil
        }
        // What answers on a published port has its source put back by connection tracking, not by a rule.
        if rewrite.isSource, isAnswer(rewrite.before, packet.sourcePort ?? 0) { return nil }
        let facts = PacketFacts(
            input: titles[rewrite.from], output: rewrite.isSource ? titles[rewrite.at] : nil,
            source: packet.source, destination: packet.destination, protocolNumber: packet.protocolNumber,
            sourcePort: packet.sourcePort, destinationPort: packet.destinationPort)
        let possible = map.translations.compactMap { rule -> (NetworkMap.Translation, RuleMatch)? in
            let verbs = rewrite.isSource ? ["MASQUERADE", "SNAT", "masquerade", "snat"] : ["DNAT", "dnat"]
            let words = rule.rule.split(separator: " ")
            let verb = words.indices.first { place in
                verbs.contains(String(words[place])) && !["status", "--ctstate"].contains(words[max(0, place - 1)])
            }
            guard verb != nil, rule.chain.hasPrefix("ip6 ") == (packet.type == 0x86DD) else {
                return nil
            }
            let match = RuleMatch(rule.rule, in: String(rule.chain.prefix { $0 != "/" }), sets: map.sets, facts)
            return match.isPossible ? (rule, match) : nil
        }
        guard let (rule, match) = possible.first, match.isCertain || possible.count == 1 else { return nil }
        let found = match.elements.isEmpty ? "" : " [\(match.elements.joined(separator: "; "))]"
        return "\(rule.chain) #\(rule.number) \(rule.rule)\(found)"
    }

    private func isAnswer(_ address: IPAddress, _ port: UInt16) -> Bool {
        let ends = "\(address) . \(port)"
        return map.translations.contains {
            $0.rule.hasSuffix("--to-destination \(address):\(port)") || $0.rule.hasSuffix("dnat to \(address):\(port)")
        } || map.sets.contains { $0.elements.contains { $0.value == ends } }
    }
}
