import ContainerNetworking
import EngineAPI
import EngineStore
import Logging
import Synchronization

/// A network as it is kept: the network room's record, and the subnets as the user asked for them, which is what
/// `docker network inspect` shows.
struct StoredNetwork: Codable, Sendable {
    var record: NetworkRecord
    /// `IPAM.Config` of the request; empty where the choice was the engine's.
    var asked: [IPAMPoolConfig]

    init(record: NetworkRecord, asked: [IPAMPoolConfig]) {
        self.record = record
        self.asked = asked
    }

    private enum CodingKeys: String, CodingKey {
        case record, asked
    }

    /// Reads it; a document of before there were networks of one's own is the record alone.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let record = try container.decodeIfPresent(NetworkRecord.self, forKey: .record) {
            self.record = record
            asked = try container.decodeIfPresent([IPAMPoolConfig].self, forKey: .asked) ?? []
        } else {
            record = try NetworkRecord(from: decoder)
            asked = []
        }
    }
}

/// What the engine keeps of networks beside the network room's own books.
final class NetworkWishes: Sendable {
    private let asked = Mutex<[String: [IPAMPoolConfig]]>([:])

    /// The subnets as they were asked for, by the network's id; empty where the choice was the engine's.
    subscript(id: String) -> [IPAMPoolConfig] {
        get { asked.withLock { $0[id] ?? [] } }
        set { asked.withLock { $0[id] = newValue.isEmpty ? nil : newValue } }
    }
}

extension Engine {
    /// Makes a network's record durable. Blocks for as long as SQLite takes.
    func saveNetwork(_ record: NetworkRecord) throws {
        let stored = StoredNetwork(record: record, asked: networkWishes[record.id])
        let text = String(decoding: try JSONText.encode(stored), as: UTF8.self)
        try store.put(.network, Document(id: record.id, name: record.name, content: text))
    }

    /// The networks of an earlier daemon. One that cannot be read is left out and told: it is no reason not to start.
    func readNetworks() throws -> [NetworkRecord] {
        try store.all(.network).compactMap { document in
            do {
                let stored = try JSONText.decode(StoredNetwork.self, from: Array(document.content.utf8))
                networkWishes[stored.record.id] = stored.asked
                return stored.record
            } catch {
                logger.error(
                    "a network's record cannot be read", metadata: ["name": "\(document.name)", "error": "\(error)"])
                return nil
            }
        }
    }
}
