import EngineAPI
import EngineClient

/// What the load makes carries this label, so that it is found again and nothing else is.
enum LoadLabel {
    static let name = "causeway.load"
    static let json = "\"Labels\":{\"\(name)\":\"\"}"
    /// `filters` of a list, percent-encoded.
    static let filter = "%7B%22label%22%3A%5B%22\(name)%22%5D%7D"
}

extension LoadClient {
    /// Makes a container that sleeps, and returns its id.
    func makeSleeper(_ name: String, network: String = "bridge") throws(LoadFailure) -> String {
        let reply = try succeed("POST", "/containers/create?name=\(name)", Self.sleeper(network: network))
        guard let id = reply.json?["Id"]?.string else { throw .broken("create \(name): the reply has no id") }
        return id
    }

    /// The body of a request for a container that sleeps.
    static func sleeper(network: String) -> String {
        """
        {"Image":"busybox","Cmd":["sleep","86400"],\(LoadLabel.json),"HostConfig":{"NetworkMode":"\(network)"}}
        """
    }

    /// Removes the load's containers and networks; what somebody else has removed meanwhile is fine.
    public func clear() throws(LoadFailure) {
        for item in try list("/containers/json?all=true&filters=\(LoadLabel.filter)") {
            guard let id = item["Id"]?.string else { continue }
            try remove("/containers/\(id)?force=true&v=true")
        }
        for item in try list("/networks?filters=\(LoadLabel.filter)") {
            guard let id = item["Id"]?.string else { continue }
            try remove("/networks/\(id)")
        }
    }

    private func remove(_ path: String) throws(LoadFailure) {
        let reply = try ask("DELETE", path)
        if reply.status >= 300, reply.status != 404 {
            throw .broken("DELETE \(path): \(reply.status): \(reply.message)")
        }
    }

    /// The members of a list.
    func list(_ path: String) throws(LoadFailure) -> [JSONValue] {
        guard case .array(let items)? = try succeed("GET", path).json else { throw .broken("\(path) is no list") }
        return items
    }
}
