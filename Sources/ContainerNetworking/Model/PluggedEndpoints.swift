/// The endpoints that are plugged in, found by id, by namespace and by the host's end of their cable: a change costs the
/// same with a thousand containers as with one. A value without side effects.
struct PluggedEndpoints: Sendable {
    private var byID: [String: EndpointRecord] = [:]
    private var idsBySandbox: [String: [String]] = [:]
    private var idsByInterface: [String: String] = [:]

    /// All of them, in no order.
    var values: some Collection<EndpointRecord> { byID.values }

    /// The endpoints of a network namespace, the one that was plugged in first before the others.
    func inSandbox(_ path: String) -> [EndpointRecord] { (idsBySandbox[path] ?? []).compactMap { byID[$0] } }

    /// The endpoint whose cable has this device as the host's end.
    func withInterface(_ name: String) -> EndpointRecord? { idsByInterface[name].flatMap { byID[$0] } }

    /// An endpoint by its id; nil takes it away.
    subscript(id: String) -> EndpointRecord? {
        get { byID[id] }
        set {
            let old = byID[id]
            byID[id] = newValue
            if old?.sandboxPath != newValue?.sandboxPath {
                if let path = old?.sandboxPath {
                    idsBySandbox[path]?.removeAll { $0 == id }
                    if idsBySandbox[path]?.isEmpty == true { idsBySandbox[path] = nil }
                }
                if let path = newValue?.sandboxPath { idsBySandbox[path, default: []].append(id) }
            }
            if old?.hostInterface != newValue?.hostInterface {
                if let name = old?.hostInterface, idsByInterface[name] == id { idsByInterface[name] = nil }
                if let name = newValue?.hostInterface, !name.isEmpty { idsByInterface[name] = id }
            }
        }
    }

    /// Takes an endpoint away.
    mutating func remove(_ id: String) -> EndpointRecord? {
        let endpoint = byID[id]
        self[id] = nil
        return endpoint
    }
}
