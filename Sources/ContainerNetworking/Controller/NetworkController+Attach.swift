import CrashPoints
import Firewall
import IPAddressing
import RouteNetlink
import SystemCalls

extension NetworkController {
    /// Plugs a container into a network, before it starts or while it runs: addresses from the pools, an interface,
    /// routes, published ports. All or nothing.
    ///
    /// The default routes are chosen anew among all networks of the container; see `DefaultRoutes`.
    ///
    /// - Parameter leadsPorts: whether published ports lead to it from here on; else they are only held, until `leadPorts`.
    public func attach(
        _ request: EndpointRequest, leadsPorts: Bool = true
    ) async throws(NetworkError) -> EndpointRecord {
        guard let record = network(request.network) else {
            throw NetworkError(.notFound, "network \(request.network) not found")
        }
        let driver = try endpointDriver(of: record)
        try driver.validate(request, on: record)
        var sysctls: [EndpointSysctl] = []
        for text in request.sysctls { sysctls.append(try EndpointSysctl(text)) }
        let path = request.sandboxPath
        await takeTurn(path)
        defer { passTurn(path) }
        var endpoint = try describe(request, record, sysctls)
        reclaim(endpoint)
        do {
            let ports = try await holdPorts(
                request.ports, ipv4: IPv4Address(endpoint.ipv4Address), ipv6: IPv6Address(endpoint.ipv6Address),
                on: record,
                for:
                    "\(request.containerName.isEmpty ? String(request.containerID.prefix(12)) : request.containerName) (\(endpoint.id))"
            )
            CrashPoint.attachPortsHeld.reached()
            do {
                try await wire(endpoint, record, sysctls, driver, hairpin: !request.ports.isEmpty)
                endpoint.ports = ports
            } catch {
                forgetPorts(ports)
                throw error
            }
        } catch {
            await expel(endpoint)
            giveBack(endpoint)
            throw refusal(request.containerID, record.name, error)
        }
        plugged[endpoint.id] = endpoint
        do {
            async let names: Void = publishNames(of: endpoint, on: record)
            if leadsPorts { try await publish(endpoint) }
            try await names
        } catch {
            await unplug(endpoint, as: .disconnected)
            forgetPorts(endpoint.ports)
            throw refusal(request.containerID, record.name, error)
        }
        announce(endpoint, on: record, macIsGiven: request.macAddress != nil)
        return endpoint
    }

    /// Leads published ports to an endpoint that was plugged in without. Where it fails the endpoint stays, to be
    /// detached.
    public func leadPorts(of endpoint: EndpointRecord) async throws(NetworkError) {
        do { try await publish(endpoint) } catch {
            throw refusal(endpoint.containerID, endpoint.networkName, error)
        }
    }

    private func refusal(_ containerID: String, _ network: String, _ error: any Error) -> NetworkError {
        .wrap("cannot plug container \(containerID.prefix(12)) into network \(network)", error)
    }

    /// Who plugs into a network.
    func endpointDriver(of record: NetworkRecord) throws(NetworkError) -> any EndpointDriver {
        guard let driver, !record.isConfigOnly else {
            throw NetworkError(
                .invalid, "containers cannot be plugged into network \(record.name), driver \(record.driver)")
        }
        switch record.driver {
        case "bridge": return driver
        case "macvlan": return MacvlanDriver(host: driver.host)
        case "ipvlan": return IPVlanDriver(host: driver.host)
        default:
            throw NetworkError(
                .invalid, "containers cannot be plugged into network \(record.name), driver \(record.driver)")
        }
    }

