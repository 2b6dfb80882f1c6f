import IPAddressing
import RouteNetlink
import SystemCalls

/// What the words of a question stand for.
extension Explainer {
    enum Resolved {
        case goal(Goal)
        case finding(Report.Finding)
    }

    struct Goal {
        var address: IPAddress
        var port: UInt16
        var station: Int?
    }

    /// Addresses that name nobody in particular.
    private func check(_ address: IPAddress, _ text: String) throws(ExplainError) {
        let isGroup =
            IPPrefix("224.0.0.0/4")?.contains(address) == true || IPPrefix("ff00::/8")?.contains(address) == true
        if isGroup || address.isUnspecified || text == "255.255.255.255" {
            throw ExplainError(
                "\(text) is the address of \(address.isUnspecified ? "nobody" : "a group"): ask for one station")
        }
    }

    private func container(_ word: String) throws(ExplainError) -> Container? {
        let exact = containers.first { $0.name == word || $0.id == word }
        let short = word.count >= 3 ? containers.filter { $0.id.hasPrefix(word) } : []
        guard let found = exact ?? (short.count == 1 ? short[0] : nil) else { return nil }
        guard found.pid > 0 else {
            throw ExplainError(
                "container \(found.name) does not run, so it has no network: start it, then ask again", .conflict)
        }
        return found
    }

    func station(_ word: String) throws(ExplainError) -> Int {
        if word == "host" { return 0 }
        if word == "internet" { return try beyondUplink() }
        let name = word.hasPrefix("netns:") ? String(word.dropFirst(6)) : word
        if !word.hasPrefix("netns:"), let found = try container(word) {
            // It may be the host's own, or another container's.
            if let place = machine.station(ofProcess: found.pid) { return place }
            throw ExplainError("container \(found.name) has just ended: ask again", .conflict)
        }
        if let place = machine.station(named: name) { return place }
        if let pid = Int32(word), let place = machine.stations.firstIndex(where: { $0.pid == pid }) { return place }
        if let address = IPAddress(word),
            let place = machine.stations.firstIndex(where: { $0.owner(of: address) != nil })
        {
            return place
        }
        throw ExplainError("no container, namespace or address \(word)\(Self.near(word, known))", .notFound)
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

    func resolve(_ word: String, _ source: Int) throws(ExplainError) -> Resolved {
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
            try check(address, text)
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
            guard let address = address(of: place, from: source) else { return .finding(noAddress(place)) }
            return .goal(Goal(address: address, port: port, station: place))
        }
        let isName = text.contains(".") || resolver(of: machine.stations[source])?.description == "127.0.0.11"
        guard isName, !text.allSatisfy({ $0.isNumber || ".:/".contains($0) }), !text.contains("/") else {
            throw ExplainError(
                "\(text) is no address, and no container or namespace has that name\(Self.near(text, known))", .notFound
            )
        }
        return try lookUp(text, port, source)
    }

    /// The address of a station on a network that it shares with the source, else its first one; nil where it has none.
    private func address(of place: Int, from source: Int) -> IPAddress? {
        let candidates = machine.stations[place].addresses.filter { $0.scope == 0 && !$0.prefix.address.isLoopback }
            .map(\.prefix)
        let shared = candidates.first { candidate in
            machine.stations[source].addresses.contains { $0.scope == 0 && $0.prefix.contains(candidate.address) }
        }
        return (shared ?? candidates.first)?.address
    }

    private func noAddress(_ place: Int) -> Report.Finding {
        let station = machine.stations[place]
        let devices = station.links.filter { $0.flags & 0x8 == 0 }
        return Report.Finding(
            layer: "link", hop: station.label,
            headline: devices.isEmpty
                ? "\(station.label) has no network: its only device is lo" : "\(station.label) has no address",
            isProved: true,
            evidence: devices.isEmpty
                ? ["a container with --network none is so by intent"]
                : ["none of its devices has one: \(devices.map(\.name).joined(separator: ", "))"],
            fixes: [
                devices.isEmpty
                    ? "# causeway network connect NETWORK \(station.label)"
                    : "# causeway network disconnect and connect gives \(station.label) its address back"
            ])
    }

    // MARK: Names

