import Firewall
import IPAddressing
public import Logging
import NFTables
import NameService
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
    var plugged = PluggedEndpoints()
    var driver: BridgeDriver?
    var keeper: NFTablesKeeper?
    /// Families whose forwarding the engine has switched on since the host's start.
    var ownForwarding: Set<IPFamily> = []
    /// Ways that stay open between containers that are kept apart, by the id of who may connect.
    var links: [String: [LinkFirewall]] = [:]
    var firewall: any FirewallBackend = DisabledFirewall()
    /// What is open in namespaces that were made a moment ago, by path.
    var fresh: [String: SandboxDoor] = [:]
    /// Ports of the host: who has which, and the sockets that hold them.
    var ports = PortTable()
    /// The resolvers of containers; nil before `startUp`.
    var names: NameService?
    /// Sandboxes whose resolver is open.
    var withNames: Set<String> = []
    /// Sandboxes of this run of the daemon that never had one.
    var newSandboxes: Set<String> = []
    /// What their resolvers are told beside their networks, by path.
    var nameSettings: [String: NameSettings] = [:]
    /// Keeps containers from sending with others' addresses; nil without a firewall.
    var spoofingGuard: SpoofingGuard?
    /// Sandboxes that somebody plugs into or out of, with those who wait for it.
    private var turns: [String: [CheckedContinuation<Void, Never>]] = [:]
    /// The next pair of device numbers to try.
    var nextIndex: Int32 = 2
    /// What is done about changes of others'.
    var watching = Watching()
    private var cleanup: Task<Void, Never>?
    /// Whether rules of ports wait to be taken away.
    var portsAreStale = false

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
            let door = try await BlockingWork.run {
                // A name that a killed daemon left behind is nobody's: its container does not run.
                try NetworkNamespace.remove(at: path)
                do {
                    let door = try SandboxDoor(making: path)
                    try door.routes.apply([LinkRequest.change(index: 1, name: "lo", LinkChange(up: true))])
                    return door
                } catch {
                    try? NetworkNamespace.remove(at: path)
                    throw error
                }
            }
            fresh[path] = door
            newSandboxes.insert(path)
            return Sandbox(path: path)
        } catch {
            throw .wrap("cannot make the network namespace \(path)", error)
        }
    }

    /// Takes a namespace's name away; it ends with its last process.
    public func removeSandbox(_ path: String) async {
        fresh[path] = nil
        closeNames(path)
        do {
            try await BlockingWork.run { try NetworkNamespace.remove(at: path) }
        } catch {
            logger.warning("a network namespace was left", metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    // MARK: Turns

    /// Waits until nobody else plugs into or out of a sandbox: names of interfaces and default routes follow from what
    /// is plugged in. `passTurn` ends it.
    func takeTurn(_ path: String) async {
        if turns[path] == nil {
            turns[path] = []
            return
        }
        await withCheckedContinuation { turns[path]?.append($0) }
    }

    /// Lets the next one go on.
    func passTurn(_ path: String) {
        guard var waiting = turns[path], !waiting.isEmpty else {
            turns[path] = nil
            return
        }
        let next = waiting.removeFirst()
        turns[path] = waiting
        next.resume()
    }

    // MARK: Clean-up

    /// Deletes what was unplugged, a moment later and all at once: cables, and rules of published ports. Both wait for
    /// the kernel's grace periods.
    func scheduleCleanup() {
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
        endWatch()
        cleanup?.cancel()
        await cleanUp()
    }
}
