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
            if let old = byID[id] {
                idsBySandbox[old.sandboxPath]?.removeAll { $0 == id }
                if idsBySandbox[old.sandboxPath]?.isEmpty == true { idsBySandbox[old.sandboxPath] = nil }
                idsByInterface[old.hostInterface] = nil
            }
            byID[id] = newValue
            guard let newValue else { return }
            idsBySandbox[newValue.sandboxPath, default: []].append(id)
            if !newValue.hostInterface.isEmpty { idsByInterface[newValue.hostInterface] = id }
        }
    }

    /// Takes an endpoint away.
    mutating func remove(_ id: String) -> EndpointRecord? {
        let endpoint = byID[id]
        self[id] = nil
        return endpoint
    }
}
