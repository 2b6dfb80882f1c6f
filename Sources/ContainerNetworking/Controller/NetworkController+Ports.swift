import Firewall
import IPAddressing
import Logging
import SystemCalls

extension NetworkController {
    /// Binds the ports that an endpoint wants. They are held from here on, whatever becomes of the endpoint: `publish`
    /// and `forgetPorts` decide about them.
    func holdPorts(_ requests: [PortRequest], for container: IPv4Address) async throws -> [PortRecord] {
        if requests.isEmpty { return [] }
        guard configuration.iptables else {
            throw NetworkError(
                .invalid,
                "ports cannot be published without a firewall to lead them: the daemon runs with --iptables=false")
        }
        let standard = IPv4Address(configuration.hostBinding) ?? IPv4Address(rawValue: 0)
        // Nothing is awaited between the look at the books and the binding, which is a matter of microseconds: two
        // endpoints cannot be given the same port.
        let chooser = PortChooser(host: host, standardAddress: standard, taken: takenPorts, idle: idlePorts)
        let choices: [PortChooser.Choice]
        do throws(PortChooser.Refusal) {
            choices = try chooser.choose(requests, container: container)
        } catch {
            let user = await user(of: error.port).map { " (\($0))" } ?? ""
            throw NetworkError(.system, "driver failed programming external connectivity: \(error.message)\(user)")
        }
        for choice in choices {
            held[choice.held.port] = choice.held
            reserved.insert(choice.held.port)
        }
        return choices.map(\.record)
    }

    /// The process that has a port, where the kernel tells.
    private func user(of port: HostPort?) async -> PortUser? {
        guard let port else { return nil }
        let host = host
        return (try? await BlockingWork.run { PortUser.find(port, in: host) }) ?? nil
    }

    /// Ports of endpoints, and of those that are on their way, with the container that has each.
    private var takenPorts: [HostPort: String] {
        var taken: [HostPort: String] = [:]
        for port in reserved { taken[port] = "being started" }
        for endpoint in plugged.values {
            for port in endpoint.ports.compactMap(\.onHost) { taken[port] = endpoint.containerID }
        }
        return taken
    }

    /// Ports that are bound still though their endpoint is gone.
    private var idlePorts: [HostPort: HeldPort] {
        let taken = takenPorts
        return held.filter { taken[$0.key] == nil }
    }

    /// Leads an endpoint's ports to it: rules first, then the way from 127.0.0.1.
    func publish(_ endpoint: EndpointRecord) async throws {
        if endpoint.ports.isEmpty { return }
        _ = try await firewall.apply(model.firewall(forwardingWasOff: false))
        for port in endpoint.ports.compactMap(\.onHost) { reserved.remove(port) }
        try await setLoopbackRoutes()
    }

    /// Lets go of ports whose endpoint did not come to be.
    func forgetPorts(_ ports: [PortRecord]) {
        for port in ports.compactMap(\.onHost) {
            reserved.remove(port)
            held[port] = nil
        }
    }

    /// Takes away the rules of endpoints that are gone, and lets go of their ports.
    func withdrawPorts() async {
        do {
            // Off before the rule that guards it.
            try await setLoopbackRoutes()
            let idle = idlePorts
            _ = try await firewall.apply(model.firewall(forwardingWasOff: false))
            // A new endpoint may have taken one over meanwhile.
            for port in idle.keys where takenPorts[port] == nil { held[port] = nil }
        } catch {
            logger.warning("rules of published ports were left", metadata: ["error": "\(error)"])
        }
    }

    /// Binds the ports of containers that ran on while no daemon did.
    func holdPortsAgain(_ endpoints: [EndpointRecord]) async {
        for endpoint in endpoints {
            for port in endpoint.ports.compactMap(\.onHost) {
                do {
                    held[port] = try HeldPort(port, in: host)
                } catch {
                    let user = await user(of: port).map(\.description) ?? "another process"
                    logger.warning(
                        "a published port was taken while the daemon was down",
                        metadata: [
                            "port": "\(port)", "by": "\(user)", "container": "\(endpoint.containerID.prefix(12))",
                        ])
                }
            }
        }
    }

    /// Switches `route_localnet` of the bridges on or off, as their published ports want it.
    func setLoopbackRoutes() async throws {
        let (model, host) = (model, host)
        try await BlockingWork.run {
            for network in model.networks {
                guard let bridge = network.bridgeName else { continue }
                let name = NetworkModel.Parameter.routeLoopback(bridge)
                let wanted = model.publishes(network) ? "1" : "0"
                if let present = try host.parameter(name), present != wanted { try host.setParameter(name, wanted) }
            }
        }
    }
}
