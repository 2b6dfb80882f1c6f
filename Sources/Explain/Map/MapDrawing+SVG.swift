extension MapDrawing {
    /// A drawing for documents, as SVG 1.1: the internet above, the host with its uplinks and bridges, and below it who
    /// is plugged in. It needs no font of its own and no network.
    public func svg(_ map: NetworkMap) -> String { VectorDrawing(map).text }
}

/// Lays a map out on paper. Lengths are in SVG's user units (pixels).
struct VectorDrawing {
    private let map: NetworkMap
    private var body: [String] = []

    private static let box = 196
    private static let gap = 26
    private static let margin = 40
    private static let uplinkTop = 150
    private static let bridgeTop = 300
    private static let placeTop = 470

    init(_ map: NetworkMap) {
        self.map = map
        draw()
    }

    private var width = 0
    private var height = 0

    private static func columnX(_ column: Int) -> Int { margin + 20 + column * (box + gap) }

    private mutating func draw() {
        var spans: [(bridge: NetworkMap.Bridge, first: Int, count: Int)] = []
        var column = 0
        for bridge in map.bridges {
            let count = max(1, bridge.ports.count)
            spans.append((bridge, column, count))
            column += count
        }
        let loose = map.devices.filter { $0.peer != nil && $0.gateway == nil }
        let children = map.namespaces.flatMap { place in
            place.devices.filter { $0.parent != nil }.map { (place.owner, $0) }
        }
        let uplinks = map.devices.filter { $0.peer == nil || $0.gateway != nil }
        let columns = max(column + loose.count + children.count, uplinks.count, 2)
        width = Self.columnX(columns) - Self.gap + 20 + Self.margin
        height = Self.placeTop + 140
        frame(uplinks)
        for (bridge, first, count) in spans { draw(bridge, first, count, uplinks) }
        for (index, device) in loose.enumerated() { draw(device, column + index) }
        for (index, child) in children.enumerated() {
            let x = Self.columnX(column + loose.count + index)
            line(x + Self.box / 2, Self.placeTop, x + Self.box / 2, Self.bridgeTop + 90, dashed: true)
            label(x + Self.box / 2, Self.placeTop - 40, "\(child.1.kind) on \(child.1.parent ?? "")", anchor: "middle")
            place(x, child.0, [child.1.name + "  " + (child.1.addresses.first ?? "")], nil)
        }
    }

    private mutating func frame(_ uplinks: [NetworkMap.Device]) {
        let policy = map.forwardPolicy.map { " · FORWARD policy \($0)" } ?? ""
        body.append(
            "<rect class=\"host\" x=\"\(Self.margin)\" y=\"\(Self.uplinkTop - 30)\" "
                + "width=\"\(width - 2 * Self.margin)\" height=\"\(Self.bridgeTop + 130 - Self.uplinkTop)\" rx=\"12\"/>"
        )
        label(width - Self.margin - 14, Self.uplinkTop - 10, "host\(policy)", anchor: "end", style: "dim")
        if !map.forwarding {
            label(width - Self.margin - 14, Self.uplinkTop + 10, "✗ forwarding is off", anchor: "end", style: "bad")
        }
        for (index, uplink) in uplinks.enumerated() {
            let x = Self.columnX(index)
            let centre = x + Self.box / 2
            if let gateway = uplink.gateway {
                line(centre, Self.uplinkTop, centre, 92, bad: uplink.fault != nil)
                body.append("<ellipse class=\"cloud\" cx=\"\(centre)\" cy=\"60\" rx=\"90\" ry=\"32\"/>")
                label(centre, 58, "internet", anchor: "middle", style: "strong")
                label(centre, 76, "via \(gateway)", anchor: "middle", style: "dim")
            }
            rectangle(
                "uplink", x, Self.uplinkTop, Self.box, [uplink.name] + uplink.addresses.prefix(2), uplink.fault)
        }
    }

