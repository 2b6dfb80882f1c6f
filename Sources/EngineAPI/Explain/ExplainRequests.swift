/// The body of `POST /causeway/why` and `POST /causeway/trace`.
public struct ProbeRequest: Codable, Hashable, Sendable {
    /// A container, `host`, an address, `netns:NAME`; of `why` also a device, with no destination.
    @Lenient public var source: String
    /// The same, or `internet`, or a name, each with `:PORT` where wanted.
    @Lenient public var destination: String
    /// `icmp`, `tcp` or `udp`; empty is TCP where there is a port, else ICMP.
    @Lenient public var transport: String
    /// Whether no trace table is put into nftables: it is then not known which rules spoke.
    @Lenient public var withoutRules: Bool

    /// Asks.
    public init(source: String, destination: String = "", transport: String = "", withoutRules: Bool = false) {
        self.source = source
        self.destination = destination
        self.transport = transport
        self.withoutRules = withoutRules
    }

    private enum CodingKeys: String, CodingKey {
        case source
        case destination
        case transport = "protocol"
        case withoutRules
    }
}

/// The query of `GET /causeway/capture`.
public struct CaptureRequest: Hashable, Sendable {
    /// What comes over the connection.
    public enum Format: String, Hashable, Sendable {
        /// An object a line: packets, or journeys.
        case json
        /// A file for Wireshark.
        case pcapng
    }

    /// A container, `host`, a namespace or a device.
    public var source: String
    /// A subset of pcap-filter(7); empty is every packet.
    public var filter = ""
    /// Devices of the way to listen at; empty means all.
    public var interfaces: [String] = []
    /// After how many packets or journeys it ends; nil is with the connection.
    public var count: Int?
    /// How many bytes of a frame are kept; nil is 65536.
    public var snapLength: Int?
    /// Whether packets are told by their whole way.
    public var byJourney = false
    /// What comes over the connection.
    public var format = Format.json

    /// Every packet of a source.
    public init(source: String) { self.source = source }
}
