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
    /// - Parameters:
    ///   - left: a bridge's name, or that of an engine's network.
    ///   - right: the same.
    ///   - networks: the engine's networks, by their bridges' names.
    /// - Throws: where the map has no such bridge; the error lists those that it has.
    public init(
        _ left: String, _ right: String, in map: NetworkMap, networks: [String: String] = [:]
    ) throws(ExplainError) {
        func bridge(_ name: String) -> String {
            if map.bridges.contains(where: { $0.device.name == name }) { return name }
            return networks.first { $0.value == name }?.key ?? name
        }
        self.left = bridge(left)
        self.right = bridge(right)
        let a = try Profile(self.left, map, networks[self.left])
        let b = try Profile(self.right, map, networks[self.right])
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
        text += "\nWhat each point does for a packet:\n"
        for point in points { text += "\(point.isAlike ? "=" : "≠") \(pad(point.name, names))  \(point.meaning)\n" }
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
                "there is no bridge \"\(name)\" on this host\(known.isEmpty ? "" : "; there are: \(known)")", .notFound)
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

    /// What a verdict map says of packets from the bridge to itself; nil where the rule has no such map.
    func verdict(_ rule: NetworkMap.Translation) -> String? {
        guard rule.rule.contains("vmap @") else { return nil }
        return map.elements(of: rule).first { $0.key == "\"\(name)\" . \"\(name)\"" }?.value
    }
}
