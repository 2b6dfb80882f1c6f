import Glibc
import IPAddressing
import SystemCalls

/// Queries to a resolver, a set number of them under way at any time. The kernel is given all that are due at once and cuts
/// them into datagrams itself (UDP_SEGMENT, udp(7)): what the asking costs is taken from the resolver's processors.
struct NamesLoad {
    /// The resolver's IPv4 address.
    var server: String
    /// The name whose A records are asked for.
    var name: String
    var seconds: Int
    /// How many queries are under way at once.
    var window: Int

    private struct State {
        /// When the query of an id was sent, by `LoadClock`; 0 for one that is not under way.
        var sent = [UInt64](repeating: 0, count: 65536)
        var next: UInt16 = 0
        /// Microseconds.
        var times: [UInt32] = []
        var lost = 0
        /// The code of an answer that was none.
        var wrong: UInt8?
        /// Queries that are to be sent.
        var due: [UInt8] = []

        /// Gives a query the next id.
        mutating func ask(_ query: [UInt8], _ now: UInt64) {
            next &+= 1
            sent[Int(next)] = now
            due.append(UInt8(next >> 8))
            due.append(UInt8(next & 255))
            due += query[2...]
        }

        /// Sends queries of so many bytes that are due. What the socket does not take counts as lost.
        mutating func send(_ size: Int, from socket: CInt) {
            var rest = due.span
            while !rest.isEmpty {
                let part = rest.extracting(first: NamesLoad.mostSegments * size)
                _ = InternetSocket.send(socket, part)
                rest = rest.extracting(droppingFirst: part.count)
            }
            due.removeAll(keepingCapacity: true)
        }
    }

    /// UDP_SEGMENT of `<linux/udp.h>`.
    private static let segment: CInt = 103
    /// What every kernel cuts a message into, UDP_MAX_SEGMENTS of the older ones.
    private static let mostSegments = 64

    /// Prints answers a second, the median and the 99th percentile of their times, and how many queries were lost.
    func run() throws {
        guard let address = IPv4Address(server) else { throw LoadFailure.broken("\(server) is no IPv4 address") }
        let socket = try InternetSocket.make(.datagram)
        try InternetSocket.connect(socket.rawValue, address.bytes, port: 53)
        let batch = try DatagramBatch(capacity: window, size: 512)
        let query = query
        try SocketOption.set(
            socket.rawValue, level: CInt(IPPROTO_UDP), name: Self.segment, value: CInt(query.count))
        var state = State()
        let begin = LoadClock.now
        let end = begin + UInt64(seconds) * 1_000_000_000
        let events = try EventQueue()
        try events.watch(socket.rawValue, for: .readable, token: 0)
        while LoadClock.now < end {
            // All were answered at first, or were lost for a whole second.
            state.lost += state.sent.count { $0 != 0 }
            state.sent = State().sent
            for _ in 0..<window { state.ask(query, LoadClock.now) }
            state.send(query.count, from: socket.rawValue)
            while LoadClock.now < end {
                var isIdle = true
                events.wait(milliseconds: 1000) { _, _ in isIdle = false }
                if isIdle { break }
                answer(batch, socket.rawValue, query, &state)
                if let wrong = state.wrong {
                    throw LoadFailure.broken("\(name) has no address by \(server): code \(wrong)")
                }
            }
        }
        let elapsed = Double(LoadClock.now - begin) / 1e9
        let sorted = state.times.sorted()
        guard !sorted.isEmpty else { throw LoadFailure.broken("no answer came within \(seconds) seconds") }
        print(
            Int(Double(sorted.count) / elapsed), sorted[sorted.count / 2], sorted[sorted.count * 99 / 100], state.lost)
    }

    /// Takes what came, and asks anew in its place.
    private func answer(_ batch: DatagramBatch, _ socket: CInt, _ query: [UInt8], _ state: inout State) {
        // They came with one call.
        let now = LoadClock.now
        _ = batch.exchange(socket) { message, count, _ in
            guard count >= query.count else { return 0 }
            let id = Int(message[0]) << 8 | Int(message[1])
            let begin = state.sent[id]
            if begin == 0 { return 0 }
            state.sent[id] = 0
            // Its code is to be 0, and it is to have an answer.
            if message[3] & 15 != 0 || message[6] | message[7] == 0 { state.wrong = message[3] & 15 }
            state.times.append(UInt32(clamping: (now - begin) / 1000))
            state.ask(query, now)
            return 0
        }
        state.send(query.count, from: socket)
    }

    /// A query with the id 0, RFC 1035 section 4.1.1, with recursion desired: for the name, type A, class IN.
    private var query: [UInt8] {
        let labels = name.split(separator: ".").flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + $0.utf8 }
        return [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, 1, 0, 1]
    }
}
