import IPAddressing
import RouteNetlink
import SystemCalls

extension Case {
    /// A check by the name that `ruled out` prints.
    typealias Check = (name: String, run: (Step) -> Report.Finding?)

    /// What is wrong, and what was found in order. Only the step on which the probe was lost is judged, so that nothing
    /// is blamed that it never met; on that step, what comes first in the kernel is asked first.
    func judge() -> (finding: Report.Finding?, ruledOut: [String]) {
        if probe.hasNoPort { return (noPort(), []) }
        let gap = gap
        var ruledOut = names(of: passed(before: gap))
        if probe.reply != nil, probe.isDelivered { return (checkAnswer(), ruledOut) }
        // A packet that was sent elsewhere makes everything after that a consequence.
        for step in passed(before: gap) + [gap].compactMap({ $0 }) where [.leave, .route].contains(step.kind) {
            if let found = checkMisrouted(step) { return (withTrail(found, step), []) }
        }
        if let found = checkWrongAnswer() { return (found, ruledOut) }
        if let found = checkService() { return (found, ruledOut) }
        guard var step = gap else { return (nil, ruledOut) }
        // What was delivered may have been answered: the answer is then lost before it leaves.
        if step.kind == .deliver, !step.isReply, let answer = back?.steps(isReply: true).first,
            events(in: step.station, isReply: true).contains(where: { $0.end != nil || $0.isDrop })
        {
            ruledOut += names(of: [step])
            step = answer
        }
        var steps = [step]
        if step.kind == .deliver, !step.isReply, let answer = back?.steps(isReply: true).first { steps.append(answer) }
        for step in steps {
            for check in checks(of: step) {
                if let found = check.run(step) {
                    return (withTrail(found, step), ruledOut.filter { $0 != check.name })
                }
                if !ruledOut.contains(check.name) { ruledOut.append(check.name) }
            }
        }
        return (nil, ruledOut)
    }

    private func checks(of step: Step) -> [Check] {
        switch step.kind {
        case .leave:
            [
                ("device", checkDevice), ("loopback", checkLoopback), ("filter", checkFilter), ("route", checkRefusal),
                ("size", checkSendSize),
                ("overlap", checkOverlap), ("carrier", checkOutput), ("neighbour", checkNeighbour),
                ("queue", checkQueue), ("policy", checkSecurityPolicy), ("unseen rules", checkUnseen),
            ]
        case .route:
            [
                ("bridge", checkUnplugged), ("time to live", checkTimeToLive), ("filter", checkFilter),
                ("forwarding", checkForwarding),
                ("reverse path", checkReversePath), ("policy", checkSecurityPolicy), ("route", checkRefusal),
                ("overlap", checkOverlap), ("carrier", checkOutput), ("size", checkOutputSize),
                ("neighbour", checkNeighbour), ("queue", checkQueue), ("unseen rules", checkUnseen),
            ]
        case .cable: [("cable", checkCable), ("size", checkPortSize), ("neighbour", checkWrongNeighbour)]
        case .up, .across, .down:
            [
                ("bridge", checkPort), ("ingress hooks and bridge rules", checkFilter),
                ("neighbour", checkWrongNeighbour), ("forwarding database", checkDatabase),
                ("target's port", checkTarget), ("hairpin", checkHairpin), ("translation", checkBridgedTranslation),
                ("size", checkPortSize), ("queue", checkQueue), ("unseen rules", checkUnseen),
            ]
        case .deliver:
            [
                ("bridge", checkUnplugged), ("firewall", checkFilter), ("neighbour", checkSender),
                ("reverse path", checkReversePath), ("policy", checkSecurityPolicy),
                ("unseen rules", checkUnseen), ("service", checkSilence),
            ]
        case .beyond:
            [
                ("ingress hooks", checkFilter), ("tunnel", checkTunnel), ("translation", checkTranslation),
                // A device without a carrier still takes packets until the kernel turns its queue off (up to 1 s later).
                ("overlap", checkOverlap), ("carrier", checkOutput), ("far side", checkFarSide),
            ]
        case .astray:
            [
                ("bridge", checkPort), ("ingress hooks and bridge rules", checkFilter),
                ("neighbour", checkWrongNeighbour), ("forwarding database", checkDatabase),
                ("queue", checkQueue), ("neighbour", checkNeighbour),
            ]
        }
    }

    /// What steps that were passed rule out.
    private func names(of steps: [Step]) -> [String] {
        var names: [String] = []
        for step in steps {
            let label = machine.stations[step.station].label
            let name =
                switch step.kind {
                case .leave: "\(label)'s route and neighbour"
                case .route: "\(label)'s forwarding, routes and filter"
                case .cable, .up, .across, .down: "link, bridge"
                case .deliver: "\(label)'s firewall and service"
                case .beyond: "the far side"
                case .astray: ""
                }
            if !name.isEmpty, !names.contains(name) { names.append(name) }
        }
        return names
    }

    /// A finding with where the probe, or its answer, was seen last.
    private func withTrail(_ finding: Report.Finding, _ step: Step) -> Report.Finding {
        var finding = finding
        let seen = probe.sightings.filter {
            if case .probe = $0.content { return !step.isReply }
            if case .reply = $0.content { return step.isReply }
            return false
        }
        var places: [String] = []
        for sighting in seen {
            let station = machine.stations[sighting.station]
            let name = (station.isOwn ? "" : station.label + "/") + station.name(sighting.device)
            if !places.contains(name) { places.append(name) }
        }
        let subject = step.isReply ? "the answer" : "the probe"
        finding.evidence.append(
            places.isEmpty
                ? "\(subject) was seen at no device" : "\(subject) was seen at \(places.joined(separator: " → "))")
        return finding
    }

    /// What an answer does not disprove: addresses that two have, and sizes.
    private func checkAnswer() -> Report.Finding? {
        for step in path.steps(isReply: false) + (back?.steps(isReply: true) ?? []) {
            if let found = checkDuplicates(step) { return found }
        }
        guard probe.largeReturned == false else { return nil }
        for step in path.steps(isReply: false) + (back?.steps(isReply: true) ?? []) {
            if let found = checkPortSize(step, length: Int(device?.mtu ?? 1500)) { return found }
        }
        return checkSize()
    }

    private func noPort() -> Report.Finding {
        let range = origin.parameter("net/ipv4/ip_local_port_range") ?? "?"
        return finding(
            "service", origin, "no free local port in \(origin.label)",
            [
                "bind: \(probe.refusal.map { "\($0)" } ?? "?"); ip_local_port_range is \(range.replacing("\t", with: " "))"
            ],
            fix: [origin.enter + "sysctl -w net/ipv4/ip_local_port_range='32768 60999'"])
    }
}
