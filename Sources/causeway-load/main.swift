// A load generator for an engine's unix socket: `make bench` measures with it.
//
//   causeway-load SOCKET PATH [CONNECTIONS [SECONDS]]
//
// Asks for PATH over and over on that many connections, one request at a time on each, for that long. Prints one line:
// requests a second, then the median and the 99th percentile of the time to a whole reply, in microseconds.

import Dispatch
import EngineClient
import Glibc
import Synchronization
import SystemCalls

let arguments = CommandLine.arguments
guard (3...5).contains(arguments.count), let connections = arguments.count > 3 ? Int(arguments[3]) : 16,
    let seconds = arguments.count > 4 ? Double(arguments[4]) : 3, (1...1000).contains(connections), seconds > 0
else {
    print("usage: causeway-load SOCKET PATH [CONNECTIONS [SECONDS]]")
    exit(2)
}
let times = Mutex<[Int]>([])
let failures = Mutex<[String]>([])
let clock = ContinuousClock()
let begin = clock.now
let end = begin + .seconds(seconds)
let group = DispatchGroup()
for number in 0..<connections {
    DispatchQueue(label: "connection \(number)").async(group: group) {
        do {
            let own = try LoadConnection(socket: arguments[1], path: arguments[2]).run(until: end)
            times.withLock { $0 += own }
        } catch {
            failures.withLock { $0.append("\(error)") }
        }
    }
}
group.wait()
let elapsed = (clock.now - begin) / .seconds(1)
if let failure = failures.withLock({ $0.first }) {
    print("causeway-load: \(failure)")
    exit(1)
}
let sorted = times.withLock { $0.sorted() }
guard !sorted.isEmpty else {
    print("causeway-load: no reply came within \(seconds) seconds")
    exit(1)
}
print(Int(Double(sorted.count) / elapsed), sorted[sorted.count / 2], sorted[sorted.count * 99 / 100])
