import CLinux

/// One request to the kernel: what it is called in errors, its type, its flags, and its payload.
public struct NetlinkRequest: Sendable, Hashable {
    /// What the request is to do, for errors: `make the veth pair veth6008cec`.
    public var purpose: String
    /// The message's type, `RTM_NEWLINK` and the like.
    public var type: UInt16
    /// `NLM_F_*` beside NLM_F_REQUEST, which is always set.
    public var flags: UInt16
    /// The family's fixed header and the attributes.
    public var payload: [UInt8]
    /// Errors that mean that there is nothing left to do, such as ENODEV of a removal.
    public var tolerated: [CInt]

    /// Describes a request.
    public init(_ purpose: String, type: UInt16, flags: UInt16 = 0, payload: [UInt8], tolerated: [CInt] = []) {
        self.purpose = purpose
        self.type = type
        self.flags = flags
        self.payload = payload
        self.tolerated = tolerated
    }

    /// The whole message with its header (struct nlmsghdr), padded to four bytes.
    func encoded(sequence: UInt32, acknowledged: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 + payload.count + 3)
        bytes.append(native: UInt32(16 + payload.count))
        bytes.append(native: type)
        bytes.append(native: flags | UInt16(NLM_F_REQUEST) | (acknowledged ? UInt16(NLM_F_ACK) : 0))
        bytes.append(native: sequence)
        bytes.append(native: UInt32(0))
        bytes += payload
        bytes.pad()
        return bytes
    }
}

/// Writes a payload: the fixed header first, then attributes (struct nlattr), each padded to four bytes. Lengths of
/// nested attributes are patched when the nest ends.
public struct NetlinkPayload: Sendable, Hashable {
    /// What has been written so far.
    public private(set) var bytes: [UInt8] = []

    /// An empty payload.
    public init() { bytes.reserveCapacity(256) }

    /// A number of the fixed header, in the machine's byte order.
    public mutating func header<Number: FixedWidthInteger>(_ number: Number) { bytes.append(native: number) }

    /// An attribute of bytes.
    public mutating func put(_ type: Int, _ value: some Collection<UInt8>) {
        bytes.append(native: UInt16(4 + value.count))
        bytes.append(native: UInt16(type))
        bytes += value
        bytes.pad()
    }

    /// An attribute of one number in the machine's byte order.
    public mutating func put<Number: FixedWidthInteger>(_ type: Int, number: Number) {
        var value: [UInt8] = []
        value.append(native: number)
        put(type, value)
    }

    /// An attribute of one number in network byte order, as nfnetlink has them.
    public mutating func put<Number: FixedWidthInteger>(_ type: Int, bigEndian number: Number) {
        put(type, number: number.bigEndian)
    }

    /// An attribute of text, ended by a zero byte.
    public mutating func put(_ type: Int, text: String) { put(type, Array(text.utf8) + [0]) }

    /// An attribute that holds attributes, with NLA_F_NESTED set where `marked`.
    public mutating func nest(_ type: Int, marked: Bool = false, _ body: (inout NetlinkPayload) -> Void) {
        let start = bytes.count
        bytes.append(native: UInt16(0))
        bytes.append(native: UInt16(type) | (marked ? UInt16(NLA_F_NESTED) : 0))
        body(&self)
        let length = UInt16(bytes.count - start)
        bytes.patch(at: start, native: length)
    }
}

extension [UInt8] {
    /// Appends a number in the machine's byte order.
    mutating func append<Number: FixedWidthInteger>(native number: Number) {
        // Linux runs little-endian on every processor that Swift is built for.
        for index in 0..<(Number.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: number >> Number(8 * index)))
        }
    }

    /// Overwrites two bytes with a number in the machine's byte order.
    mutating func patch(at index: Int, native number: UInt16) {
        self[index] = UInt8(truncatingIfNeeded: number)
        self[index + 1] = UInt8(truncatingIfNeeded: number >> 8)
    }

    /// Fills up to a multiple of four.
    mutating func pad() {
        while count % 4 != 0 { append(0) }
    }
}
