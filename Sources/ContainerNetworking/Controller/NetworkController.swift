import Firewall
import IPAddressing
public import Logging
import RouteNetlink
public import SystemCalls

/// The networks of this engine: brings the kernel to what is wanted, plugs containers in and out.
///
/// The actor keeps the books (networks, addresses in use, endpoints); whatever blocks runs beside it, so one network's
/// slow work holds up nobody else's.
public actor NetworkController {
    let configuration: NetworkConfiguration
    let host: HostNetwork
    let logger: Logger
    var records: [NetworkRecord] = []
    /// Networks that are on their way: nobody sees them, and nobody else gets their name or addresses.
    var pending: [NetworkRecord] = []
    var book = AddressBook()
    var plugged: [String: EndpointRecord] = [:]
    var driver: BridgeDriver?
    var firewall: any FirewallBackend = DisabledFirewall()
    /// rtnetlink sockets of namespaces that were made a moment ago, by path.
    var fresh: [String: RouteSocket] = [:]
    /// Ports of the host: who has which, and the sockets that hold them.
    var ports = PortTable()
    /// The next pair of device numbers to try.
    var nextIndex: Int32 = 2
    private var cleanup: Task<Void, Never>?
    /// Whether rules of ports wait to be taken away.
    private var portsAreStale = false

    /// Keeps the options; nothing is looked at or changed yet.
    ///
    /// - Parameter namespace: whose network is brought to what is wanted; nil is the daemon's own.
    public init(_ configuration: NetworkConfiguration, logger: Logger, namespace: NetworkNamespace? = nil) {
        self.configuration = configuration
        host = HostNetwork(namespace: namespace)
        self.logger = logger
    }

    // MARK: Looking

    /// All networks, by name.
    public func networks() -> [NetworkRecord] { records.sorted { $0.name < $1.name } }

    /// The network of that id, else that name, else with that unambiguous prefix of its id.
    public func network(_ reference: String) -> NetworkRecord? {
        if let exact = records.first(where: { $0.id == reference }) { return exact }
        if let named = records.first(where: { $0.name == reference }) { return named }
        let found = records.filter { !reference.isEmpty && $0.id.hasPrefix(reference) }
        return found.count == 1 ? found[0] : nil
    }

    /// Who is plugged into a network.
    public func endpoints(of networkID: String) -> [EndpointRecord] {
        plugged.values.filter { $0.networkID == networkID }.sorted { $0.id < $1.id }
    }

    // MARK: Sandboxes

    /// Makes a container's network namespace, with loopback up.
    public func makeSandbox(container id: String) async throws(NetworkError) -> Sandbox {
        let path = configuration.namespaceDirectory + "/" + id.prefix(12)
        do {
            let socket = try await BlockingWork.run {
                // A name that a killed daemon left behind is nobody's: its container does not run.
                try NetworkNamespace.remove(at: path)
                do {
                    let socket = try RouteSocket(try NetworkNamespace.make(at: path))
                    try socket.apply([LinkRequest.change(index: 1, name: "lo", LinkChange(up: true))])
                    return socket
                } catch {
                    try? NetworkNamespace.remove(at: path)
                    throw error
                }
            }
            fresh[path] = socket
            return Sandbox(path: path)
        } catch {
            throw .wrap("cannot make the network namespace \(path)", error)
        }
    }

    /// Takes a namespace's name away; it ends with its last process.
    public func removeSandbox(_ path: String) async {
        fresh[path] = nil
        do {
            try await BlockingWork.run { try NetworkNamespace.remove(at: path) }
        } catch {
            logger.warning("a network namespace was left", metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    // MARK: Endpoints

    /// Plugs a container into a network: an address from the pool, a cable, a route. All or nothing.
    public func attach(_ request: EndpointRequest) async throws(NetworkError) -> EndpointRecord {
        guard let record = network(request.network) else {
            throw NetworkError(.notFound, "network \(request.network) not found")
        }
        guard record.driver == "bridge", let bridge = record.bridgeName, let driver else {
            throw NetworkError(
                .invalid, "containers cannot be plugged into network \(record.name), driver \(record.driver)")
        }
        let (taken, takenIPv6) = try takeAddresses(request, of: record)
        guard case .v4(let address) = taken else {
            giveBack([taken, takenIPv6], of: record.id, for: request.containerID)
            throw NetworkError(.invalid, "network \(record.name) has no IPv4 subnet")
        }
        var endpoint: EndpointRecord
        do {
            let ports = try await holdPorts(request.ports, ipv4: address, ipv6: nil, on: record)
            do {
                endpoint = try await wire(request, record, bridge, address, driver)
                endpoint.ports = ports
            } catch {
                forgetPorts(ports)
                throw error
            }
        } catch {
            giveBack([taken, takenIPv6], of: record.id, for: request.containerID)
            throw refusal(request, record, error)
        }
        plugged[endpoint.id] = endpoint
        do {
            try await publish(endpoint)
        } catch {
            await detach(endpoint)
            forgetPorts(endpoint.ports)
            throw refusal(request, record, error)
        }
        return endpoint
    }

    private func refusal(_ request: EndpointRequest, _ record: NetworkRecord, _ error: any Error) -> NetworkError {
        .wrap("cannot plug container \(request.containerID.prefix(12)) into network \(record.name)", error)
    }

    private func wire(
        _ request: EndpointRequest, _ record: NetworkRecord, _ bridge: String, _ address: IPv4Address,
        _ driver: BridgeDriver
    ) async throws -> EndpointRecord {
        guard let subnet = record.subnet.flatMap({ IPPrefix($0) }),
            let prefix = IPPrefix(.v4(address), length: subnet.length)
        else { throw NetworkError(.invalid, "network \(record.name) has no subnet") }
        let mac = request.macAddress ?? MACAddress(endpoint: address)
        let first = nextIndex
        nextIndex = first > 1 << 30 ? 2 : first + 2
        let wiring = BridgeDriver.Wiring(
            hostInterface: HostEnd.makeName(), interfaceName: request.interfaceName ?? "eth0", mac: mac,
            address: prefix,
            gateway: record.isInternal ? nil : record.gateway.flatMap { IPAddress($0) }, bridge: bridge,
            mtu: record.mtu ?? configuration.bridgeMTU, index: first,
            hairpin: !request.ports.isEmpty)
        let path = request.sandboxPath
        let socket = fresh.removeValue(forKey: path)
        try await BlockingWork.run {
            let namespace = try NetworkNamespace(path: path)
            try driver.plug(wiring, namespace: namespace, inside: try socket ?? RouteSocket(in: namespace))
        }
        return EndpointRecord(
            id: RandomID.make(), networkID: record.id, networkName: record.name, containerID: request.containerID,
            sandboxPath: path, hostInterface: wiring.hostInterface, interfaceName: wiring.interfaceName,
            macAddress: mac.description, ipv4Address: address.description, prefixLength: subnet.length,
            gateway: record.gateway ?? "")
    }

    /// Plugs a container out. Its address is free again at once; the cable's deletion follows in the background.
    public func detach(_ endpoint: EndpointRecord) async {
        guard plugged.removeValue(forKey: endpoint.id) != nil else { return }
        if let driver {
            do {
                try await BlockingWork.run { try driver.unplug(endpoint.hostInterface) }
            } catch {
                logger.warning(
                    "a cable was not taken out", metadata: ["device": "\(endpoint.hostInterface)", "error": "\(error)"])
            }
        }
        if !endpoint.ports.isEmpty { portsAreStale = true }
        forgetFlows(of: endpoint)
        giveBack(
            [IPAddress(endpoint.ipv4Address), IPAddress(endpoint.ipv6Address)], of: endpoint.networkID,
            for: endpoint.containerID)
        scheduleCleanup()
    }

    /// Deletes what was unplugged, a moment later and all at once: cables, and rules of published ports. Both wait for
    /// the kernel's grace periods.
    private func scheduleCleanup() {
        guard cleanup == nil else { return }
        cleanup = Task { [weak self] in
            do { try await Task.sleep(nanoseconds: 300_000_000) } catch { return }
            await self?.cleanUp()
        }
    }

    private func cleanUp() async {
        cleanup = nil
        guard let driver else { return }
        if portsAreStale {
            portsAreStale = false
            await withdrawPorts()
        }
        do {
            try await BlockingWork.run { try driver.deleteUnplugged() }
        } catch {
            logger.warning("unplugged cables were not deleted", metadata: ["error": "\(error)"])
        }
    }

    /// Finishes what is under way. Networks stay: containers run on.
    public func shutDown() async {
        cleanup?.cancel()
        await cleanUp()
    }
}
