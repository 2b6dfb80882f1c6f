import Firewall
import IPAddressing
import Logging
import NFTables

extension NetworkController {
    /// Guards what is plugged in against forged addresses, and finds again what an earlier daemon left.
    func startGuard() async throws {
        guard configuration.iptables else { return }
        let logger = logger
        let guardian = SpoofingGuard(keeper: try nftablesKeeper()) { logger.warning("\($0)") }
        try await guardian.apply(model.firewall(forwardingWasOff: false))
        spoofingGuard = guardian
    }

    /// Guards an endpoint that is about to be plugged in.
    func admit(_ endpoint: EndpointRecord, on record: NetworkRecord) async throws {
        guard let spoofingGuard else { return }
        let siblings = plugged.values.filter { $0.sandboxPath == endpoint.sandboxPath && $0.id != endpoint.id }
        if record.isGuarded, let guarded = endpoint.guarded(beside: siblings) {
            try await spoofingGuard.admit(guarded)
        }
        try await admitAgain(siblings, beside: siblings + [endpoint])
    }

    /// What an endpoint may send with has changed: its container has another address more, or one less.
    private func admitAgain(_ endpoints: [EndpointRecord], beside all: [EndpointRecord]) async throws {
        guard let spoofingGuard else { return }
        for endpoint in endpoints where records.first(where: { $0.id == endpoint.networkID })?.isGuarded == true {
            guard let guarded = endpoint.guarded(beside: all) else { continue }
            try await spoofingGuard.admit(guarded)
        }
    }

    /// Forgets an endpoint that is no more.
    func expel(_ endpoint: EndpointRecord) async {
        guard let spoofingGuard else { return }
        do {
            if !endpoint.hostInterface.isEmpty {
                try await spoofingGuard.expel(hostInterface: endpoint.hostInterface)
            }
            let siblings = plugged.values.filter { $0.sandboxPath == endpoint.sandboxPath && $0.id != endpoint.id }
            try await admitAgain(siblings, beside: siblings)
        } catch {
            logger.warning(
                "a port is guarded still", metadata: ["device": "\(endpoint.hostInterface)", "error": "\(error)"])
        }
    }
}

extension NetworkRecord {
    /// Whether its containers may send with their own addresses only.
    var isGuarded: Bool { driver == "bridge" && bridgeOptions.preventsSpoofing }
}

extension EndpointRecord {
    /// What the container may send with by this endpoint: its Ethernet address, and all of the container's addresses.
    /// One that has several networks answers by its default route, whichever address it was asked at.
    ///
    /// - Parameter siblings: the container's endpoints; whether this one is among them does not matter.
    func guarded(beside siblings: [EndpointRecord]) -> EndpointFirewall? {
        guard !hostInterface.isEmpty, let mac = MACAddress(macAddress) else { return nil }
        var own: [IPAddress] = []
        for endpoint in [self] + siblings {
            let texts = [endpoint.ipv4Address, endpoint.ipv6Address] + endpoint.linkLocalAddresses
            for address in texts.compactMap({ IPAddress($0) }) where !own.contains(address) { own.append(address) }
        }
        return EndpointFirewall(endpointID: id, hostInterface: hostInterface, mac: mac, addresses: own)
    }
}
