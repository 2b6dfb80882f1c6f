public import IPAddressing

/// One packet on its way: the same packet at several devices.
public struct PacketJourney: Hashable, Sendable {
    /// Where it was seen, by time; each device once.
    public private(set) var sightings: [CapturedPacket]

    /// Begins with the first sighting.
    init(_ first: CapturedPacket) { sightings = [first] }

    /// Whether it may still be the same packet: it was not at that device yet.
    func accepts(_ packet: CapturedPacket) -> Bool { !sightings.contains { $0.device == packet.device } }

    mutating func add(_ packet: CapturedPacket) {
        sightings.append(packet)
        sightings.sort { $0.time < $1.time }
    }

    /// When it was first seen, in nanoseconds since 1970.
    public var time: Int64 { sightings.first?.time ?? 0 }

    /// An address that was rewritten between two devices.
    public struct Rewrite: Hashable, Sendable {
        /// Whether it is the source's, as opposed to the destination's.
        public var isSource: Bool
        /// What it was.
        public var before: IPAddress
        /// What it became.
        public var after: IPAddress
        /// The last device before, by its place in the capture's list.
        public var from: Int
        /// The first device after.
        public var at: Int
        /// The packet as it was before.
        public var packet: Dissection
    }

    /// What was rewritten on the way.
    public var rewrites: [Rewrite] {
        zip(sightings, sightings.dropFirst()).flatMap { before, after -> [Rewrite] in
            var found: [Rewrite] = []
            if let old = before.content.source, let new = after.content.source, old != new {
                found.append(
                    Rewrite(
                        isSource: true, before: old, after: new, from: before.device, at: after.device,
                        packet: before.content))
            }
            if let old = before.content.destination, let new = after.content.destination, old != new {
                found.append(
                    Rewrite(
                        isSource: false, before: old, after: new, from: before.device, at: after.device,
                        packet: before.content))
            }
            return found
        }
    }
}

/// Puts the sightings of each packet together. Pure: time is that of the packets.
public struct JourneyBook: Sendable {
    /// How long the last device is waited for, in nanoseconds.
    public static let patience: Int64 = 200_000_000

    private let deviceCount: Int
    private var open: [PacketJourney] = []

    /// Watches so many devices.
    public init(deviceCount: Int) { self.deviceCount = deviceCount }

    /// Whether a packet is still on its way.
    public var isWaiting: Bool { !open.isEmpty }

    /// Takes a sighting in.
    public mutating func add(_ packet: CapturedPacket) {
        let identity = packet.identity
        let index = open.firstIndex { journey in
            guard let first = journey.sightings.first else { return false }
            return first.identity == identity && journey.accepts(packet)
                && abs(packet.time - first.time) < Self.patience
        }
        if let index { open[index].add(packet) } else { open.append(PacketJourney(packet)) }
    }

    /// The journeys that were at every device, or are older than the patience, in the order of their beginning. One
    /// that is still on its way keeps later ones back.
    ///
    /// - Parameter now: nanoseconds since 1970; nil ends them all.
    public mutating func finished(now: Int64?) -> [PacketJourney] {
        open.sort { $0.time < $1.time }
        var done: [PacketJourney] = []
        while let first = open.first {
            let isOld = now.map { $0 - first.time > Self.patience } ?? true
            guard isOld || first.sightings.count == deviceCount else { break }
            done.append(open.removeFirst())
        }
        return done
    }
}
