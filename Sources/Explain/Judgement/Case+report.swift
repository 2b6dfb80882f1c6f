import ConnectionTracking
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

extension Case {
    /// Judges: layer 2 first, then neighbours, routes, parameters, filters, translation, the far side.
    func report(_ source: String, _ destinationWord: String) -> Report {
        let isReached = probe.reply != nil && !probe.isRefused
        var ruledOut: [String] = []
        var found: Report.Finding?
        if isReached {
            // What an answer does not disprove: a MAC that two have, and sizes.
            found = checkDatabase()
            if found == nil, probe.largeReturned == false { found = checkTarget() ?? checkSize() }
        } else {
            let checks: [(String, () -> Report.Finding?)] = [
                ("service", checkService),
                ("link, bridge", checkLink), ("neighbour, source route", checkSource),
                ("hooks", checkHooks), ("queues", checkQueues), ("route, forwarding, rp_filter", checkRouting),
                ("filter", checkFilter), ("translation", checkTranslation), ("far side", checkFarSide),
            ]
            for (name, check) in checks {
                found = check()
                if found != nil { break }
                if name != "service" { ruledOut.append(name) }
            }
        }
        let start = probe.sightings.first { $0.content == .probe }?.nanoseconds
        let time = probe.reply.flatMap { reply in start.map { Int((reply.nanoseconds - $0) / 1000) } }
        let traces = probe.events.count { !$0.table.hasPrefix("causeway_trace") }
        let devices = Set(probe.sightings.map { "\($0.station) \($0.device)" }).count
        return Report(
            source: source, destination: destinationWord, address: "\(destination)", isReached: isReached,
            microseconds: time, finding: found, ruledOut: ruledOut, hops: way(), missing: probe.missing,
            evidence:
                "\(probe.sightings.count) sightings at \(devices) devices · \(traces) judgements · "
                + "\(probe.connection == nil ? 0 : 1) flow"
        )
    }

    /// Rules of bridges and ingress hooks come before the host's routing.
    private func checkHooks() -> Report.Finding? {
        guard let event = probe.events.first(where: { $0.verdict == 0 }), [5, 7].contains(event.family) else {
            return nil
        }
        return checkFilter()
    }
}
