import Firewall
import IPAddressing
import Logging
import NFTables

extension NetworkController {
    /// Guards what is plugged in against forged addresses, and finds again what an earlier daemon left.
    func startGuard() async throws {
        guard configuration.iptables else { return }
        let logger = logger
        let guardian = SpoofingGuard(keeper: try NFTablesKeeper(in: host.namespace)) { logger.warning("\($0)") }
        try await guardian.apply(model.firewall(forwardingWasOff: false))
        spoofingGuard = guardian
    }

    /// Guards an endpoint that is about to be plugged in.
    func admit(_ endpoint: EndpointRecord, on record: NetworkRecord) async throws {
        guard let spoofingGuard, record.driver == "bridge", record.bridgeOptions.preventsSpoofing,
            let mac = MACAddress(endpoint.macAddress)
        else { return }
        let addresses = [endpoint.ipv4Address, endpoint.ipv6Address] + endpoint.linkLocalAddresses
        try await spoofingGuard.admit(
            EndpointFirewall(
                endpointID: endpoint.id, hostInterface: endpoint.hostInterface, mac: mac,
                addresses: addresses.compactMap { IPAddress($0) }))
    }

    /// Forgets an endpoint that is no more.
    func expel(_ endpoint: EndpointRecord) async {
        guard let spoofingGuard, !endpoint.hostInterface.isEmpty else { return }
        do { try await spoofingGuard.expel(hostInterface: endpoint.hostInterface) } catch {
            logger.warning(
                "a port is guarded still", metadata: ["device": "\(endpoint.hostInterface)", "error": "\(error)"])
        }
    }
}
