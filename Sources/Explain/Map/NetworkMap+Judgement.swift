extension NetworkMap {
    /// Finds what is amiss only where several devices are looked at together.
    mutating func judge() {
        for index in bridges.indices { bridges[index].findDuplicates() }
        for index in bridges.indices { bridges[index].findNarrowPorts() }
        if forwarding {
            for index in bridges.indices where bridges[index].settings?.forwards == false {
                let name = bridges[index].device.name
                bridges[index].device.fault =
                    bridges[index].device.fault
                    ?? "does not forward: sysctl -w net.ipv4.conf.\(name).forwarding=1"
            }
        }
        faults += namespaces.compactMap { place in place.fault.map { "\(place.owner): \($0)" } }
    }
}

extension NetworkMap.Bridge {
    /// Two stations with one Ethernet address: the bridge believes whoever spoke last.
    mutating func findDuplicates() {
        var owners: [String: [String]] = [:]
        for port in ports {
            if let peer = port.peer, let mac = peer.mac { owners[mac, default: []].append(peer.owner) }
        }
        if let mac = device.mac { owners[mac]?.append(device.name) }
        for index in ports.indices where ports[index].fault == nil {
            guard let peer = ports[index].peer, let mac = peer.mac, let all = owners[mac], all.count > 1 else {
                continue
            }
            let others = all.filter { $0 != peer.owner }
            ports[index].fault =
                "duplicate MAC \(mac): \(others.isEmpty ? "another port" : others.joined(separator: ", ")) has it, too"
        }
    }

    /// A port that takes smaller packets than its station sends drops them without a word.
    mutating func findNarrowPorts() {
        for index in ports.indices where ports[index].fault == nil {
            let port = ports[index]
            guard port.mtu > 0, device.mtu > 0, port.mtu < device.mtu else { continue }
            ports[index].fault = "MTU \(port.mtu), the bridge's is \(device.mtu): larger packets are dropped here"
        }
    }
}
