import CrashPoints
import Glibc
import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// Carries plans out.
struct PlanApplication {
    /// Where.
    let host: HostNetwork
    /// Its rtnetlink.
    let socket: RouteSocket

    /// Applies the steps in order, up to the first that fails. Blocks.
    func apply(_ steps: [PlanStep]) throws(NetworkError) {
        for step in steps {
            do {
                try apply(step)
                CrashPoint.planStepDone.reached()
            } catch {
                throw .wrap("cannot `\(step)`", error)
            }
        }
    }

    private func apply(_ step: PlanStep) throws {
        switch step {
        case .setSysctl(let name, let value): try setParameter(name, value)
        case .makeBridge(let name, let mac, let mtu):
            try socket.apply([LinkRequest.makeBridge(name: name, mac: mac, mtu: mtu)])
        case .makeDummy(let name): try makeParent([ParentRequest.makeDummy(name: name)], name, needs: "dummy")
        case .makeVlan(let name, let device, let number):
            let request = ParentRequest.makeVlan(name: name, parent: try link(device).index, number: number)
            try makeParent([request], name, needs: "8021q")
        case .delete(let name):
            if let link = try socket.link(named: name) {
                try socket.apply([LinkRequest.delete(index: link.index, name: name)])
            }
        case .setMAC(let name, let mac): try change(name, LinkChange(mac: mac))
        case .setMTU(let name, let mtu): try change(name, LinkChange(mtu: mtu))
        case .raise(let name): try change(name, LinkChange(up: true))
        case .addAddress(let prefix, let name):
            try socket.apply([AddressRequest.add(prefix, to: try link(name).index, name: name)])
        case .removeAddress(let prefix, let name):
            try socket.apply([AddressRequest.delete(prefix, from: try link(name).index, name: name)])
        case .addRoute(let prefix, let name):
            try socket.apply([RouteRequest.addConnected(prefix, device: try link(name).index, name: name)])
        case .plug(let port, let bridge): try plug(port, into: bridge)
        case .setHairpin(let port):
            if try link(port).master != nil { try socket.apply([LinkRequest.setHairpin(true, name: port)]) }
        }
    }

    private func makeParent(_ requests: [NetlinkRequest], _ name: String, needs module: String) throws {
        do throws(NetlinkError) {
            try socket.apply(requests)
        } catch {
            guard error.errno.rawValue == EOPNOTSUPP else { throw error }
            throw NetworkError(
                .system,
                "cannot make the parent \(name): this kernel has no \(module) devices; run `modprobe \(module)`, or name "
                    + "a device of the host with `--opt parent=DEVICE`")
        }
    }

    private func plug(_ port: String, into bridge: String) throws {
        let cable = try link(port)
        // Unplugged since the plan was made: it is to stay so.
        if cable.group == BridgeDriver.doomedGroup { return }
        try socket.apply([
            LinkRequest.change(index: cable.index, name: port, LinkChange(master: try link(bridge).index))
        ])
    }

    private func link(_ name: String) throws -> Link {
        guard let link = try socket.link(named: name) else { throw NetlinkError("look at \(name)", .noDevice) }
        return link
    }

    private func change(_ name: String, _ change: LinkChange) throws {
        try socket.apply([LinkRequest.change(index: try link(name).index, name: name, change)])
    }

    private func setParameter(_ name: String, _ value: String) throws {
        do {
            try host.setParameter(name, value)
        } catch {
            // A kernel without IPv6 has nothing to protect.
            if error.errno == .noEntry, name.hasPrefix("net/ipv6/") { return }
            if error.errno == .noEntry, NetworkModel.Parameter.bridgeFilters.contains(name) {
                throw NetworkError(
                    .system, "--icc=false needs the kernel module br_netfilter: run `modprobe br_netfilter`")
            }
            throw error
        }
    }
}
