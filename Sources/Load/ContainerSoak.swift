import EngineAPI
import EngineClient

/// Starts containers one after the other, which all run on.
public struct ContainerSoak: Sendable {
    /// Path of the engine's socket.
    public var socket: String
    /// How many.
    public var count: Int
    /// The network's name.
    public var network = "bridge"
    /// Whether each publishes a port, which the engine chooses.
    public var publishes = false
    /// Seconds that a reply may take.
    public var deadline = 30

    /// That many containers.
    public init(socket: String, count: Int) {
        self.socket = socket
        self.count = count
    }

    /// Creates and starts them; `LoadClient.clear` removes them.
    ///
    /// - Returns: how long each start took.
    public func run() throws(LoadFailure) -> LoadTimes {
        let client = LoadClient(socket: socket, deadline: deadline)
        let times = LoadTimes()
        let ports = publishes ? ",\"PortBindings\":{\"80/tcp\":[{\"HostPort\":\"\"}]}" : ""
        let body = """
            {"Image":"busybox","Cmd":["sleep","86400"],\(LoadLabel.json),\
            "HostConfig":{"NetworkMode":"\(network)"\(ports)}}
            """
        for number in 0..<count {
            let reply = try client.succeed("POST", "/containers/create?name=load-\(number)", body)
            guard let id = reply.json?["Id"]?.string else { throw .broken("a create's reply has no id") }
            _ = try times.measure { () throws(LoadFailure) in
                try client.succeed("POST", "/containers/\(id)/start")
            }
        }
        return times
    }
}
