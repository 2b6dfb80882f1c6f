/// What one sandbox sees: an unchanging value, replaced whole when its networks change.
final class SandboxView: Sendable {
    /// What it was made from.
    let names: SandboxNames
    /// Servers of its own; empty where it follows the daemon's.
    let servers: [UpstreamServer]
    private let networks: [NetworkRecords]
    private let links: [Link]

    private struct Link {
        let alias: [UInt8]
        let target: NameKey
    }

    init(_ names: SandboxNames, networks: [NetworkRecords]) {
        self.names = names
        self.networks = networks
        servers = names.servers.prefix(UpstreamServer.limit).map { UpstreamServer($0, askedFrom: .sandbox) }
        links = names.links.compactMap { alias, target in
            guard let alias = WireName(alias), let target = WireName(target) else { return nil }
            return Link(alias: alias.key.stored, target: target.key)
        }
    }

    /// The records of a name in Docker's order: as it stands on every network, links first; then as `name.network`.
    func find(_ name: NameKey) -> NameRecords? {
        if !links.isEmpty, let linked = findLinked(name) { return linked }
        var qualified: NameRecords?
        for network in networks {
            guard let records = network.find(name) else { continue }
            if records.isPlain { return records }
            if qualified == nil { qualified = records }
        }
        return qualified
    }

    private func findLinked(_ name: NameKey) -> NameRecords? {
        if let target = target(of: name) { return networks.lazy.compactMap { $0.find(target) }.first { $0.isPlain } }
        for network in networks {
            guard let domain = network.name, let alias = name.removing(domain.key), let target = target(of: alias)
            else { continue }
            if let records = network.find(target) { return records }
        }
        return nil
    }

    private func target(of name: NameKey) -> NameKey? { links.first { name.equals($0.alias) }?.target }
}
