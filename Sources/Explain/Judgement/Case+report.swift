extension Case {
    /// The whole report: the judgement, and the way hop by hop.
    func report(_ source: String, _ destinationWord: String) -> Report {
        let (found, ruledOut) = judge()
        let start = probe.sightings.first { $0.content == .probe }?.nanoseconds
        let time = probe.reply.flatMap { reply in start.map { Int((reply.nanoseconds - $0) / 1000) } }
        let judged = probe.events.count { !$0.table.hasPrefix("causeway_trace") }
        let devices = Set(probe.sightings.map { "\($0.station) \($0.device)" }).count
        return Report(
            source: source, destination: destinationWord, address: "\(destination)",
            isReached: probe.reply != nil && probe.isDelivered, microseconds: time, finding: found, ruledOut: ruledOut,
            hops: way(), missing: probe.missing,
            evidence:
                "\(probe.sightings.count) sightings at \(devices) devices · \(judged) judgements · "
                + "\(probe.connection == nil ? 0 : 1) flow"
        )
    }
}
