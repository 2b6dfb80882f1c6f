import Dispatch
import Synchronization

/// Many connections that GET the same.
struct APILoad {
    /// The engine's unix socket.
    var socket: String
    /// What to ask for.
    var path: String
    var connections: Int
    var seconds: Int

    /// Prints replies a second, the median and the 99th percentile of the time to a whole one.
    func run() throws {
        let times = Mutex<[Int]>([])
        let failures = Mutex<[String]>([])
        let clock = ContinuousClock()
        let begin = clock.now
        let end = begin + .seconds(seconds)
        let group = DispatchGroup()
        let (socket, path) = (socket, path)
        for number in 0..<connections {
            DispatchQueue(label: "connection \(number)").async(group: group) {
                do {
                    let own = try LoadConnection(socket: socket).get(path, until: end)
                    times.withLock { $0 += own }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
        }
        group.wait()
        let elapsed = (clock.now - begin) / .seconds(1)
        if let failure = failures.withLock({ $0.first }) { throw LoadFailure.broken(failure) }
        let sorted = times.withLock { $0.sorted() }
        guard !sorted.isEmpty else { throw LoadFailure.broken("no reply came within \(seconds) seconds") }
        print(Int(Double(sorted.count) / elapsed), sorted[sorted.count / 2], sorted[sorted.count * 99 / 100])
    }
}

/// One container that is plugged into a network and out of it.
struct ConnectLoad {
    /// The engine's unix socket.
    var socket: String
    var network: String
    var container: String
    var rounds: Int

    /// Prints a line each round: the time to connect, the time to disconnect.
    func run() throws {
        let connection = try LoadConnection(socket: socket)
        let body = #"{"Container":"\#(container)"}"#
        for _ in 0..<rounds {
            let connect = try connection.post("/networks/\(network)/connect", body)
            print(connect, try connection.post("/networks/\(network)/disconnect", body))
        }
    }
}
