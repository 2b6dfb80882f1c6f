import IPAddressing
import Synchronization

/// Who is called what on one network. Changes in place under a lock that questions hold for a lookup only.
final class NetworkRecords: Sendable {
    /// The network's id.
    let id: String
    private let state = Mutex(State())

    fileprivate struct State {
        var name: WireName?
        var endpoints: [String: EndpointNames] = [:]
        /// Which endpoints have a name, in the order of their publication, by the name's stored key.
        var owners: [[UInt8]: [Owner]] = [:]
        var table = NameTable()
    }

    fileprivate struct Owner {
        let endpointID: String
        let isPlain: Bool
        let addresses: [IPAddress]
        let pointer: WireName?
    }

    init(id: String) { self.id = id }

    /// The records of a name on this network.
    func find(_ key: NameKey) -> NameRecords? { state.withLock { $0.table.find(key) } }

    /// The network's name, once an endpoint was published.
    var name: WireName? { state.withLock { $0.name } }

    /// Whether no endpoint is published.
    var isEmpty: Bool { state.withLock { $0.endpoints.isEmpty } }

    /// Replaces or adds an endpoint. Names that DNS cannot carry are left out.
    func publish(_ endpoint: EndpointNames) {
        state.withLock { state in
            state.remove(endpoint.endpointID)
            state.name = WireName(endpoint.networkName) ?? state.name
            state.endpoints[endpoint.endpointID] = endpoint
            for (name, owner) in state.records(of: endpoint) { state.add(owner, to: name.key) }
        }
    }

    /// Takes an endpoint away; one that is unknown is fine.
    func withdraw(_ endpointID: String) { state.withLock { $0.remove(endpointID) } }
}

extension NetworkRecords.State {
    /// Every name that leads to an endpoint, and what it leads to.
    fileprivate func records(of endpoint: EndpointNames) -> [(WireName, NetworkRecords.Owner)] {
        var result: [(WireName, NetworkRecords.Owner)] = []
        func add(_ name: WireName?, isPlain: Bool, _ addresses: [IPAddress], _ pointer: WireName? = nil) {
            guard let name, !result.contains(where: { $0.0.key.equals(name.key.stored) }) else { return }
            let owner = NetworkRecords.Owner(
                endpointID: endpoint.endpointID, isPlain: isPlain, addresses: addresses, pointer: pointer)
            result.append((name, owner))
        }
        let names = endpoint.names.compactMap { WireName($0) }
        for name in names { add(name, isPlain: true, endpoint.addresses) }
        for name in names { add(self.name.flatMap(name.within), isPlain: false, endpoint.addresses) }
        if let first = names.first, let pointer = self.name.map({ first.within($0) ?? first }) {
            for address in endpoint.addresses { add(.reverse(of: address), isPlain: true, [], pointer) }
        }
        return result
    }

    fileprivate mutating func add(_ owner: NetworkRecords.Owner, to key: NameKey) {
        owners[key.stored, default: []].append(owner)
        rebuild(key)
    }

    fileprivate mutating func remove(_ endpointID: String) {
        guard let endpoint = endpoints.removeValue(forKey: endpointID) else { return }
        for (name, _) in records(of: endpoint) {
            let key = name.key
            owners[key.stored]?.removeAll { $0.endpointID == endpointID }
            rebuild(key)
        }
    }

    /// Makes a name's answers anew from those who have it.
    private mutating func rebuild(_ key: NameKey) {
        let stored = key.stored
        guard let owners = owners[stored], !owners.isEmpty else {
            self.owners[stored] = nil
            table.set(key, nil)
            return
        }
        // Where an endpoint has the name itself, those that only have it with the network's name behind it give way.
        let isPlain = owners.contains { $0.isPlain }
        var addresses: [IPAddress] = []
        var seen: Set<IPAddress> = []
        for owner in owners where owner.isPlain == isPlain {
            for address in owner.addresses where seen.insert(address).inserted { addresses.append(address) }
        }
        let pointer = owners.lazy.compactMap(\.pointer).first
        table.set(
            key,
            NameRecords(
                a: RecordSet(addresses, family: .v4), aaaa: RecordSet(addresses, family: .v6),
                pointer: pointer.map { RecordSet(pointingTo: $0) } ?? RecordSet(), isPlain: isPlain))
    }
}
