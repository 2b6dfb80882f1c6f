import ConnectionTracking
import IPAddressing
import RouteNetlink

/// What nftables reported of one packet in one station, as steps of its way: the first packet of a direction only, since
/// a connection has more.
struct Judgements {
    /// Before the packet came up from a bridge: rules of bridges and devices.
    private(set) var bridged: [Report.Step] = []
    /// Those of IP.
    private(set) var routed: [Report.Step] = []

    var all: [Report.Step] { bridged + routed }

    init(_ facts: Case, _ place: Int, isReply: Bool) {
        let station = facts.machine.stations[place]
        func isRule(_ event: TraceEvent) -> Bool { event.station == place && !event.table.hasPrefix("causeway_trace") }
        let events = facts.probe.events.filter { event in
            isRule(event) && (event.isReplyOfConnection ?? facts.isReply(event)) == isReply
        }
        // Whoever is asked for on the way there is known on the way back.
        let wanted = Self.first((isReply ? [] : facts.probe.talk.filter(isRule)) + events)
        if wanted.isEmpty { return }
        let listing = station.rules
        var hook = ""
        var base = ""
        var met: Set<String> = []
        var isCopy = false
        for event in wanted {
            let chain = listing.chain(of: event)
            if let chain, !chain.hook.isEmpty {
                hook = chain.kind == "filter" ? chain.hook : ""
                let name = "\(event.isTalk) \(chain.family) \(chain.table) \(chain.name)"
                // A frame that goes to every port of a bridge passes the same hooks once for each.
                if name != base { isCopy = !met.insert(name).inserted }
                base = name
            }
            if isCopy { continue }
            guard let step = Self.step(event, chain, hook, listing, facts, station) else { continue }
            if [5, 7].contains(event.family) { bridged.append(step) } else { routed.append(step) }
        }
    }

    /// The judgements of the first packet: an id that begins in a chain where another one was belongs to a later one.
    private static func first(_ events: [TraceEvent]) -> [TraceEvent] {
        var packets: [UInt32: Bool] = [:]
        var chains: Set<String> = []
        return events.filter { event in
            let chain = "\(event.isTalk) \(event.family) \(event.table) \(event.chain)"
            let isFirst = packets[event.id] ?? !chains.contains(chain)
            packets[event.id] = isFirst
            if isFirst { chains.insert(chain) }
            return isFirst
        }
    }

    private static func step(
        _ event: TraceEvent, _ chain: RuleListing.Chain?, _ hook: String, _ listing: RuleListing, _ facts: Case,
        _ station: Station
    ) -> Report.Step? {
        // iptables' own tables go by their name alone, as its users know them.
        let isTables = chain?.rules.contains { $0.iptables != nil } == true || chain.map(listing.isOfIPTables) == true
        let family = isTables && event.familyName == "ip" ? "" : event.familyName + " "
        let place = "\(family)\(event.table)/\(event.chain)"
        let about = event.isTalk ? "\(facts.family == .v4 ? "ARP" : "neighbour discovery"): " : ""
        var step: Report.Step
        if let (_, number, rule) = listing.find(event) {
            let match = RuleMatch(
                rule.text, in: "\(event.familyName) \(event.table)", sets: listing.sets, event.facts(station))
            let found =
                rule.iptables == nil && !match.elements.isEmpty ? "  [\(match.elements.joined(separator: "; "))]" : ""
            let isDecided = event.isDrop || event.verdict == 1 && ["forward", "input", "output"].contains(hook)
            step = Report.Step(
                .rule,
                "\(about)\(place) #\(number)  \(rule.iptables ?? rule.text)\(found)  \(word(event))"
                    + (isDecided ? "   ◄ decided" : ""))
            step.number = number
            step.rule = rule.iptables ?? rule.text
            step.elements = match.elements.isEmpty ? nil : match.elements
        } else if event.isPolicy {
            step = Report.Step(.policy, "\(about)\(place) policy \(word(event))")
        } else if event.handle != nil {
            step = Report.Step(.rule, "\(about)\(place) handle \(event.handle ?? 0), gone since  \(word(event))")
        } else {
            return nil
        }
        step.table = family + event.table
        step.chain = event.chain
        step.verdict = word(event)
        return step
    }

    /// NF_* and NFT_* of `<linux/netfilter/nf_tables.h>`.
    private static func word(_ event: TraceEvent) -> String {
        switch event.verdict {
        case 0: "DROP"
        case 1: "ACCEPT"
        case -3, -4: "→ \(event.target)"
        case -5: "↩"
        default: ""
        }
    }
}

extension TraceEvent {
    /// What rules ask of the packet here.
    func facts(_ station: Station) -> PacketFacts {
        PacketFacts(
            input: input.flatMap { station.link($0)?.name }, output: output.flatMap { station.link($0)?.name },
            source: source, destination: destination, protocolNumber: protocolNumber, sourcePort: sourcePort,
            destinationPort: destinationPort)
    }
}
