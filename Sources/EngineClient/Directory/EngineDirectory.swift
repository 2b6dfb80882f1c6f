public import EngineAPI
public import IPAddressing
import SystemCalls

/// The containers that the engines of this machine list, Docker's, Podman's or Causeway's own: whose namespaces are whose.
public enum EngineDirectory {
    /// A container as an engine shows it.
    public struct Container: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its whole identifier.
        public var id: String
        /// Its first process; 0 where it does not run.
        public var pid: Int32
        /// What is published of it.
        public var ports: [Port]
        /// Its addresses, as the engine gave them out.
        public var addresses: [IPAddress]
    }

    /// A published port.
    public struct Port: Hashable, Sendable {
        /// Of the host.
        public var host: UInt16
        /// Of the container.
        public var inside: UInt16
        /// `tcp` or `udp`.
        public var kind: String
    }

    /// A network with a bridge.
    public struct Network: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its bridge.
        public var bridge: String
        /// Its subnets.
        public var subnets: [IPPrefix]
        /// Whether it is to have no way out or in.
        public var isInternal: Bool
        /// Whether its addresses are routed outside, and so not translated.
        public var isRouted: Bool
    }

    /// Where engines listen, as they are installed.
    public static let standard = ["/var/run/docker.sock", "/run/podman/podman.sock"].map(
        EngineAddress.init(socketPath:))

    /// Asks each engine that answers within two seconds for every container, those that do not run included; one that is
    /// not there has none.
    ///
    /// - Parameter known: identifiers of containers that need not be asked for.
    public static func containers(at addresses: [EngineAddress], except known: Set<String> = []) -> [Container] {
        var found: [Container] = []
        var asked: Set<String> = []
        for address in addresses {
            guard asked.insert(address.socketPath).inserted, FileSystem.exists(address.socketPath) else { continue }
            let client = EngineClient(address: address, patience: 2)
            let request = EngineRequest("GET", "/containers/json", query: [("all", "1")])
            guard case .array(let list)? = try? client.json(request) else { continue }
            for entry in list {
                let id = entry.text("Id")
                guard !known.contains(id), !found.contains(where: { $0.id == id }),
                    let inspect = try? client.json(EngineRequest("GET", "/containers/\(EngineRequest.escape(id))/json"))
                else { continue }
                found.append(Container(inspect))
            }
        }
        return found
    }

    /// The networks with bridges that an engine lists; none where none answers.
    public static func networks(at address: EngineAddress) -> [Network] {
        guard FileSystem.exists(address.socketPath) else { return [] }
        let client = EngineClient(address: address, patience: 2)
        let list = try? client.json(EngineRequest("GET", "/networks"))
        return (list?.elements ?? []).compactMap { Network($0) }
    }
}

extension EngineDirectory.Container {
    /// Reads `GET /containers/{id}/json`.
    public init(_ inspect: JSONValue) {
        let settings = inspect["NetworkSettings"] ?? .null
        name = String(inspect.text("Name").drop { $0 == "/" })
        id = inspect.text("Id")
        pid = Int32(truncatingIfNeeded: inspect["State"]?.number("Pid") ?? 0)
        ports = (settings["Ports"]?.members ?? []).flatMap { port -> [EngineDirectory.Port] in
            let parts = port.name.split(separator: "/").map(String.init)
            guard parts.count == 2, let inside = UInt16(parts[0]) else { return [] }
            return port.value.elements.compactMap { binding in
                UInt16(binding.text("HostPort")).map {
                    EngineDirectory.Port(host: $0, inside: inside, kind: parts[1])
                }
            }
        }
        addresses = (settings["Networks"]?.members ?? []).flatMap { network in
            ["IPAddress", "GlobalIPv6Address"].compactMap { IPAddress(network.value.text($0)) }
        }
    }
}

extension EngineDirectory.Network {
    /// Reads an entry of `GET /networks`; nil where it has no bridge.
    public init?(_ network: JSONValue) {
        guard network.text("Driver") == "bridge" else { return nil }
        let options = network["Options"] ?? .null
        let bridge = options.text("com.docker.network.bridge.name")
        name = network.text("Name")
        self.bridge = bridge.isEmpty ? "br-" + network.text("Id").prefix(12) : bridge
        subnets = (network["IPAM"]?["Config"]?.elements ?? []).compactMap { IPPrefix($0.text("Subnet")) }
        isInternal = network.flag("Internal")
        isRouted = ["ipv4", "ipv6"].contains {
            options.text("com.docker.network.bridge.gateway_mode_" + $0) == "routed"
        }
    }
}