    private mutating func draw(
        _ bridge: NetworkMap.Bridge, _ first: Int, _ count: Int, _ uplinks: [NetworkMap.Device]
    ) {
        let x = Self.columnX(first)
        let span = count * (Self.box + Self.gap) - Self.gap
        let name = bridge.device.name
        if let index = uplinks.firstIndex(where: { $0.gateway != nil }) {
            let target = Self.columnX(index) + Self.box / 2
            let centre = x + span / 2
            let rule = map.wayOut(of: name)
            line(centre, Self.bridgeTop, target, Self.uplinkTop + 66, dashed: rule != nil, faint: rule == nil)
            if let rule {
                let verb = rule.rule.lowercased().contains("snat") ? "SNAT" : "MASQUERADE"
                let count = rule.packets.map { " · \($0) packets" } ?? ""
                label(centre + 12, Self.bridgeTop - 12, verb + count, style: "nat")
            } else {
                label(x + span, Self.bridgeTop - 8, "not masqueraded", anchor: "end", style: "dim")
            }
        }
        var lines = [name] + bridge.device.addresses.prefix(2)
        if bridge.ports.isEmpty, bridge.device.fault == nil { lines.append("NO-CARRIER, empty: normal") }
        rectangle("bridge", x, Self.bridgeTop, span, lines, bridge.device.fault)
        for (index, port) in bridge.ports.enumerated() {
            let left = Self.columnX(first + index)
            let centre = left + Self.box / 2
            line(centre, Self.bridgeTop + 66, centre, Self.placeTop, bad: port.fault != nil)
            label(centre + 8, Self.placeTop - 60, port.name, style: "dim")
            if let fault = port.fault { label(centre + 8, Self.placeTop - 12, "✗ " + short(fault), style: "bad") }
            guard let peer = port.peer else {
                place(left, "?", ["in no namespace that can be seen"], port.fault)
                continue
            }
            label(centre + 8, Self.placeTop - 28, peer.interface, style: "dim")
            place(left, peer.owner, peer.addresses + peer.published.map { "● " + $0 }, nil)
        }
    }

    private mutating func draw(_ device: NetworkMap.Device, _ column: Int) {
        let x = Self.columnX(column)
        let centre = x + Self.box / 2
        rectangle("uplink", x, Self.bridgeTop, Self.box, [device.name] + device.addresses.prefix(2), device.fault)
        line(centre, Self.bridgeTop + 66, centre, Self.placeTop, bad: device.fault != nil)
        if let peer = device.peer { place(x, peer.owner, [peer.interface] + peer.addresses, nil) }
    }

    private mutating func place(_ x: Int, _ title: String, _ lines: [String], _ fault: String?) {
        rectangle("place", x, Self.placeTop, Self.box, [title] + lines.prefix(4), fault, height: 32 + 18 * 4)
    }

    // MARK: Shapes

    private mutating func rectangle(
        _ style: String, _ x: Int, _ y: Int, _ width: Int, _ lines: [String], _ fault: String?, height: Int = 66
    ) {
        let border = fault == nil ? style : style + " broken"
        body.append(
            "<rect class=\"\(border)\" x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"8\"/>")
        for (index, text) in lines.enumerated() {
            label(x + 12, y + 22 + 18 * index, text, style: index == 0 ? "strong" : "text")
        }
        if let fault {
            label(x + 12, y + height + 16, "✗ " + short(fault), style: "bad")
        }
    }

    /// A fault without its remedy: a drawing has little room.
    private func short(_ fault: String) -> String { String(fault.prefix { $0 != ":" && $0 != ";" }) }

    private mutating func line(
        _ x1: Int, _ y1: Int, _ x2: Int, _ y2: Int, dashed: Bool = false, faint: Bool = false, bad: Bool = false
    ) {
        let style = bad ? "cut" : faint ? "faint" : dashed ? "way" : "cable"
        body.append("<line class=\"\(style)\" x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\"/>")
    }

    private mutating func label(_ x: Int, _ y: Int, _ text: String, anchor: String = "start", style: String = "text") {
        let place = anchor == "start" ? "" : " text-anchor=\"\(anchor)\""
        body.append("<text class=\"\(style)\" x=\"\(x)\" y=\"\(y)\"\(place)>\(Self.escape(text))</text>")
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    /// The whole document.
    var text: String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">
        <style>
        text { font: 13px "DejaVu Sans", Verdana, sans-serif; fill: #1f2933 }
        .strong { font-weight: bold; font-size: 14px } .dim { fill: #616e7c; font-size: 12px }
        .nat { fill: #0b6e4f; font-size: 12px } .bad { fill: #c62828; font-size: 12px; font-weight: bold }
        rect, ellipse { stroke-width: 1.5 } .host { fill: #f7f9fb; stroke: #9aa5b1; stroke-dasharray: 6 4 }
        .cloud { fill: #e3f2fd; stroke: #1565c0 } .uplink { fill: #fff8e1; stroke: #b7791f }
        .bridge { fill: #e8f5e9; stroke: #2e7d32 } .place { fill: #ffffff; stroke: #5e35b1 }
        .broken { stroke: #c62828; stroke-width: 2.5 } line { stroke: #52606d; stroke-width: 2 }
        .faint { stroke: #9aa5b1; stroke-dasharray: 2 5 }
        .way { stroke: #0b6e4f; stroke-dasharray: 5 4 } .cut { stroke: #c62828; stroke-dasharray: 3 5 }
        </style>
        <rect width="\(width)" height="\(height)" fill="#ffffff"/>

        """ + body.map { $0 + "\n" }.joined() + "</svg>\n"
    }
}