    /// A file of a station's own root.
    private func file(_ path: String, of station: Station) -> String {
        (try? FileSystem.readText(station.pid.map { "/proc/\($0)/root" + path } ?? path)) ?? ""
    }

    private func resolver(of station: Station) -> IPAddress? {
        file("/etc/resolv.conf", of: station).split(separator: "\n").filter { $0.hasPrefix("nameserver") }
            .lazy.compactMap { line in IPAddress(String(line.dropFirst(10).drop { $0 == " " }.prefix { $0 != " " })) }
            .first
    }

    /// An address that `/etc/hosts` gives a name, an IPv4 one first.
    private func entry(_ name: String, of station: Station) -> IPAddress? {
        let found = file("/etc/hosts", of: station).split(separator: "\n").compactMap { line -> IPAddress? in
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }.map(String.init)
            return words.dropFirst().contains(name) ? words.first.flatMap { IPAddress($0) } : nil
        }
        return found.first { $0.family == .v4 } ?? found.first
    }

    private func lookUp(_ name: String, _ port: UInt16, _ source: Int) throws(ExplainError) -> Resolved {
        let station = machine.stations[source]
        if let address = entry(name, of: station) { return .goal(Goal(address: address, port: port, station: nil)) }
        func finding(_ headline: String, _ evidence: [String], _ fix: [String]) -> Resolved {
            .finding(
                Report.Finding(
                    layer: "name", hop: station.label, headline: headline, isProved: true, evidence: evidence,
                    fixes: fix))
        }
        guard let server = resolver(of: station) else {
            return finding(
                "\(station.label) has no resolver", ["its /etc/resolv.conf names none"],
                ["# give it one: --dns ADDRESS"])
        }
        if server.isLoopback, server.description != "127.0.0.11", !station.isOwn {
            return finding(
                "resolver is a loopback address of the host: \(server)",
                [
                    "\(station.label)'s resolv.conf names \(server): inside \(station.label) that is \(station.label) itself"
                ],
                ["# run it with --dns ADDRESS, an address that \(station.label) can reach"])
        }
        switch NameQuestion.ask(name, server, station) {
        case .address(let address): return .goal(Goal(address: address, port: port, station: nil))
        case .unknown(let code):
            let word =
                [2: "SERVFAIL", 3: "NXDOMAIN: there is no such name", 5: "REFUSED"][code] ?? "no address, code \(code)"
            if !name.contains(".") {
                throw ExplainError(
                    "\(name) is no container, namespace or name that \(server) knows (\(word))\(Self.near(name, known))",
                    .notFound)
            }
            return finding(
                code == 3 ? "there is no name \(name)" : "\(server) gives no address for \(name): \(word)",
                ["asked \(server) from \(station.label): \(word)"],
                [code == 3 ? "# check the spelling" : "# look at the resolver \(server), and at whom it asks"])
        case .refused:
            return finding(
                "the resolver \(server) does not run", ["asked from \(station.label): nothing listens on its port 53"],
                ["# give \(station.label) another one: --dns ADDRESS"])
        case .silent: return try silent(server, station, source, name)
        }
    }

    /// A resolver that says nothing: why it is not reached is the cause.
    private func silent(
        _ server: IPAddress, _ station: Station, _ source: Int, _ name: String
    ) throws(ExplainError) -> Resolved {
        let goal = Goal(address: server, port: 53, station: nil)
        let report = try ask(
            ProbeFlow(kind: .icmp, destination: server, port: 0), source, goal, sizes: false
        ).report(station.label, "\(server)")
        let inner = report.finding
        return .finding(
            Report.Finding(
                layer: "name", hop: station.label,
                headline: "the resolver \(server) does not answer" + (inner.map { ": \($0.headline)" } ?? ""),
                isProved: inner?.isProved ?? true,
                evidence: ["asked for \(name) from \(station.label) over UDP port 53"]
                    + (inner?.evidence ?? [
                        report.isReached ? "\(server) itself is reached" : "\(server) is not reached either"
                    ]), fixes: inner?.fixes ?? ["# causeway why \(station.label) \(server):53 --udp"]))
    }

    /// `; did you mean red?`
    static func near(_ word: String, _ names: [String]) -> String {
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
