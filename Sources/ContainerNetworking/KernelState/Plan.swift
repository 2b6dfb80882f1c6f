public import IPAddressing

/// One step from what is to what is wanted.
public enum PlanStep: Hashable, Sendable, CustomStringConvertible {
    /// Write a kernel parameter.
    case setSysctl(String, String)
    /// Make a bridge.
    case makeBridge(String, mac: MACAddress, mtu: Int)
    /// Make a device without a way out.
    case makeDummy(String)
    /// Make a VLAN of a device.
    case makeVlan(String, device: String, number: UInt16)
    /// Delete a device of ours; one that is gone is fine.
    case delete(String)
    /// Change a bridge's Ethernet address.
    case setMAC(String, MACAddress)
    /// Change a device's MTU in bytes.
    case setMTU(String, Int)
    /// Set a device up.
    case raise(String)
    /// Give a device an address.
    case addAddress(IPPrefix, String)
    /// Take an address of ours from a device.
    case removeAddress(IPPrefix, String)
    /// Set the route to a device's own subnet, as the kernel does with the address.
    case addRoute(IPPrefix, String)
    /// Plug a device into a bridge.
    case plug(String, bridge: String)
    /// Let a bridge port send frames back where they came from.
    case setHairpin(String)

    /// Whether it is about the host as a whole, and not about one device.
    var isHostParameter: Bool {
        guard case .setSysctl(let name, _) = self else { return false }
        return !name.contains("/")
    }

    /// Whether it writes a kernel parameter.
    var isParameter: Bool {
        guard case .setSysctl = self else { return false }
        return true
    }

    /// The step as one would type it.
    public var description: String {
        switch self {
        case .setSysctl(let name, let value): "sysctl -w \(name)=\(value)"
        case .makeBridge(let name, let mac, let mtu): "ip link add \(name) address \(mac) mtu \(mtu) type bridge"
        case .makeDummy(let name): "ip link add \(name) type dummy"
        case .makeVlan(let name, let device, let number):
            "ip link add link \(device) name \(name) type vlan id \(number)"
        case .delete(let name): "ip link del \(name)"
        case .setMAC(let name, let mac): "ip link set \(name) address \(mac)"
        case .setMTU(let name, let mtu): "ip link set \(name) mtu \(mtu)"
        case .raise(let name): "ip link set \(name) up"
        case .addAddress(let prefix, let name):
            "ip addr add \(prefix) \(prefix.family == .v4 ? "brd + " : "")dev \(name)\(prefix.family == .v6 ? " nodad" : "")"
        case .removeAddress(let prefix, let name): "ip addr del \(prefix) dev \(name)"
        case .addRoute(let prefix, let name):
            "ip route add \(prefix.network) dev \(name) proto kernel "
                + (prefix.family == .v4 ? "scope link src \(prefix.address)" : "metric 256")
        case .plug(let port, let bridge): "ip link set \(port) master \(bridge)"
        case .setHairpin(let port): "ip link set \(port) type bridge_slave hairpin on"
        }
    }
}

extension KernelState {
    /// The steps from this state to the wanted one, in an order that works: bridges before what is plugged into them,
    /// forwarding last, so that nothing is forwarded before the rest stands. What is there but not wanted is somebody
    /// else's, and stays. Pure.
    ///
    /// - Parameters:
    ///   - retired: addresses that bridges of ours had and are to lose, by the bridge's name.
    ///   - doomed: devices of ours that are to go.
    public func plan(
        to wanted: KernelState, retired: [String: [IPPrefix]] = [:], doomed: [String] = []
    ) -> [PlanStep] {
        var steps: [PlanStep] = doomed.sorted().map { .delete($0) }
        for (name, parent) in wanted.parents.sorted(by: { $0.key < $1.key }) where parents[name] == nil {
            switch parent {
            case .dummy: steps.append(.makeDummy(name))
            case .vlan(let device, let number): steps.append(.makeVlan(name, device: device, number: number))
            }
            steps.append(.raise(name))
        }
        for (name, bridge) in wanted.bridges.sorted(by: { $0.key < $1.key }) {
            steps += bridgeSteps(name, bridge, retired: retired[name] ?? [])
        }
        for (name, port) in wanted.ports.sorted(by: { $0.key < $1.key }) {
            // A cable that is gone cannot be plugged in: its container has lost its network.
            guard let present = ports[name] else { continue }
            var isHairpin = present.isHairpin
            if let bridge = port.bridge, present.bridge != bridge || bridges[bridge] == nil {
                steps.append(.plug(name, bridge: bridge))
                isHairpin = false
            }
            if port.isHairpin, !isHairpin { steps.append(.setHairpin(name)) }
            if port.isUp, !present.isUp { steps.append(.raise(name)) }
        }
        for (name, value) in wanted.sysctls.sorted(by: { $0.key < $1.key }) where sysctls[name] != value {
            steps.append(.setSysctl(name, value))
        }
        return steps
    }

    private func bridgeSteps(_ name: String, _ bridge: BridgeState, retired: [IPPrefix]) -> [PlanStep] {
        var steps: [PlanStep] = []
        let present = bridges[name]
        if let present {
            if let mac = bridge.mac, present.mac != mac { steps.append(.setMAC(name, mac)) }
            if let mtu = bridge.mtu, present.mtu != mtu { steps.append(.setMTU(name, mtu)) }
            steps += retired.filter { present.addresses.contains($0) }.map { .removeAddress($0, name) }
        } else {
            // The user's own bridge, of which we know neither: it is not for us to make.
            guard let mac = bridge.mac, let mtu = bridge.mtu else { return [] }
            steps.append(.makeBridge(name, mac: mac, mtu: mtu))
        }
        for (parameter, value) in bridge.parameters.sorted(by: { $0.key < $1.key }) {
            // A bridge that is there shows whether the kernel has the parameter at all.
            if let present, present.parameters[parameter] == nil || present.parameters[parameter] == value { continue }
            steps.append(.setSysctl(parameter, value))
        }
        for address in bridge.addresses where present?.addresses.contains(address) != true {
            steps.append(.addAddress(address, name))
        }
        if bridge.isUp, present?.isUp != true { steps.append(.raise(name)) }
        // Without the address, or down, the route comes with the step above.
        if let present, present.isUp {
            for address in bridge.addresses where present.addresses.contains(address) {
                let route = address.network
                if bridge.routes.contains(route), !present.routes.contains(route) {
                    steps.append(.addRoute(address, name))
                }
            }
        }
        return steps
    }
}
