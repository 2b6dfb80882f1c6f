public import EngineAPI
public import Explain
import IPAddressing
import SystemCalls

/// The containers that the engines of this machine list, Docker's, Podman's or Causeway's own: whose namespaces are whose.
public enum EngineDirectory {
    /// Where engines listen, as they are installed.
    public static let standard = ["/var/run/docker.sock", "/run/podman/podman.sock"].map(
        EngineAddress.init(socketPath:))

    /// Asks each engine that answers within two seconds for every container, those that do not run included; one that is
    /// not there has none.
    ///
    /// - Parameter known: identifiers of containers that need not be asked for.
    public static func containers(
        at addresses: [EngineAddress], except known: Set<String> = []
    ) -> [Explainer.Container] {
        var found: [Explainer.Container] = []
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
                found.append(Explainer.Container(inspect))
            }
        }
        return found
    }

    /// The networks with bridges that an engine lists; none where none answers.
    public static func networks(at address: EngineAddress) -> [Explainer.Network] {
        guard FileSystem.exists(address.socketPath) else { return [] }
        let client = EngineClient(address: address, patience: 2)
        let list = try? client.json(EngineRequest("GET", "/networks"))
        return (list?.elements ?? []).compactMap { Explainer.Network($0) }
    }
}

extension Explainer.Container {
    /// Reads `GET /containers/{id}/json`.
    public init(_ inspect: JSONValue) {
        let settings = inspect["NetworkSettings"] ?? .null
        self.init(
            name: String(inspect.text("Name").drop { $0 == "/" }), id: inspect.text("Id"),
            pid: Int32(truncatingIfNeeded: inspect["State"]?.number("Pid") ?? 0),
            ports: (settings["Ports"]?.members ?? []).flatMap { port -> [Explainer.Port] in
                let parts = port.name.split(separator: "/").map(String.init)
                guard parts.count == 2, let inside = UInt16(parts[0]) else { return [] }
                return port.value.elements.compactMap { binding in
                    UInt16(binding.text("HostPort")).map { Explainer.Port(host: $0, inside: inside, kind: parts[1]) }
                }
            },
            addresses: (settings["Networks"]?.members ?? []).flatMap { network in
                ["IPAddress", "GlobalIPv6Address"].compactMap { IPAddress(network.value.text($0)) }
            })
    }
}

extension Explainer.Network {
    /// Reads an entry of `GET /networks`; nil where it has no bridge.
    public init?(_ network: JSONValue) {
        guard network.text("Driver") == "bridge" else { return nil }
        let options = network["Options"] ?? .null
        let bridge = options.text("com.docker.network.bridge.name")
        self.init(
            name: network.text("Name"), bridge: bridge.isEmpty ? "br-" + network.text("Id").prefix(12) : bridge,
            subnets: (network["IPAM"]?["Config"]?.elements ?? []).compactMap { IPPrefix($0.text("Subnet")) },
            isInternal: network.flag("Internal"),
            isRouted: ["ipv4", "ipv6"].contains {
                options.text("com.docker.network.bridge.gateway_mode_" + $0) == "routed"
            })
    }
}
