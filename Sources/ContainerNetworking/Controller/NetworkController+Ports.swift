import CrashPoints
import Firewall
import IPAddressing
import Logging
import SystemCalls

extension NetworkController {
    /// Binds the ports that an endpoint wants. They are held from here on, whatever becomes of the endpoint: `publish`
    /// and `forgetPorts` decide about them.
    ///
    /// - Parameters:
    ///   - ipv4: the endpoint's address, nil where it has none; `ipv6` likewise.
    ///   - duty: what it is to publish where its container has more endpoints.
    ///   - endpoint: the endpoint as errors name it, `NAME (ID)`.
    /// - Throws: 500 in Docker's words, with the process that has the port where the kernel tells.
    func holdPorts(
        _ requests: [PortRequest], ipv4: IPv4Address?, ipv6: IPv6Address?, on record: NetworkRecord,
        duty: PortDuty = .all, for endpoint: String
    ) async throws -> [PortRecord] {
        let groups = portGroups(requests, ipv4: ipv4, ipv6: ipv6, on: record, duty: duty)
        if groups.isEmpty { return [] }
        try requireFirewall()
        let choices: [PortChooser.Choice]
        do throws(PortChooser.Refusal) {
            choices = try choose(groups)
        } catch { throw await failure(error, of: endpoint) }
        for held in choices.compactMap(\.held) {
            ports.held[held.port] = held
            ports.books.book(held.port, .starting)
        }
        return choices.map(\.record)
    }

    /// What an endpoint's requests come to. A network without a way out publishes nothing, as Docker's.
    func portGroups(
        _ requests: [PortRequest], ipv4: IPv4Address?, ipv6: IPv6Address?, on record: NetworkRecord, duty: PortDuty
    ) -> [PortGroup] {
        if requests.isEmpty || record.isInternal { return [] }
        func mode(_ family: String) -> String? { record.options["com.docker.network.bridge.gateway_mode_\(family)"] }
        let option = record.options["com.docker.network.bridge.host_binding_ipv4"] ?? ""
        let standard = IPAddress(option) ?? IPAddress(configuration.hostBinding) ?? .v4(IPv4Address(rawValue: 0))
        var plan = PortPlan(ipv4: ipv4, ipv6: ipv6, duty: duty, standardAddress: standard)
        plan.isRouted = (mode("ipv4") == "routed", mode("ipv6") == "routed")
        plan.proxies = configuration.userlandProxy
        let mayBeBoth = standard.isUnspecified && requests.contains { $0.hostAddress == nil }
        plan.hostHasIPv6 = mayBeBoth && HeldPort.hasIPv6(host)
        return plan.groups(requests)
    }

    func requireFirewall() throws(NetworkError) {
        guard configuration.iptables else {
            throw NetworkError(
                .invalid,
                "ports cannot be published without a firewall to lead them: the daemon runs with --iptables=false")
        }
    }

    /// Binds. Nothing is awaited between the look at the books and the binding, which is a matter of microseconds: two
    /// endpoints cannot be given the same port.
    ///
    /// - Parameter former: ports that the container has already and may keep, with the endpoints that have them.
    func choose(
        _ groups: [PortGroup], former: [PortRecord] = [], of endpoints: Set<String> = []
    ) throws(PortChooser.Refusal) -> [PortChooser.Choice] {
        // Whose a port is by the books; nobody's where the endpoint is gone or the container's own.
        func name(_ owner: PortBooks.Owner) -> String? {
            switch owner {
            case .starting: return "a container that is being started"
            case .endpoint(let id):
                if endpoints.contains(id) { return nil }
                return plugged[id].map { "container \($0.containerID.prefix(12))" }
            }
        }
        let chooser = PortChooser(
            host: host,
            owner: { port in self.ports.books.clashes(with: port).lazy.compactMap { name($0.owner) }.first },
            bound: { port in self.ports.held[port] }, former: former)
        return try chooser.choose(groups)
    }

