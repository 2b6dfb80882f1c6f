import IPAddressing

/// Two bridges side by side, point by point: what one has that the other lacks, and what each point does for a packet.
public struct Comparison: Codable, Hashable, Sendable {
    /// The version of this schema.
    public var format = 1
    /// The first bridge's name.
    public var left: String
    /// The second one's.
    public var right: String
    /// The points, in the order in which a packet meets them.
    public var points: [Point]

    /// One point.
    public struct Point: Codable, Hashable, Sendable {
        /// What is compared: `address`, `forwarding`.
        public var name: String
        /// How the first one has it; `none` where it lacks it.
        public var left: String
        /// How the second one has it.
        public var right: String
        /// Whether both have the same kind of it: addresses and names may differ.
        public var isAlike: Bool
        /// What it does for a packet.
        public var meaning: String
    }

    /// Compares two bridges of a map.
    ///
    /// - Throws: where the map has no such bridge; the error lists those that it has.
    public init(_ left: String, _ right: String, in map: NetworkMap, names: [String: String] = [:]) throws(ExplainError)
    {
        let (a, b) = (try Profile(left, map, names[left]), try Profile(right, map, names[right]))
        self.left = left
        self.right = right
        points = Aspect.all.map { aspect in
            let (x, y) = (aspect.read(a), aspect.read(b))
            return Point(
                name: aspect.name, left: x.text, right: y.text, isAlike: x.kind == y.kind, meaning: aspect.meaning)
        }
    }

    /// A table; what differs is marked.
    public func table() -> String {
        func pad(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        let names = points.map(\.name.count).max() ?? 0
        let first = max(left.count, points.map(\.left.count).max() ?? 0)
        var text = "  " + pad("", names) + "  " + pad(left, first) + "  " + right + "\n"
        for point in points {
            text += "\(point.isAlike ? "=" : "≠") \(pad(point.name, names))  \(pad(point.left, first))  "
            text += point.right + "\n"
        }
        let different = points.filter { !$0.isAlike }
        if different.isEmpty { return text + "\nAlike in every point.\n" }
        text += "\nWhat differs, and what it does for a packet:\n"
        for point in different { text += "  \(pad(point.name, names))  \(point.meaning)\n" }
        return text
    }
}

/// What is known of one bridge.
struct Profile {
    let bridge: NetworkMap.Bridge
    let map: NetworkMap
    /// The engine's network that the bridge belongs to; nil for one made by hand.
    let network: String?

    init(_ name: String, _ map: NetworkMap, _ network: String?) throws(ExplainError) {
        guard let bridge = map.bridges.first(where: { $0.device.name == name }) else {
            let known = map.bridges.map(\.device.name).joined(separator: ", ")
            throw ExplainError(
                "there is no bridge \"\(name)\" on this host\(known.isEmpty ? "" : "; there are: \(known)")")
        }
        self.bridge = bridge
        self.map = map
        self.network = network
    }

    var name: String { bridge.device.name }
    var owners: [NetworkMap.Namespace] {
        let owners = Set(bridge.ports.compactMap { $0.peer?.owner })
        return map.namespaces.filter { owners.contains($0.owner) }
    }

    /// Whether a rule's text names the bridge.
    func names(_ rule: NetworkMap.Translation) -> Bool {
        rule.rule.split { $0 == " " || $0 == "\"" || $0 == "," }.contains { $0 == name }
    }

    /// The bridge's own IPv4 subnet as rules write it.
    var subnet: String? {
        bridge.device.addresses.lazy.compactMap { IPPrefix($0) }.first { $0.family == .v4 }?.network.description
    }

    func rule(_ wanted: (NetworkMap.Translation) -> Bool) -> NetworkMap.Translation? {
        map.forwardRules.first { names($0) && wanted($0) }
    }
}
