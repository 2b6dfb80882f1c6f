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
    public static func api(_ arguments: LoadArguments) throws -> Bool {
        try APILoad(
            socket: arguments.socket, path: arguments.text("path") ?? "/_ping",
            connections: min(1000, arguments.number("connections", 16)), seconds: arguments.number("seconds", 3)
        ).run()
        return true
    }

    /// Plugs one container in and out.
    public static func connect(_ arguments: LoadArguments) throws -> Bool {
        try ConnectLoad(
            socket: arguments.socket, network: arguments.text("network") ?? "",
            container: arguments.text("container") ?? "", rounds: arguments.number("rounds", 50)
        ).run()
        return true
    }

    /// The kernel's part of that alone.
    public static func floor(_ arguments: LoadArguments) throws -> Bool {
        try FloorLoad().run(rounds: arguments.number("rounds", 50))
        return true
    }

    /// Asks a resolver.
    public static func names(_ arguments: LoadArguments) throws -> Bool {
        try NamesLoad(
            server: arguments.text("server") ?? "", name: arguments.text("name") ?? "",
            seconds: arguments.number("seconds", 3), window: arguments.number("window", 32)
        ).run()
        return true
    }
}
