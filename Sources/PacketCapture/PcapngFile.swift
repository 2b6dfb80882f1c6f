/// Writes pcapng, the format of Wireshark (draft-ietf-opsawg-pcapng): a section, a block for each device, and one for
/// each frame. Little-endian, times in nanoseconds. Pure: it returns the bytes.
public struct PcapngFile: Sendable {
    /// The name of what wrote it.
    public static let application = "causeway"

    /// What a file begins with.
    ///
    /// - Parameters:
    ///   - devices: names as `red/eth0`, in the order of their numbers.
    ///   - snapLength: how many bytes of a frame are kept.
    public static func header(devices: [String], snapLength: UInt32) -> [UInt8] {
        var section: [UInt8] = little(UInt32(0x1A2B_3C4D)) + little(UInt16(1)) + little(UInt16(0))
        section += little(UInt64.max)
        // shb_userappl
        section += option(4, Array(application.utf8)) + endOfOptions
        var bytes = block(0x0A0D_0D0A, section)
        for name in devices {
            // LINKTYPE_ETHERNET
            var body = little(UInt16(1)) + little(UInt16(0)) + little(snapLength)
            // if_name, if_tsresol of 10^-9
            body += option(2, Array(name.utf8)) + option(9, [9]) + endOfOptions
            bytes += block(1, body)
        }
        return bytes
    }

    /// The block of one frame.
    ///
    /// - Parameters:
    ///   - packet: the frame.
    ///   - device: the number of its device.
    ///   - comment: what to say of it; empty for nothing.
    public static func block(of packet: CapturedPacket, device: Int, comment: String) -> [UInt8] {
        let time = UInt64(bitPattern: packet.time)
        var body = little(UInt32(device)) + little(UInt32(time >> 32)) + little(UInt32(truncatingIfNeeded: time))
        body += little(UInt32(packet.bytes.count)) + little(UInt32(packet.length)) + padded(packet.bytes)
        // opt_comment, epb_flags: 1 inbound, 2 outbound
        if !comment.isEmpty { body += option(1, Array(comment.utf8)) }
        body += option(2, little(UInt32(packet.isOutgoing ? 2 : 1))) + endOfOptions
        return block(6, body)
    }

    private static let endOfOptions: [UInt8] = [0, 0, 0, 0]

    private static func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
        let length = little(UInt32(body.count + 12))
        return little(type) + length + body + length
    }

    private static func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
        let kept = Array(value.prefix(65532))
        return little(code) + little(UInt16(kept.count)) + padded(kept)
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }

    private static func little<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) -> [UInt8] {
        (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
    }
}
