import Firewall
import IPAddressing
import RouteNetlink
import SystemCalls

/// Why a map could not be drawn: what was tried, why it failed, what to do.
public struct ExplainError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The whole of it, for people.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Reads the live wiring from the kernel: rtnetlink of this namespace and of those that are plugged into it, and the
/// rules that iptables shows. Changes nothing.
public enum MapObserver {
    /// Draws the map of the caller's network namespace. Blocks.
    ///
    /// - Parameter names: what processes are called, by pid: a container's first process by the container's name.
    /// - Throws: `ExplainError` where the kernel does not let one look.
    public static func observe(names: [Int32: String]) throws(ExplainError) -> NetworkMap {
        do {
            let socket = try RouteSocket()
            let others = Neighbourhood.find(names: names, socket: socket)
            return try map(socket, others, NatListing(rules()))
        } catch {
            throw ExplainError(
                "cannot read this network namespace: \(error); the kernel tells it to root only: use sudo")
        }
    }

    /// What iptables shows, with counters; empty where it cannot be run.
    private static func rules() -> String {
        guard let programs = try? IPTablesPrograms.discover(),
            let output = try? ChildProcess.run(ChildRequest(programs.save, ["-c"])), output.status.isSuccess
        else { return "" }
        return output.text
    }

    private static func map(
        _ socket: RouteSocket, _ others: Neighbourhood, _ nat: NatListing
    ) throws -> NetworkMap {
        let links = try socket.links()
        let addresses = try socket.addresses().filter { $0.prefix.family == .v4 }
        let routes = try socket.routes().filter { $0.table == 254 && $0.destination.family == .v4 && $0.type == 1 }
        let neighbours = try socket.neighbours()
        let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }

        func peer(of link: Link) -> NetworkMap.Peer? {
            guard link.kind == "veth", let index = link.peerIndex else { return nil }
            guard let end = others.end(namespace: link.peerNamespace, index: index) else { return nil }
            return NetworkMap.Peer(
                owner: end.owner, interface: end.name, addresses: end.addresses,
                published: end.addresses.flatMap { nat.published[String($0.prefix { $0 != "/" })] ?? [] })
        }
        func device(_ link: Link) -> NetworkMap.Device {
            let next = routes.first { $0.destination.length == 0 && $0.index == link.index }?.gateway
            let known = neighbours.first { $0.index == link.index && $0.address == next }
            var device = NetworkMap.Device(
                name: link.name, kind: link.kind,
                addresses: addresses.filter { $0.index == link.index }.map(\.prefix.description), isUp: link.isUp,
                hasCarrier: link.hasCarrier, gateway: next?.description,
                gatewayState: next.map { _ in Words.neighbour(known?.state) }, peer: peer(of: link))
            device.fault = Words.fault(of: device)
            return device
        }
        let bridges = links.filter { $0.kind == "bridge" }.map { bridge in
            let ports = links.filter { $0.master == bridge.index }.sorted { $0.name < $1.name }.map { link in
                var port = NetworkMap.Port(
                    name: link.name, state: Words.portState(link.portState), isUp: link.isUp, peer: peer(of: link))
                port.fault = Words.fault(of: port)
                return port
            }
            var own = device(bridge)
            own.fault = Words.fault(ofBridge: own, ports: ports)
            return NetworkMap.Bridge(device: own, ports: ports)
        }
        return NetworkMap(
            forwarding: (try? Sysctl.read("net.ipv4.ip_forward")) == "1",
            bridgeNetfilter: (try? Sysctl.read("net.bridge.bridge-nf-call-iptables")).map { $0 == "1" },
            devices: links.filter { $0.kind != "bridge" && $0.master == nil && $0.flags & 0x8 == 0 }.map(device),
            bridges: bridges, routes: routes.map { Words.route($0, names) }, forwardPolicy: nat.forwardPolicy,
            translations: nat.translations)
    }
}
