import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Plugs endpoints into macvlan networks: an interface with an Ethernet address of its own on a device of the host.
struct MacvlanDriver: EndpointDriver {
    /// The host namespace's rtnetlink.
    let host: RouteSocket

    func validate(_ request: EndpointRequest, on network: NetworkRecord) {}

    func plugIn(_ wiring: EndpointWiring, into namespace: NetworkNamespace) throws -> Int32? {
        // MACVLAN_MODE_* of <linux/if_link.h>.
        let mode: UInt32 =
            switch wiring.network.macvlanOptions.mode {
            case .private: 1
            case .vepa: 2
            case .bridge: 4
            case .passthru: 8
            }
        try ChildInterface(host: host).make(.macvlan(mode: mode), wiring, in: namespace)
        // The kernel gives it the parent's address whatever is asked; changed afterwards, the parent's changes with it,
        // until the interface goes.
        if mode == 8, let mac = wiring.mac {
            let inside = try RouteSocket(in: namespace)
            let name = wiring.interfaceName
            guard let link = try inside.link(named: name) else { throw NetlinkError("look at \(name)", .noDevice) }
            do {
                try inside.apply([LinkRequest.change(index: link.index, name: name, LinkChange(mac: mac))])
            } catch {
                try? inside.apply([LinkRequest.delete(index: link.index, name: name)])
                throw error
            }
            return link.index
        }
        return nil
    }

    func unplug(_ endpoint: EndpointRecord, as end: EndpointEnd) throws { try ChildInterface.remove(endpoint) }
}

/// Plugs endpoints into ipvlan networks: an interface with its parent's Ethernet address, told apart by IP address.
struct IPVlanDriver: EndpointDriver {
    /// The host namespace's rtnetlink.
    let host: RouteSocket

    func validate(_ request: EndpointRequest, on network: NetworkRecord) throws(NetworkError) {
        if request.macAddress != nil {
            throw NetworkError(.invalid, "ipvlan interfaces do not support custom mac address assignment")
        }
    }

    func plugIn(_ wiring: EndpointWiring, into namespace: NetworkNamespace) throws -> Int32? {
        let options = wiring.network.ipvlanOptions
        // IPVLAN_MODE_* and IPVLAN_F_* of <linux/if_link.h>.
        let mode: UInt16 =
            switch options.mode {
            case .l2: 0
            case .l3: 1
            case .l3s: 2
            }
        let flags: UInt16 =
            switch options.flag {
            case .bridge: 0
            case .private: 1
            case .vepa: 2
            }
        try ChildInterface(host: host).make(.ipvlan(mode: mode, flags: flags), wiring, in: namespace)
        return nil
    }

    func unplug(_ endpoint: EndpointRecord, as end: EndpointEnd) throws { try ChildInterface.remove(endpoint) }
}

/// What macvlan and ipvlan have in common: the interface is born in the container's namespace, on a device of the host.
private struct ChildInterface {
    let host: RouteSocket

    func make(_ link: ChildLink, _ wiring: EndpointWiring, in namespace: NetworkNamespace) throws {
        let name = wiring.network.vlanParent ?? ""
        guard let parent = try host.link(named: name) else {
            throw NetworkError(
                .system,
                "the parent interface \(name) of network \(wiring.network.name) is gone; bring it back, or make the "
                    + "network anew on another parent")
        }
        try host.apply([
            LinkRequest.makeChild(
                link, name: wiring.interfaceName, parent: parent.index, mac: wiring.mac, mtu: wiring.mtu,
                namespace: namespace.rawValue)
        ])
    }

    /// Deletes it inside, also where the container has ended: until then its Ethernet or IP address is taken on the
    /// parent, and the next container could not have it. About 20 ms.
    static func remove(_ endpoint: EndpointRecord) throws {
        let namespace: NetworkNamespace
        do { namespace = try NetworkNamespace(path: endpoint.sandboxPath) } catch {
            // It went with its namespace.
            if error.errno == .noEntry { return }
            throw error
        }
        let inside = try RouteSocket(in: namespace)
        guard let link = try inside.link(named: endpoint.interfaceName) else { return }
        try inside.apply([LinkRequest.delete(index: link.index, name: link.name)])
    }
}
