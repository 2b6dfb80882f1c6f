import Firewall
import IPAddressing
import Logging
import NFTables
import SystemCalls

extension NetworkController {
    /// Guards what is plugged in against forged addresses, and finds again what an earlier daemon left.
    func startGuard() async throws {
        guard configuration.iptables else { return }
        let logger = logger
        let guardian = SpoofingGuard(keeper: try nftablesKeeper()) { logger.warning("\($0)") }
        try await guardian.apply(model.firewall())
        spoofingGuard = guardian
    }

    /// What the guard is to be told before an endpoint is plugged in: that it comes, and that its container's other
    /// endpoints may send with its addresses.
    func admission(of endpoint: EndpointRecord, on record: NetworkRecord) -> GuardChange {
        let siblings = siblings(of: endpoint)
        var change = GuardChange(spoofingGuard)
        if record.isGuarded, let guarded = endpoint.guarded(beside: siblings) { change.admitted.append(guarded) }
        change.admitted += guarded(siblings, beside: siblings + [endpoint])
        return change
    }

    /// What it is to be told when an endpoint is no more.
    func expulsion(of endpoint: EndpointRecord) -> GuardChange {
        let siblings = siblings(of: endpoint)
        var change = GuardChange(spoofingGuard)
        if !endpoint.hostInterface.isEmpty { change.expelled = endpoint.hostInterface }
        change.admitted = guarded(siblings, beside: siblings)
        return change
    }

    /// Forgets an endpoint that did not come to be.
    func expel(_ endpoint: EndpointRecord) async {
        let change = expulsion(of: endpoint)
        do {
            try await BlockingWork.run { try change.apply() }
        } catch {
            logger.warning(
                "a port is guarded still", metadata: ["device": "\(endpoint.hostInterface)", "error": "\(error)"])
        }
    }

    private func siblings(of endpoint: EndpointRecord) -> [EndpointRecord] {
        plugged.inSandbox(endpoint.sandboxPath).filter { $0.id != endpoint.id }
    }

    private func guarded(_ endpoints: [EndpointRecord], beside all: [EndpointRecord]) -> [EndpointFirewall] {
        endpoints.compactMap { endpoint in
            guard records.first(where: { $0.id == endpoint.networkID })?.isGuarded == true else { return nil }
            return endpoint.guarded(beside: all)
        }
    }
}

/// A change of the guard, to be made on a thread that may block.
struct GuardChange: Sendable {
    private let guardian: SpoofingGuard?
    /// Who may send, and with what.
    var admitted: [EndpointFirewall] = []
    /// The host's end of an endpoint that is no more.
    var expelled: String?

    /// Nothing yet; without a guard, for ever.
    init(_ guardian: SpoofingGuard?) { self.guardian = guardian }

    /// Makes it, in one step.
    func apply() throws {
        if admitted.isEmpty, expelled == nil { return }
        try guardian?.change(admitting: admitted, expelling: expelled)
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
