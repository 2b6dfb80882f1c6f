import IPAddressing

@testable import NameService

extension FuzzEntry {
    private static let view: SandboxView = {
        let network = NetworkRecords(id: "n")
        for (number, names) in [["web", "www"], ["db"], ["web"]].enumerated() {
            network.publish(
                EndpointNames(
                    endpointID: "e\(number)", containerID: "c\(number)", networkID: "n", networkName: "front",
                    names: names, addresses: ["172.18.0.\(number + 2)", "fd00::2"].compactMap { IPAddress($0) }))
        }
        let names = SandboxNames(
            key: "k", containerID: "c", networkIDs: ["n"], links: [:], mayForward: true, hasNdots: true)
        return SandboxView(names, networks: [network])
    }()

    /// A question from a container; the first byte says whether by TCP.
    static let questions = FuzzEntry(name: "dns-question", mutations: 6000) { bytes in
        let (kind, rest) = choice(bytes, of: 2)
        let message = Array(rest.prefix(65535))
        let room = kind == 1 ? 65535 : Int(Reply.ownDatagramSize)
        var memory = message + [UInt8](repeating: 0, count: max(0, room - message.count))
        var span = memory.mutableSpan
        guard
            case .reply(let count) = Responder.respond(
                to: &span, count: message.count, view: view, isStream: kind == 1)
        else { return }
        try require((12...memory.count).contains(count), "a reply of \(count) bytes")
        try require(memory[2] & 0x80 != 0 && memory[..<2] == message[..<2], "a reply that answers nothing")
        let limit = Inspection(message.span, count: message.count)
        if kind == 0, case .query(let query) = limit {
            try require(count <= query.datagramLimit, "\(count) bytes for who takes \(query.datagramLimit)")
        }
    }

    /// A reply from a server: two bytes for the question's length, the question, the reply.
    static let answers = FuzzEntry(name: "dns-answer", mutations: 6000) { bytes in
        guard bytes.count > 2 else { return }
        let length = min(bytes.count - 2, Int(bytes[0]) << 8 | Int(bytes[1]))
        let question = Array(bytes[2..<(2 + length)])
        let reply = Array(bytes[(2 + length)...])
        guard case .query(let query) = Inspection(question.span, count: question.count) else { return }
        let judgement = UpstreamReply.judge(reply.span, question: question.span, questionEnd: query.questionEnd)
        try require(
            judgement == .ignore || reply.prefix(2) == question.prefix(2), "a reply with another id is believed")
    }
}
