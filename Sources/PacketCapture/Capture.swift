public import Explain
import IPAddressing
import SystemCalls

/// What is to be captured.
public struct CaptureOptions: Hashable, Sendable {
    /// A container, `host`, a namespace or a device.
    public var source: String
    /// The filter's words.
    public var filter: [String] = []
    /// Devices of the way to listen at; empty means all.
    public var interfaces: [String] = []
    /// After how many packets it ends, or journeys with `byJourney`; nil is never.
    public var count: Int?
    /// How many bytes of a frame are kept.
    public var snapLength = 65536
    /// Whether journeys are what is counted and told, as opposed to packets at one device.
    public var byJourney = false

    /// Every packet of a source.
    public init(source: String) { self.source = source }

    /// How few and how many bytes of a frame can be kept.
    public static let snapLengths = 64...262144
}

/// A capture: listens at every device of a source's way until it is told to stop. The sockets are all that it makes.
public final class Capture: Sendable {
    /// The devices, in the order of the way out.
    public let way: CaptureWay
    /// Says what packets are.
    public let words: PacketWords
    private let options: CaptureOptions
    private let filter: PacketFilter
    private let map: CaptureMap
    private let session: CaptureSession

    /// Listens from now on.
    ///
    /// - Throws: where the source, the devices or the filter make no sense, or the kernel does not let one listen.
    public init(_ options: CaptureOptions, on map: NetworkMap) throws(ExplainError) {
        guard CaptureOptions.snapLengths.contains(options.snapLength) else {
            throw ExplainError("a frame's kept length is 64 to 262144 bytes, not \(options.snapLength)")
        }
        if let count = options.count, count < 1 { throw ExplainError("the count is a number from 1 on") }
        let known = CaptureMap(map)
        do throws(PacketFilter.SyntaxError) {
            filter = try PacketFilter(options.filter) { name in known.names.first { $0.value == name }?.key }
        } catch {
            throw ExplainError(error.description)
        }
        way = try CaptureWay(from: options.source, map, only: options.interfaces)
        self.options = options
        self.map = known
        words = PacketWords(names: known.names)
        let taps = try way.open()
        do throws(SystemCallError) {
            session = try CaptureSession(taps, snapLength: options.snapLength)
        } catch {
            throw ExplainError("cannot listen: \(error)", .failed)
        }
    }

    /// The titles of the devices.
    public var devices: [String] { way.stops.map(\.title) }

    /// What a pcapng file begins with.
    public var fileHeader: [UInt8] {
        PcapngFile.header(devices: devices, snapLength: UInt32(options.snapLength))
    }

    /// Ends `run`, from any thread.
    public func stop() { session.stop() }

    /// A byte written to it ends `run`: for signals' handlers. Do not close it.
    public var stopDescriptor: CInt { session.stopDescriptor }

    /// Frames that the kernel had no room for since the last call.
    public func lost() -> Int { session.lost() }

    /// Waits for packets and hands them over by time until it is stopped or has enough. Blocks the thread.
    ///
    /// - Parameters:
    ///   - packet: gets each packet at each device, at once.
    ///   - journey: gets each packet's way, when it has ended.
    /// - Returns: how many were counted.
    @discardableResult
    public func run(
        packet: (CapturedPacket) throws -> Void, journey: (PacketJourney) throws -> Void
    ) throws -> Int {
        var book = JourneyBook(deviceCount: way.stops.count)
        var count = 0
        func isEnough() -> Bool { options.count.map { count >= $0 } ?? false }
        func settle(_ now: Int64?) throws {
            for ended in book.finished(now: now) {
                if options.byJourney {
                    if isEnough() { return }
                    count += 1
                }
                try journey(ended)
            }
        }
        try session.run(tick: { book.isWaiting }) { packets in
            for seen in packets where filter.matches(seen.content) {
                if !options.byJourney {
                    if isEnough() { break }
                    count += 1
                    try packet(seen)
                }
                book.add(seen)
            }
            try settle(CaptureSession.now)
            return !isEnough()
        }
        try settle(nil)
        return count
    }

    /// The blocks of a pcapng file for a packet's way, commented.
    public func fileBlocks(_ journey: PacketJourney) -> [UInt8] {
        let table = JourneyTable(devices: devices, words: words)
        return journey.sightings.flatMap { packet in
            PcapngFile.block(
                of: packet, device: packet.device,
                comment: table.comment(journey, at: packet.device) { map.rule($0, devices) })
        }
    }

    /// A packet at one device, for programs.
    public func record(_ packet: CapturedPacket) -> PacketRecord { PacketRecord(packet, devices, words) }

    /// A packet's way, for programs.
    public func record(_ journey: PacketJourney) -> JourneyRecord {
        JourneyRecord(journey, devices, words) { map.rule($0, devices) }
    }
}
