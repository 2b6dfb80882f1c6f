import Dispatch
import Synchronization

/// Plugs running containers into networks and out again, many times: each client has a container of its own and a kept
/// connection, and goes round all networks in batches.
public struct EndpointSoak: Sendable {
    /// Path of the engine's socket.
    public var socket: String
    /// How many endpoints are attached and detached in all.
    public var count: Int
    /// How many networks there are.
    public var networks = 8
    /// How many clients work at once.
    public var clients = 4
    /// Seconds that a reply may take.
    public var deadline = 30

    /// A soak of that many endpoints.
    public init(socket: String, count: Int) {
        self.socket = socket
        self.count = count
    }

    /// Runs, and takes everything down that it has made.
    ///
    /// - Returns: how long each `connect` and each `disconnect` took.
    public func run() throws(LoadFailure) -> (attached: LoadTimes, detached: LoadTimes) {
        let client = LoadClient(socket: socket, deadline: deadline)
        try client.clear()
        for number in 0..<networks {
            try client.succeed("POST", "/networks/create", "{\"Name\":\"load-\(number)\",\(LoadLabel.json)}")
        }
        let (attached, detached) = (LoadTimes(), LoadTimes())
        let left = Mutex(count)
        let failures = Mutex<[LoadFailure]>([])
        let group = DispatchGroup()
        for number in 0..<clients {
            DispatchQueue(label: "client \(number)").async(group: group) {
                do throws(LoadFailure) {
                    try work(number, attached, detached) {
                        left.withLock { left in
                            let taken = min(left, networks)
                            left -= taken
                            return taken
                        }
                    }
                } catch {
                    failures.withLock { $0.append(error) }
                }
            }
        }
        group.wait()
        if let failure = failures.withLock({ $0.first }) { throw failure }
        try client.clear()
        return (attached, detached)
    }

    /// One client: takes a batch until none is left.
    private func work(
        _ number: Int, _ attached: LoadTimes, _ detached: LoadTimes, batch: () -> Int
    ) throws(LoadFailure) {
        let client = LoadClient(socket: socket, deadline: deadline)
        let id = try client.makeSleeper("load-sleeper-\(number)")
        try client.succeed("POST", "/containers/\(id)/start")
        let body = "{\"Container\":\"\(id)\"}"
        while true {
            let size = batch()
            if size == 0 { return }
            for network in 0..<size {
                _ = try attached.measure { () throws(LoadFailure) in
                    try client.succeed("POST", "/networks/load-\(network)/connect", body)
                }
            }
            for network in 0..<size {
                _ = try detached.measure { () throws(LoadFailure) in
                    try client.succeed("POST", "/networks/load-\(network)/disconnect", body)
                }
            }
        }
    }
}
