public import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// One step from what is to what is wanted.
public enum PlanStep: Hashable, Sendable, CustomStringConvertible {
    /// Write a kernel parameter.
    case setSysctl(String, from: String, to: String)
    /// Make a bridge.
    case makeBridge(String, BridgeState)
    /// Change a bridge's Ethernet address.
    case setMAC(String, MACAddress)
    /// Change a device's MTU in bytes.
    case setMTU(String, Int)
    /// Set a device up.
    case raise(String)
    /// Give a device an address.
    case addAddress(IPPrefix, String)
    /// Plug a device into a bridge.
    case plug(String, bridge: String)

    /// The step as one would type it.
    public var description: String {
        switch self {
        case .setSysctl(let name, _, let value): "sysctl -w \(name)=\(value)"
        case .makeBridge(let name, let bridge): "ip link add \(name) address \(bridge.mac) mtu \(bridge.mtu) type bridge"
        case .setMAC(let name, let mac): "ip link set \(name) address \(mac)"
        case .setMTU(let name, let mtu): "ip link set \(name) mtu \(mtu)"
        case .raise(let name): "ip link set \(name) up"
        case .addAddress(let prefix, let name): "ip addr add \(prefix) brd + dev \(name)"
        case .plug(let port, let bridge): "ip link set \(port) master \(bridge)"
        }
    }
}

extension KernelState {
    /// The steps from this state to the wanted one, in an order that works. What is not wanted but there is somebody
    /// else's, and stays. Pure.
    public func plan(to wanted: KernelState) -> [PlanStep] {
        var steps: [PlanStep] = []
        for (name, value) in wanted.sysctls.sorted(by: { $0.key < $1.key }) {
            let present = sysctls[name] ?? ""
            if present != value { steps.append(.setSysctl(name, from: present, to: value)) }
        }
        for (name, bridge) in wanted.bridges.sorted(by: { $0.key < $1.key }) {
            let present = bridges[name]
            if present == nil { steps.append(.makeBridge(name, bridge)) }
            if let present, present.mac != bridge.mac { steps.append(.setMAC(name, bridge.mac)) }
            if let present, present.mtu != bridge.mtu { steps.append(.setMTU(name, bridge.mtu)) }
            for address in bridge.addresses where present?.addresses.contains(address) != true {
                steps.append(.addAddress(address, name))
            }
            if bridge.isUp, present?.isUp != true { steps.append(.raise(name)) }
        }
        for (name, port) in wanted.ports.sorted(by: { $0.key < $1.key }) {
            // A cable that is gone cannot be plugged: its container has lost its network, which the caller is told.
            guard let present = ports[name] else { continue }
            if let bridge = port.bridge, present.bridge != bridge || self.bridges[bridge] == nil {
                steps.append(.plug(name, bridge: bridge))
            }
            if port.isUp, !present.isUp { steps.append(.raise(name)) }
        }
        return steps
    }

    /// Reads the kernel's state as far as `wanted` speaks of it. Blocks.
    static func observe(_ socket: RouteSocket, wanted: KernelState) throws(NetworkError) -> KernelState {
        do {
            var state = KernelState()
            for name in wanted.sysctls.keys { state.sysctls[name] = try Sysctl.read(name) }
            let links = try socket.links()
            let addresses = try socket.addresses()
            let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
            for link in links {
                if wanted.bridges[link.name] != nil {
                    state.bridges[link.name] = BridgeState(
                        mac: link.mac ?? MACAddress(rawValue: 0), mtu: Int(link.mtu), isUp: link.isUp,
                        addresses: addresses.filter { $0.index == link.index && $0.prefix.family == .v4 }.map(\.prefix))
                }
                if wanted.ports[link.name] != nil {
                    state.ports[link.name] = PortState(bridge: link.master.flatMap { names[$0] }, isUp: link.isUp)
                }
            }
            return state
        } catch {
            throw .wrap("cannot read the kernel's network", error)
        }
    }
}

/// Carries plans out.
enum PlanApplication {
    /// Applies the steps in order. Blocks.
    static func apply(_ steps: [PlanStep], _ socket: RouteSocket) throws(NetworkError) {
        for step in steps {
            do {
                try apply(step, socket)
            } catch {
                throw .wrap("cannot `\(step)`", error)
            }
        }
    }

    private static func apply(_ step: PlanStep, _ socket: RouteSocket) throws {
        func index(_ name: String) throws -> Int32 {
            guard let link = try socket.link(named: name) else { throw NetlinkError("look at \(name)", .noDevice) }
            return link.index
        }
        switch step {
        case .setSysctl(let name, _, let value): try Sysctl.write(name, value)
        case .makeBridge(let name, let bridge):
            try socket.apply([LinkRequest.makeBridge(name: name, mac: bridge.mac, mtu: bridge.mtu)])
        case .setMAC(let name, let mac):
            try socket.apply([LinkRequest.change(index: try index(name), name: name, LinkChange(mac: mac))])
        case .setMTU(let name, let mtu):
            try socket.apply([LinkRequest.change(index: try index(name), name: name, LinkChange(mtu: mtu))])
        case .raise(let name):
            try socket.apply([LinkRequest.change(index: try index(name), name: name, LinkChange(up: true))])
        case .addAddress(let prefix, let name):
            try socket.apply([AddressRequest.add(prefix, to: try index(name), name: name)])
        case .plug(let port, let bridge):
            try socket.apply([
                LinkRequest.change(index: try index(port), name: port, LinkChange(master: try index(bridge)))
            ])
        }
    }
}
