import EngineAPI
import SystemCalls

/// The containers that the engines of this machine list, Docker's, Podman's or Causeway's own: whose namespaces are whose.
public enum EngineDirectory {
    /// A container as an engine lists it.
    public struct Entry: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its whole identifier.
        public var id: String
        /// Its first process; 0 where it does not run.
        public var pid: Int32
    }

    /// Where engines listen, as they are installed.
    public static let standard = [
        "/var/run/docker.sock", "/run/podman/podman.sock", "/run/causeway/causeway.sock",
    ].map(EngineAddress.init(socketPath:))

    /// Asks each engine that answers within two seconds; one that is not there has no containers.
    ///
    /// - Parameter known: identifiers of containers that need not be asked for.
    public static func containers(at addresses: [EngineAddress], except known: Set<String> = []) -> [Entry] {
        var found: [Entry] = []
        var asked: Set<String> = []
        for address in addresses {
            guard asked.insert(address.socketPath).inserted, FileSystem.exists(address.socketPath) else { continue }
            let client = EngineClient(address: address, patience: 2)
            let request = EngineRequest("GET", "/containers/json", query: [("all", "1")])
            guard case .array(let list)? = try? client.json(request) else { continue }
            for entry in list {
                guard case .string(let id)? = entry["Id"], !known.contains(id),
                    !found.contains(where: { $0.id == id }),
                    let inspect = try? client.json(
                        EngineRequest("GET", "/containers/\(EngineRequest.escape(id))/json")),
                    case .string(let name)? = inspect["Name"], case .int(let pid)? = inspect["State"]?["Pid"]
                else { continue }
                found.append(
                    Entry(name: String(name.drop { $0 == "/" }), id: id, pid: Int32(truncatingIfNeeded: pid)))
            }
        }
        return found
    }
}