    func failure(_ refusal: PortChooser.Refusal, of endpoint: String) async -> NetworkError {
        let user = await user(of: refusal.port).map { " (\($0))" } ?? ""
        return NetworkError(
            .system,
            "driver failed programming external connectivity on endpoint \(endpoint): \(refusal.message)\(user)")
    }

    /// The process that has a port, where the kernel tells.
    private func user(of port: HostPort?) async -> PortUser? {
        guard let port else { return nil }
        let host = host
        return (try? await BlockingWork.run { PortUser.find(port, in: host) }) ?? nil
    }

    /// Bound ports that are nobody's: their endpoint is gone, or has them no more, and nobody is about to have them.
    private var idlePorts: [HostPort] {
        let live = Set(plugged.values.flatMap { $0.ports.compactMap(\.onHost) })
        return ports.held.keys.filter { !live.contains($0) && ports.books.owner(of: $0) != .starting }
    }

    /// Leads an endpoint's ports to it: rules first, then the way from 127.0.0.1, then what only the proxy can do.
    func publish(_ endpoint: EndpointRecord) async throws {
        if endpoint.ports.isEmpty { return }
        for port in endpoint.ports.compactMap(\.onHost) { ports.books.book(port, .endpoint(endpoint.id)) }
        _ = try await firewall.apply(model.firewall())
        CrashPoint.attachPortsLed.reached()
        try await setLoopbackRoutes(of: endpoint.networkID)
        CrashPoint.attachLoopbackLed.reached()
        startProxy(for: endpoint)
        await forgetStaleFlows(to: endpoint)
    }

    /// Lets go of ports whose endpoint did not come to be.
    func forgetPorts(_ records: [PortRecord]) { release(records.compactMap(\.onHost)) }

    private func release(_ released: [HostPort]) {
        ports.proxy?.stop(released.filter { ports.proxied.remove($0) != nil })
        for port in released {
            ports.books.free(port)
            ports.held[port] = nil
        }
    }

    /// Takes away the rules of endpoints that are gone, and lets go of their ports.
    func withdrawPorts() async {
        do {
            // Off before the rule that guards it.
            try await setLoopbackRoutes()
            let idle = idlePorts
            let proxied = idle.filter { ports.proxied.contains($0) }
            ports.proxy?.stop(proxied)
            ports.proxied.subtract(proxied)
            _ = try await firewall.apply(model.firewall())
            CrashPoint.detachPortsWithdrawn.reached()
            if !proxied.isEmpty { await ports.proxy?.settle() }
            // A new endpoint may have taken one over meanwhile.
            release(Set(idlePorts).intersection(idle).sorted { $0.number < $1.number })
        } catch {
            logger.warning("rules of published ports were left", metadata: ["error": "\(error)"])
        }
    }

    /// Binds the ports of containers that ran on while no daemon did.
    func holdPortsAgain(_ endpoints: [EndpointRecord]) async {
        for endpoint in endpoints {
            for port in endpoint.ports.compactMap(\.onHost) {
                ports.books.book(port, .endpoint(endpoint.id))
                do {
                    ports.held[port] = try HeldPort(port, in: host)
                } catch {
                    let user = await user(of: port).map(\.description) ?? "another process"
                    logger.warning(
                        "a published port was taken while the daemon was down",
                        metadata: [
                            "port": "\(port)", "by": "\(user)", "container": "\(endpoint.containerID.prefix(12))",
                        ])
                }
            }
            startProxy(for: endpoint)
        }
    }

    /// Switches `route_localnet` of the bridges on or off, as their published ports want it.
    ///
    /// - Parameter networkID: the only network to look at; nil is all of them.
    func setLoopbackRoutes(of networkID: String? = nil) async throws {
        let (model, host) = (model, host)
        try await BlockingWork.run {
            for network in model.networks where networkID == nil || network.id == networkID {
                guard let bridge = network.bridgeName else { continue }
                let name = NetworkModel.Parameter.routeLoopback(bridge)
                let wanted = model.publishes(network) ? "1" : "0"
                if let present = try host.parameter(name), present != wanted { try host.setParameter(name, wanted) }
            }
        }
    }
}
