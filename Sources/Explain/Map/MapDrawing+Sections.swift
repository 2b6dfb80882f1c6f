extension MapDrawing {
    /// What a tree has no room for: a section each for routes, neighbours, forwarding databases, namespaces, and for
    /// what is amiss. A section with nothing in it is left out.
    public func sections(_ map: NetworkMap) -> String {
        var text = section("routes", map.routes.map { [$0] })
        text += section("neighbours", map.neighbours.map(row))
        for bridge in map.bridges {
            text += section(
                "forwarding database of \(bridge.device.name)\(settings(bridge))",
                bridge.forwardingDatabase.map { [$0.mac ?? "", $0.device, $0.state, owner(of: $0.mac, map)] })
        }
        for place in map.namespaces {
            let devices = place.devices.map { device in
                [device.name, device.addresses.joined(separator: " "), device.mac ?? "", state(device)]
            }
            text += section(
                "namespace \(place.owner)  \(place.path)\(place.fault.map { "  " + wrong($0) } ?? "")",
                devices + place.routes.map { ["route " + $0] } + place.neighbours.map(row))
        }
        let faults = Self.faults(map)
        return text + section("amiss", faults.map { [wrong($0)] })
    }

    /// Everything that is amiss, one sentence each.
    public static func faults(_ map: NetworkMap) -> [String] {
        var all = map.forwarding ? [] : ["host: forwarding is off: sysctl -w net.ipv4.ip_forward=1"]
        all += map.devices.compactMap { device in device.fault.map { "\(device.name): \($0)" } }
        for bridge in map.bridges {
            if let fault = bridge.device.fault { all.append("\(bridge.device.name): \(fault)") }
            all += bridge.ports.compactMap { port in
                port.fault.map { "\(port.name) (\(port.peer?.owner ?? "?")): \($0)" }
            }
        }
        return all + map.faults
    }

    private func settings(_ bridge: NetworkMap.Bridge) -> String {
        guard let settings = bridge.settings else { return "" }
        return "  STP \(settings.spanningTree ? "on" : "off"), ageing \(Int(settings.ageing)) s"
    }

    private func owner(of mac: String?, _ map: NetworkMap) -> String {
        for bridge in map.bridges {
            if let peer = bridge.ports.lazy.compactMap(\.peer).first(where: { $0.mac == mac }) { return peer.owner }
        }
        return ""
    }

    private func state(_ device: NetworkMap.Device) -> String {
        if !device.isUp { return wrong("DOWN") }
        return device.hasCarrier ? "UP" : "NO-CARRIER"
    }

    private func row(_ station: NetworkMap.Station) -> [String] {
        let isAmiss = ["failed", "incomplete"].contains(station.state)
        return [
            station.address ?? "", station.mac ?? "–", station.device, isAmiss ? wrong(station.state) : station.state,
        ]
    }

    /// A headline and a table with aligned columns.
    private func section(_ title: String, _ rows: [[String]]) -> String {
        if rows.isEmpty { return "" }
        var widths: [Int] = []
        for row in rows where row.count > 1 {
            for (index, cell) in row.enumerated() {
                if index == widths.count { widths.append(0) }
                widths[index] = max(widths[index], cell.count)
            }
        }
        let lines = rows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                line += cell
                if index < row.count - 1 {
                    line += String(repeating: " ", count: max(0, widths[index] - cell.count) + 2)
                }
            }
            while line.last == " " { line.removeLast() }
            return "  " + line
        }
        return "\n" + title + "\n" + lines.map { $0 + "\n" }.joined()
    }
}
