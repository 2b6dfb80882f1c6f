/// Draws journeys: a packet is a row, the devices of its way are columns.
public struct JourneyTable: Sendable {
    private let devices: [String]
    private let words: PacketWords
    private var start: Int64?

    /// Draws for these devices, in the order of the way out.
    public init(devices: [String], words: PacketWords) {
        self.devices = devices
        self.words = words
    }

    /// The line above the rows.
    public var header: String { "      µs  " + devices.joined(separator: "  ") }

    /// A row. `●` is a sighting, `·` a device that did not see it.
    public mutating func row(_ journey: PacketJourney) -> String {
        let begin = start ?? journey.time
        start = begin
        let seen = Set(journey.sightings.map(\.device))
        let first = seen.min() ?? 0
        let last = seen.max() ?? 0
        var cells = ""
        for (index, name) in devices.enumerated() {
            let left = name.count / 2
            let right = name.count - left - 1
            let mark = seen.contains(index) ? "●" : "·"
            cells += String(repeating: index > first && index <= last ? "─" : " ", count: left) + mark
            let isJoined = index >= first && index < last
            cells += String(repeating: isJoined ? "─" : " ", count: right + (index < devices.count - 1 ? 2 : 0))
        }
        let time = "\((journey.time - begin) / 1000)"
        var text = String(repeating: " ", count: max(0, 8 - time.count)) + time + "  " + cells + "   "
        text += journey.sightings.first.map { words.brief($0.content) } ?? ""
        for rewrite in journey.rewrites {
            text += "  \(rewrite.isSource ? "src" : "dst")⇒\(rewrite.after) at \(devices[rewrite.at])"
        }
        return text
    }

    /// What a file says of one sighting: the rewriting that it shows, and the rule where one is known.
    ///
    /// - Parameter rule: the rule that rewrote, or nil.
    public func comment(
        _ journey: PacketJourney, at device: Int, rule: (PacketJourney.Rewrite) -> String?
    ) -> String {
        journey.rewrites.filter { $0.at == device }.map { rewrite in
            let end = rewrite.isSource ? "source" : "destination"
            let by = rule(rewrite).map { " by \($0)" } ?? ""
            return "\(end) rewritten \(rewrite.before) ⇒ \(rewrite.after) after \(devices[rewrite.from])\(by)"
        }.joined(separator: "; ")
    }
}
