import EngineAPI

/// What a client of the model asks for.
enum Operation: Hashable, Sendable {
    /// A new container on a network.
    case create(name: String, network: String)
    case start(Target)
    case stop(Target)
    case kill(Target)
    case remove(Target, force: Bool)
    case inspect(Target)
    case rename(Target, to: String)
    case connect(Target, network: String)
    case disconnect(Target, network: String)
    case createNetwork(String)
    case removeNetwork(String)
    case inspectNetwork(String)

    /// A container by its name, or by an id that is known to be of that name.
    struct Target: Hashable, Sendable {
        var name: String
        var id: String?

        var reference: String { id ?? name }
    }

    /// Method, path and body.
    var request: (method: String, path: String, body: String) {
        switch self {
        case .create(let name, let network):
            ("POST", "/containers/create?name=\(name)", LoadClient.sleeper(network: network))
        case .start(let target): ("POST", "/containers/\(target.reference)/start", "")
        case .stop(let target): ("POST", "/containers/\(target.reference)/stop?t=0", "")
        case .kill(let target): ("POST", "/containers/\(target.reference)/kill", "")
        case .remove(let target, let force): ("DELETE", "/containers/\(target.reference)?force=\(force)", "")
        case .inspect(let target): ("GET", "/containers/\(target.reference)/json", "")
        case .rename(let target, let name): ("POST", "/containers/\(target.reference)/rename?name=\(name)", "")
        case .connect(let target, let network):
            ("POST", "/networks/\(network)/connect", "{\"Container\":\"\(target.reference)\"}")
        case .disconnect(let target, let network):
            ("POST", "/networks/\(network)/disconnect", "{\"Container\":\"\(target.reference)\"}")
        case .createNetwork(let name): ("POST", "/networks/create", "{\"Name\":\"\(name)\",\(LoadLabel.json)}")
        case .removeNetwork(let name): ("DELETE", "/networks/\(name)", "")
        case .inspectNetwork(let name): ("GET", "/networks/\(name)", "")
        }
    }

    /// One word, for the count of what was done.
    var word: String {
        switch self {
        case .create: "create"
        case .start: "start"
        case .stop: "stop"
        case .kill: "kill"
        case .remove: "remove"
        case .inspect: "inspect"
        case .rename: "rename"
        case .connect: "connect"
        case .disconnect: "disconnect"
        case .createNetwork: "network create"
        case .removeNetwork: "network remove"
        case .inspectNetwork: "network inspect"
        }
    }

    /// The request in a few words.
    var words: String {
        let (method, path, body) = request
        return "\(method) \(path)" + (path.contains("connect") ? " \(body)" : "")
    }
}
