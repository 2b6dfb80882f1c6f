import Glibc
import IPAddressing
import SystemCalls

/// Queries to a resolver, a set number of them under way at any time: each answer's memory carries the next query.
struct NamesLoad {
    /// The resolver's IPv4 address.
    var server: String
    /// The name whose A records are asked for.
    var name: String
    var seconds: Int
    /// How many queries are under way at once.
    var window: Int

    private struct State {
        /// When the query of an id was sent.
        var sent = [ContinuousClock.Instant?](repeating: nil, count: 65536)
        var next: UInt16 = 0
        var times: [Int] = []
        var lost = 0
    }

    /// Prints answers a second, the median and the 99th percentile of their times, and how many queries were lost.
    func run() throws {
        guard let address = IPv4Address(server) else { throw LoadFailure.broken("\(server) is no IPv4 address") }
        let socket = try InternetSocket.make(.datagram)
        try InternetSocket.connect(socket.rawValue, address.bytes, port: 53)
        let batch = try DatagramBatch(capacity: window, size: 512)
        let question = question
        var state = State()
        let clock = ContinuousClock()
        let begin = clock.now
        let end = begin + .seconds(seconds)
        let events = try EventQueue()
        try events.watch(socket.rawValue, for: .readable, token: 0)
        while clock.now < end {
            // All were answered at first, or were lost for a whole second.
            state.lost += state.sent.count { $0 != nil }
            state.sent = State().sent
            for _ in 0..<window {
                _ = InternetSocket.send(socket.rawValue, query(question, &state, clock.now).span)
            }
            while clock.now < end {
                var isIdle = true
                events.wait(milliseconds: 1000) { _, _ in isIdle = false }
                if isIdle { break }
                try answer(batch, socket.rawValue, question, &state, clock)
            }
        }
        let elapsed = (clock.now - begin) / .seconds(1)
        let sorted = state.times.sorted()
        guard !sorted.isEmpty else { throw LoadFailure.broken("no answer came within \(seconds) seconds") }
        print(
            Int(Double(sorted.count) / elapsed), sorted[sorted.count / 2], sorted[sorted.count * 99 / 100], state.lost)
    }

    /// Takes what came, and asks anew in its place.
    private func answer(
        _ batch: DatagramBatch, _ socket: CInt, _ question: [UInt8], _ state: inout State, _ clock: ContinuousClock
    ) throws {
        var wrong: Int?
        _ = batch.exchange(socket) { message, count, _ in
            guard count >= 12 else { return 0 }
            let id = Int(message[0]) << 8 | Int(message[1])
            guard let begin = state.sent[id] else { return 0 }
            state.sent[id] = nil
            // Its code is to be 0, and it is to have an answer.
            if message[3] & 15 != 0 || message[6] | message[7] == 0 { wrong = Int(message[3] & 15) }
            let now = clock.now
            state.times.append(Int((now - begin) / .microseconds(1)))
            let bytes = query(question, &state, now)
            for (index, byte) in bytes.enumerated() { message[index] = byte }
            return bytes.count
        }
        if let wrong { throw LoadFailure.broken("\(name) has no address by \(server): code \(wrong)") }
    }

    /// A query with the next id, RFC 1035 section 4.1.1; recursion is desired.
    private func query(_ question: [UInt8], _ state: inout State, _ now: ContinuousClock.Instant) -> [UInt8] {
        state.next &+= 1
        state.sent[Int(state.next)] = now
        return [UInt8(state.next >> 8), UInt8(state.next & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + question
    }

    /// The name, type A, class IN.
    private var question: [UInt8] {
        let labels = name.split(separator: ".").flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + $0.utf8 }
        return labels + [0, 0, 1, 0, 1]
    }
}
