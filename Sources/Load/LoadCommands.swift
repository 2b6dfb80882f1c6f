import Dispatch
import Synchronization

/// What `causeway-load` does. Each prints what came of it, and returns whether all was sound.
public enum LoadCommands {
    /// Attaches and detaches endpoints.
    public static func endpoints(_ arguments: LoadArguments) throws -> Bool {
        var soak = EndpointSoak(socket: arguments.socket, count: try arguments.number("count", 10_000))
        soak.networks = try arguments.number("networks", soak.networks)
        soak.clients = try arguments.number("clients", soak.clients)
        let (attached, detached) = try soak.run()
        print("attached: \(attached.summary())")
        print("detached: \(detached.summary())")
        return true
    }

    /// Starts containers that run on.
    public static func containers(_ arguments: LoadArguments) throws -> Bool {
        var soak = ContainerSoak(socket: arguments.socket, count: try arguments.number("count", 500))
        soak.network = arguments.text("network") ?? soak.network
        soak.publishes = arguments.text("publish") != nil
        print("started: \(try soak.run().summary())")
        return true
    }

    /// Removes what was made.
    public static func clear(_ arguments: LoadArguments) throws -> Bool {
        try LoadClient(socket: arguments.socket, deadline: 60).clear()
        return true
    }

    /// Holds the replies to random requests against a model.
    public static func model(_ arguments: LoadArguments) throws -> Bool {
        let seed = try arguments.number("seed", Int.random(in: 1...999_999))
        var run = ModelRun(socket: arguments.socket, seed: UInt64(seed))
        run.seconds = try arguments.seconds(run.seconds)
        run.clients = try min(30, arguments.number("clients", run.clients))
        run.deadline = try arguments.number("deadline", run.deadline)
        let outcome = try run.run()
        for (what, count) in outcome.counts.sorted(by: { $0.key < $1.key }) { print("  \(what): \(count)") }
        for contradiction in outcome.contradictions.prefix(20) { print("contradiction: \(contradiction)") }
        print(
            "seed \(seed): \(outcome.total) replies of \(run.clients) clients, \(outcome.registers) objects followed, "
                + "\(outcome.contradictions.count) contradictions")
        return outcome.contradictions.isEmpty
    }

    /// Asks for the same over and over.
    public static func requests(_ arguments: LoadArguments) throws -> Bool {
        let clients = try min(1000, arguments.number("clients", 16))
        let seconds = try arguments.seconds(3)
        let (socket, path) = (arguments.socket, arguments.text("path") ?? "/_ping")
        let times = Mutex<[Int]>([])
        let failures = Mutex<[any Error]>([])
        let clock = ContinuousClock()
        let begin = clock.now
        let group = DispatchGroup()
        for number in 0..<clients {
            DispatchQueue(label: "client \(number)").async(group: group) {
                do {
                    let own = try LoadConnection(socket: socket, path: path).run(until: begin + .seconds(seconds))
                    times.withLock { $0 += own }
                } catch {
                    failures.withLock { $0.append(error) }
                }
            }
        }
        group.wait()
        let elapsed = (clock.now - begin) / .seconds(1)
        if let failure = failures.withLock({ $0.first }) { throw failure }
        let sorted = times.withLock { $0.sorted() }
        guard !sorted.isEmpty else { throw LoadFailure.broken("no reply came within \(seconds) seconds") }
        print(Int(Double(sorted.count) / elapsed), sorted[sorted.count / 2], sorted[sorted.count * 99 / 100])
        return true
    }
}
