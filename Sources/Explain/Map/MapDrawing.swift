/// Draws a map for people.
public struct MapDrawing: Sendable {
    /// Whether red marks what is amiss; for a terminal.
    public var colour: Bool

    /// Chooses.
    public init(colour: Bool) { self.colour = colour }

    /// All of it: the tree, then routes, neighbours, forwarding databases and namespaces, then what is amiss.
    public func page(_ map: NetworkMap) -> String { tree(map) + sections(map) }

    /// A tree, one line a device.
    public func tree(_ map: NetworkMap) -> String {
        var lines = ["host  " + headline(map)]
        var branches: [[String]] = map.devices.map {
            device($0, map) + children(of: $0.name, map)
        }
        branches += map.bridges.map { bridge($0) + rules(of: $0.device.name, map) + children(of: $0.device.name, map) }
        for (index, branch) in branches.enumerated() {
            let isLast = index == branches.count - 1
            for (number, line) in branch.enumerated() {
                lines.append((number == 0 ? (isLast ? "└─ " : "├─ ") : (isLast ? "   " : "│  ")) + line)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func headline(_ map: NetworkMap) -> String {
        var parts = [
            map.forwarding ? "forwarding on" : wrong("forwarding off: nothing leaves a bridge")
        ]
        if let six = map.forwardingIPv6 { parts.append("IPv6 forwarding \(six ? "on" : "off")") }
        if let bridged = map.bridgeNetfilter { parts.append("br_netfilter \(bridged ? "on" : "off")") }
        if let policy = map.forwardPolicy { parts.append("FORWARD policy \(policy)") }
        return parts.joined(separator: " · ")
    }

    private func device(_ device: NetworkMap.Device, _ map: NetworkMap) -> [String] {
        var line = ([device.name] + device.addresses + [device.isUp ? "UP" : "DOWN"]).joined(separator: " ")
        if let gateway = device.gateway { line += " ─► \(gateway) \(device.gatewayState ?? "") ─► default" }
        if let parent = device.parent { line += "  \(device.kind) on \(parent)" }
        if let peer = device.peer { line += " ══ \(peer.interface) \(peer.owner)" }
        if let fault = device.fault { line += "  " + wrong(fault) }
        guard device.gateway != nil else { return [line] }
        return [line]
            + map.translations.filter(map.isAlive).flatMap { rule in
                ["  \(Self.plain(rule.rule))   \(rule.place)"]
                    + map.elements(of: rule).map { element in
                        "    \(element.text)" + (element.packets.map { "   \($0) packets" } ?? "")
                    }
            }
    }

    /// A rule without the `-A` of iptables.
    static func plain(_ rule: String) -> String { rule.hasPrefix("-A ") ? String(rule.dropFirst(3)) : rule }

    /// The rules that name a bridge, and judge what is forwarded.
    private func rules(of bridge: String, _ map: NetworkMap) -> [String] {
        let rules = Set(map.rules(of: bridge, .input)).union(map.rules(of: bridge, .output))
        return map.forwardRules.filter { map.isAlive($0) && (rules.contains($0) || map.concerns($0, bridge)) }
            .map { "   \(Self.plain($0.rule))   \($0.place)" }
    }

    /// Macvlan and ipvlan devices of other namespaces that hang on a device.
    private func children(of name: String, _ map: NetworkMap) -> [String] {
        map.namespaces.flatMap { place in
            place.devices.filter { $0.parent == name }.map { child in
                "   ┄ \(child.kind) \(child.name) \(place.owner)  \(child.addresses.joined(separator: " "))"
            }
        }
    }

    private func bridge(_ bridge: NetworkMap.Bridge) -> [String] {
        let device = bridge.device
        var line = ([device.name] + device.addresses).joined(separator: " ")
        if bridge.ports.isEmpty, device.fault == nil {
            return [line + "  NO-CARRIER — normal: nothing is plugged in"]
        }
        let forwarding = bridge.ports.count { $0.state == "forwarding" }
        line += " \(device.hasCarrier ? "UP" : "NO-CARRIER") · \(forwarding)/\(bridge.ports.count) ports forwarding"
        if let fault = device.fault { line += "  " + wrong(fault) }
        let width = bridge.ports.map { ($0.peer?.owner ?? "?").count }.max() ?? 0
        return [line]
            + bridge.ports.enumerated().map { index, port in
                let mark = index == bridge.ports.count - 1 ? " └─ " : " ├─ "
                guard let peer = port.peer else {
                    return mark + port.name + " ══ ?  "
                        + wrong(port.fault ?? "its other end is in no namespace that can be seen")
                }
                let owner = peer.owner + String(repeating: " ", count: width - peer.owner.count)
                var text = "\(mark)\(port.name) ══ \(peer.interface) \(owner)  "
                text += peer.addresses.map { String($0.prefix { $0 != "/" }) }.joined(separator: " ")
                if !peer.published.isEmpty { text += "  ● " + peer.published.joined(separator: " ") }
                if let fault = port.fault { text += "  " + wrong(fault) }
                return text
            }
    }

    func wrong(_ text: String) -> String { colour ? "\u{1B}[31m✗ \(text)\u{1B}[0m" : "✗ \(text)" }

    /// A diagram in Mermaid's language (flowchart), for documents.
    public func mermaid(_ map: NetworkMap) -> String {
        func id(_ name: String) -> String { String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" }) }
        func label(_ parts: [String]) -> String { parts.filter { !$0.isEmpty }.joined(separator: "<br/>") }
        var lines = ["flowchart LR", "  subgraph host"]
        for device in map.devices {
            lines.append("    \(id(device.name))[\"\(label([device.name] + device.addresses))\"]")
        }
        for bridge in map.bridges {
            lines.append(
                "    \(id(bridge.device.name)){{\"\(label([bridge.device.name] + bridge.device.addresses))\"}}")
        }
        lines.append("  end")
        for bridge in map.bridges {
            for port in bridge.ports {
                let owner = port.peer?.owner ?? "unknown"
                let addresses = port.peer?.addresses ?? []
                lines.append(
                    "  \(id(owner))([\"\(label([owner] + addresses))\"]) ---|\(port.name)| \(id(bridge.device.name))")
            }
            for device in map.devices where device.gateway != nil {
                let rewrites = map.wayOut(of: bridge.device.name) != nil
                lines.append("  \(id(bridge.device.name)) -.->\(rewrites ? "|NAT|" : "") \(id(device.name))")
            }
        }
        for device in map.devices {
            if let gateway = device.gateway { lines.append("  \(id(device.name)) --> internet((\"\(gateway)\"))") }
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
