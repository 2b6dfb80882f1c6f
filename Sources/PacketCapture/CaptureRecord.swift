import IPAddressing

/// A packet at one device, as `causeway capture --format json` prints it, one a line.
public struct PacketRecord: Codable, Hashable, Sendable {
    /// When the kernel saw it, in nanoseconds since 1970.
    public var time: Int64
    /// The device: `red/eth0`, `docker0`.
    public var device: String
    /// `in` or `out`, as the device sees it.
    public var direction: String
    /// Its whole length in bytes, Ethernet's header included.
    public var length: Int
    /// IP's or ARP's source; nil where there is none.
    public var source: String?
    /// Whose address that is; nil where nobody's is known.
    public var sourceName: String?
    /// Its destination.
    public var destination: String?
    /// Whose address that is.
    public var destinationName: String?
    /// What it is, in tcpdump's manner with names.
    public var text: String

    init(_ packet: CapturedPacket, _ devices: [String], _ words: PacketWords) {
        time = packet.time
        device = devices[packet.device]
        direction = packet.isOutgoing ? "out" : "in"
        length = packet.length
        source = packet.content.source?.description
        sourceName = packet.content.source.flatMap(words.known)
        destination = packet.content.destination?.description
        destinationName = packet.content.destination.flatMap(words.known)
        text = words.line(packet.content)
    }
}

/// A packet on its way, as `causeway capture --path --format json` prints it, one a line.
public struct JourneyRecord: Codable, Hashable, Sendable {
    /// When it was first seen, in nanoseconds since 1970.
    public var time: Int64
    /// What it is, in a few words.
    public var text: String
    /// Where it was seen, by time.
    public var sightings: [Sighting]
    /// Where an address was rewritten.
    public var rewrites: [Rewrite]

    /// A packet at a device.
    public struct Sighting: Codable, Hashable, Sendable {
        /// The device.
        public var device: String
        /// Microseconds since it was first seen.
        public var microseconds: Int
        /// Its source there.
        public var source: String?
        /// Its destination there.
        public var destination: String?
    }

    /// An address that was rewritten between two devices.
    public struct Rewrite: Codable, Hashable, Sendable {
        /// `source` or `destination`.
        public var end: String
        /// What it was.
        public var before: String
        /// What it became.
        public var after: String
        /// The last device before.
        public var from: String
        /// The first device after.
        public var at: String
        /// The rule, where only one can have done it.
        public var rule: String?
    }

    init(
        _ journey: PacketJourney, _ devices: [String], _ words: PacketWords, rule: (PacketJourney.Rewrite) -> String?
    ) {
        time = journey.time
        text = journey.sightings.first.map { words.brief($0.content) } ?? ""
        sightings = journey.sightings.map { packet in
            Sighting(
                device: devices[packet.device], microseconds: Int((packet.time - journey.time) / 1000),
                source: packet.content.source?.description, destination: packet.content.destination?.description)
        }
        rewrites = journey.rewrites.map { rewrite in
            Rewrite(
                end: rewrite.isSource ? "source" : "destination", before: rewrite.before.description,
                after: rewrite.after.description, from: devices[rewrite.from], at: devices[rewrite.at],
                rule: rule(rewrite))
        }
    }
}
