import IPAddressing
import Testing

@testable import NameService

/// A query in wire format: recursion desired, one question, and OPT where a size is given.
func query(
    _ name: String, _ type: UInt16 = RecordType.a, id: UInt16 = 0x1234, udpSize: UInt16? = nil, version: UInt8 = 0
) throws -> [UInt8] {
    let name = try #require(WireName(name)).bytes
    var bytes: [UInt8] = [UInt8(id >> 8), UInt8(id & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, udpSize == nil ? 0 : 1]
    bytes += name + [UInt8(type >> 8), UInt8(type & 255), 0, 1]
    if let udpSize { bytes += [0, 0, 41, UInt8(udpSize >> 8), UInt8(udpSize & 255), 0, version, 0, 0, 0, 0] }
    return bytes
}

/// What a reply says, read plainly.
struct PlainReply {
    let bytes: [UInt8]
    let id: UInt16
    let code: Int
    let isTruncated: Bool
    let recursionAvailable: Bool
    let isAuthoritative: Bool
    /// Type and data of each answer.
    var answers: [(type: UInt16, data: [UInt8])] = []
    let additional: Int

    init(_ bytes: [UInt8]) throws {
        try #require(bytes.count >= 12)
        func number(_ index: Int) -> UInt16 { UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]) }
        self.bytes = bytes
        id = number(0)
        code = Int(bytes[3] & 15)
        isTruncated = bytes[2] & 2 != 0
        isAuthoritative = bytes[2] & 4 != 0
        recursionAvailable = bytes[3] & 0x80 != 0
        additional = Int(number(10))
        #expect(bytes[2] & 0x80 != 0, "QR is off")
        var cursor = 12
        func endOfName(_ start: Int) -> Int? { bytes.span.endOfName(at: start, count: bytes.count) }
        if number(4) == 1 { cursor = try #require(endOfName(12)) + 4 }
        for _ in 0..<number(6) {
            let fixed = try #require(endOfName(cursor))
            let end = fixed + 10 + Int(number(fixed + 8))
            answers.append((number(fixed), Array(bytes[(fixed + 10)..<end])))
            cursor = end
        }
    }

    var addresses: [String] { answers.compactMap { IPAddress(bytes: $0.data)?.description } }
}

/// A sandbox's view of one network that was told of some endpoints.
func view(
    _ endpoints: [(names: [String], addresses: [String])], links: [String: String] = [:], hasNdots: Bool = false
) -> SandboxView {
    let network = NetworkRecords(id: "n1")
    for (number, endpoint) in endpoints.enumerated() {
        network.publish(
            EndpointNames(
                endpointID: "e\(number)", containerID: "c\(number)", networkID: "n1", networkName: "front",
                names: endpoint.names, addresses: endpoint.addresses.compactMap { IPAddress($0) }))
    }
    let names = SandboxNames(
        key: "k", containerID: "c", networkIDs: ["n1"], links: links, mayForward: true, hasNdots: hasNdots)
    return SandboxView(names, networks: [network])
}

enum PureOutcome: Equatable {
    case reply([UInt8])
    case forward
    case nothing
}

/// Answers a message without a socket.
func respond(_ message: [UInt8], _ view: SandboxView, isStream: Bool = false) -> PureOutcome {
    let room = isStream ? 65535 : Int(Reply.ownDatagramSize)
    var memory = message + [UInt8](repeating: 0xEE, count: max(0, room - message.count))
    var span = memory.mutableSpan
    switch Responder.respond(to: &span, count: message.count, view: view, isStream: isStream) {
    case .nothing: return .nothing
    case .forward: return .forward
    case .reply(let count): return .reply(Array(memory[..<count]))
    }
}

/// The reply to a message that must be answered from records.
func reply(_ message: [UInt8], _ view: SandboxView, isStream: Bool = false) throws -> PlainReply {
    guard case .reply(let bytes) = respond(message, view, isStream: isStream) else {
        throw UnexpectedOutcome()
    }
    return try PlainReply(bytes)
}

struct UnexpectedOutcome: Error {}
