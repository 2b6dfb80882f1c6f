import Firewall
import IPAddressing
import RouteNetlink
import SystemCalls

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
            return try map(socket, others, rules(), NftListing(tables()))
        } catch {
            throw ExplainError(
                "cannot read this network namespace: \(error); the kernel tells it to root only: use sudo", .failed)
        }
    }

    /// What nftables shows; empty where its program is not installed.
    private static func tables() -> String {
        guard let program = FileSystem.findProgram("nft"),
            let output = try? ChildProcess.run(ChildRequest(program, ["list", "ruleset"])), output.status.isSuccess
        else { return "" }
        return output.text
    }

    /// What iptables shows of both families, with counters; empty where it cannot be run.
    private static func rules() -> NatListing {
        guard let programs = try? IPTablesPrograms.discover() else { return NatListing("") }
        func output(_ program: String) -> String {
            guard let output = try? ChildProcess.run(ChildRequest(program, ["-c"])), output.status.isSuccess
            else { return "" }
            return output.text
        }
        var listing = NatListing(output(programs.save))
        let other = NatListing(output(programs.saveIPv6), family: "ip6 ")
        listing.translations += other.translations
        listing.forwardRules += other.forwardRules
        listing.published.merge(other.published) { first, _ in first }
        return listing
    }

    private static func map(
        _ socket: RouteSocket, _ others: Neighbourhood, _ nat: NatListing, _ nft: NftListing
    ) throws -> NetworkMap {
        let links = try socket.links()
        let addresses = try socket.addresses()
        let routes = try socket.routes().filter { Words.isShown($0) }
        let neighbours = try socket.neighbours()
        let stations = (try? socket.forwardingEntries()) ?? []
        let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }

        func peer(of link: Link) -> NetworkMap.Peer? {
            guard link.kind == "veth", let index = link.peerIndex else { return nil }
            guard let end = others.end(namespace: link.peerNamespace, index: index) else { return nil }
            let addresses = end.device.addresses
            return NetworkMap.Peer(
                owner: end.owner, interface: end.device.name, mac: end.device.mac, addresses: addresses,
                published: addresses.reduce(into: []) { ports, prefix in
                    let address = String(prefix.prefix { $0 != "/" })
                    let found = (nat.published[address] ?? []) + (nft.published[address] ?? [])
                    ports += found.filter { !ports.contains($0) }
                })
        }
        func device(_ link: Link) -> NetworkMap.Device {
            let next = routes.first {
                $0.destination.length == 0 && $0.destination.family == .v4 && $0.index == link.index
            }?.gateway
            let known = neighbours.first { $0.index == link.index && $0.address == next }
            var device = Words.device(link, addresses)
            device.gateway = next?.description
            device.gatewayState = next.map { _ in Words.neighbour(known?.state) }
            device.peer = peer(of: link)
            if link.kind != "veth", link.peerNamespace == nil { device.parent = link.peerIndex.flatMap { names[$0] } }
            device.fault = Words.fault(of: device)
            return device
        }
        let bridges = links.filter { $0.kind == "bridge" }.map { bridge in
            let ports = links.filter { $0.master == bridge.index }.sorted { $0.name < $1.name }.map { link in
                var port = NetworkMap.Port(
                    name: link.name, state: Words.portState(link.portState), isUp: link.isUp,
                    hasCarrier: link.hasCarrier, mtu: link.mtu, peer: peer(of: link))
                port.fault = Words.fault(of: port)
                return port
            }
            var own = device(bridge)
            own.fault = Words.fault(ofBridge: own, ports: ports)
            return NetworkMap.Bridge(
                device: own, ports: ports, settings: settings(bridge),
                forwardingDatabase: stations.filter { $0.master == bridge.index }.map { Words.station($0, names) })
        }
        var map = NetworkMap(
            forwarding: (try? Sysctl.read("net.ipv4.ip_forward")) == "1",
            forwardingIPv6: (try? Sysctl.read("net.ipv6.conf.all.forwarding")).map { $0 == "1" },
            bridgeNetfilter: (try? Sysctl.read("net.bridge.bridge-nf-call-iptables")).map { $0 == "1" },
            devices: links.filter { $0.kind != "bridge" && $0.master == nil && $0.flags & 0x8 == 0 }.map(device),
            bridges: bridges, namespaces: others.places.map(\.map), routes: routes.map { Words.route($0, names) },
            neighbours: neighbours.compactMap { Words.station($0, names) },
            forwardPolicy: nat.forwardPolicy ?? nft.forwardPolicy, translations: nat.translations + nft.translations,
            forwardRules: nat.forwardRules + nft.forwardRules, sets: nft.sets)
        map.judge()
        return map
    }

    private static func settings(_ link: Link) -> NetworkMap.Settings? {
        guard let bridge = link.bridge else { return nil }
        func forwards(_ family: String) -> Bool? {
            (try? Sysctl.read("net/\(family)/conf/\(link.name)/forwarding")).map { $0 == "1" }
        }
        return NetworkMap.Settings(
            spanningTree: bridge.spanningTree, forwardDelay: bridge.forwardDelay, ageing: bridge.ageing,
            filtersVlans: bridge.filtersVlans, forwards: forwards("ipv4"), forwardsIPv6: forwards("ipv6"))
    }
}
