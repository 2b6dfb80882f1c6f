import IPAddressing
import RouteNetlink

extension Explainer {
    /// A device of the host.
    func device(_ name: String) throws(ExplainError) -> Report {
        let host = machine.stations[0]
        guard let link = host.link(named: name) else {
            if let start = try? station(name) {
                let target = machine.stations[start].label
                return try question(target == "host" ? "host" : name, "internet", nil, sizes: true)
            }
            throw ExplainError(
                "\(name) is neither a device of the host nor a container\(Self.near(name, host.links.map(\.name) + containers.map(\.name)))",
                .notFound)
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
}