    /// The endpoint as it is to be: takes its addresses, and finds a name for its interface.
    private func describe(
        _ request: EndpointRequest, _ record: NetworkRecord, _ sysctls: [EndpointSysctl]
    ) throws(NetworkError) -> EndpointRecord {
        let others = plugged.inSandbox(request.sandboxPath)
        let name = try record.interfaceName(for: request, taken: Set(others.map(\.interfaceName)))
        var (ipv4, ipv6) = try takeAddresses(request, of: record)
        if let address = ipv6, sysctls.contains(where: \.disablesIPv6) {
            giveBack([address], of: record.id, for: request.containerID)
            ipv6 = nil
        }
        // An internal bridge's address is no way out.
        func gateway(_ family: IPFamily) -> String {
            record.leadsNowhere || record.routesByDevice ? "" : record.pool(family)?.gateway ?? ""
        }
        func length(_ family: IPFamily) -> Int {
            record.pool(family).flatMap { IPPrefix($0.subnet) }?.length ?? family.bits
        }
        var endpoint = EndpointRecord(
            id: RandomID.make(), networkID: record.id, networkName: record.name, containerID: request.containerID,
            sandboxPath: request.sandboxPath, hostInterface: record.driver == "bridge" ? HostEnd.makeName() : "",
            interfaceName: name, macAddress: record.interfaceMAC(for: request, ipv4, ipv6)?.description ?? "",
            ipv4Address: ipv4?.description ?? "", prefixLength: ipv4 == nil ? 0 : length(.v4),
            gateway: ipv4 == nil ? "" : gateway(.v4))
        if let ipv6 {
            endpoint.ipv6Address = ipv6.description
            endpoint.ipv6PrefixLength = length(.v6)
            endpoint.ipv6Gateway = gateway(.v6)
        }
        endpoint.linkLocalAddresses = request.linkLocalAddresses.map(\.description)
        endpoint.gatewayPriority = request.gatewayPriority
        endpoint.sysctls = request.sysctls
        endpoint.dnsNames = request.dnsNames
        return endpoint
    }

    /// Makes the endpoint's interface and brings it up, with the default routes that lead out of it.
    func wire(
        _ endpoint: EndpointRecord, _ record: NetworkRecord, _ sysctls: [EndpointSysctl],
        _ driver: any EndpointDriver, hairpin: Bool
    ) async throws {
        let first = nextIndex
        nextIndex = first > 1 << 30 ? 2 : first + 2
        let isBridge = record.driver == "bridge"
        let wiring = EndpointWiring(
            network: record, hostInterface: endpoint.hostInterface, interfaceName: endpoint.interfaceName,
            mac: MACAddress(endpoint.macAddress), mtu: record.mtu ?? (isBridge ? configuration.bridgeMTU : nil),
            index: first, hairpin: hairpin)
        // It is among them where its cable is made anew.
        let others = plugged.inSandbox(endpoint.sandboxPath).filter { $0.id != endpoint.id }
        let addresses = [
            IPAddress(endpoint.ipv4Address).flatMap { IPPrefix($0, length: endpoint.prefixLength) },
            IPAddress(endpoint.ipv6Address).flatMap { IPPrefix($0, length: endpoint.ipv6PrefixLength) },
        ].compactMap { $0 }
        let interface = ContainerInterface(
            name: endpoint.interfaceName, addresses: addresses,
            linkLocalAddresses: endpoint.linkLocalAddresses.compactMap { IPAddress($0) }.compactMap(
                NetworkRecord.linkLocalPrefix),
            hasIPv6: !endpoint.ipv6Address.isEmpty,
            // The router of a bridge is the host, and tells its containers itself. On the parent of macvlan and ipvlan
            // there may be a real one.
            acceptsAdvertisements: !isBridge, sysctls: sysctls,
            routes: DefaultRoutes(of: others + [endpoint], on: records)
                .changes(from: DefaultRoutes(of: Array(others), on: records)))
        let known = fresh.removeValue(forKey: endpoint.sandboxPath)
        let admission = admission(of: endpoint, on: record)
        try await BlockingWork.run {
            try admission.apply()
            CrashPoint.attachGuarded.reached()
            let namespace = try NetworkNamespace(path: endpoint.sandboxPath)
            let door = try known ?? SandboxDoor(to: namespace)
            let index = try driver.plugIn(wiring, into: namespace)
            CrashPoint.attachInterfaceMade.reached()
            do {
                try interface.configure(door, in: namespace, index: index)
                CrashPoint.attachInterfaceUp.reached()
            } catch {
                try? driver.unplug(endpoint, as: .disconnected)
                throw error
            }
        }
    }

    /// Gives back the addresses of an endpoint that is no more, or did not come to be.
    func giveBack(_ endpoint: EndpointRecord) {
        giveBack(
            [IPAddress(endpoint.ipv4Address), IPAddress(endpoint.ipv6Address)], of: endpoint.networkID,
            for: endpoint.containerID)
    }
}
