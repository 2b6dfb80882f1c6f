public import Logging
import Synchronization
public import SystemCalls

/// The names of all containers, and a resolver at 127.0.0.11 in each one's network namespace.
///
/// Threads of its own answer: one epoll set, many datagrams a system call, no allocation for a name that is known.
/// The calls here only change tables; they may come from any thread.
public final class NameService: Sendable {
    private let configuration: NameServiceConfiguration
    private let logger: Logger
    private let hostServers: HostServers
    private let hostNamespace: NetworkNamespace
    private let state = Mutex(State())

    fileprivate struct State {
        var networks: [String: NetworkRecords] = [:]
        /// The network that an endpoint is published on.
        var endpoints: [String: String] = [:]
        var sandboxes: [String: (sandbox: Sandbox, thread: Int)] = [:]
        /// Started with the first sandbox.
        var threads: [ResolverMailbox] = []
        var opened = 0
        var isShutDown = false
    }

    /// Reads the host's servers. No thread runs until the first sandbox opens.
    public init(_ configuration: NameServiceConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        hostNamespace = try configuration.hostNamespace ?? NetworkNamespace.current()
        let fixed = configuration.defaultServers.prefix(UpstreamServer.limit)
        if fixed.isEmpty {
            hostServers = HostServers(following: configuration.resolvConfPath, logger: logger)
        } else {
            hostServers = HostServers(fixed: fixed.map { UpstreamServer($0, askedFrom: .sandbox) }, logger: logger)
        }
    }

    deinit { shutDown() }

    /// Replaces or adds what an endpoint is called on its network. Names that DNS cannot carry are left out.
    public func publish(_ names: EndpointNames) {
        state.withLock { state in
            if let before = state.endpoints[names.endpointID], before != names.networkID {
                state.networks[before]?.withdraw(names.endpointID)
                state.prune([before])
            }
            state.endpoints[names.endpointID] = names.networkID
            state.network(names.networkID).publish(names)
        }
    }

    /// Takes an endpoint's names away; one that is unknown is fine.
    public func withdraw(endpointID: String) {
        state.withLock { state in
            guard let network = state.endpoints.removeValue(forKey: endpointID) else { return }
            state.networks[network]?.withdraw(endpointID)
            state.prune([network])
        }
    }

    /// Opens the sandbox's resolver: UDP and TCP on 127.0.0.11, at ports that the kernel chooses, inside the
    /// namespace. Blocks about 0.2 ms. A sandbox of the same key is closed first.
    ///
    /// - Throws: what the kernel refused, or that the service has shut down.
    public func open(_ sandbox: SandboxNames, in namespace: NetworkNamespace) throws -> ResolverPorts {
        close(key: sandbox.key)
        let view = state.withLock { $0.view(sandbox) }
        let opened: Sandbox
        do { opened = try Sandbox(view, in: namespace) } catch {
            state.withLock { $0.prune(sandbox.networkIDs) }
            throw error
        }
        try state.withLock { state throws(SystemCallError) in
            if state.isShutDown { throw SystemCallError("open", "resolver after shut-down", .invalid) }
            if state.threads.isEmpty { state.threads = try startThreads() }
            // Networks that lost their last endpoint meanwhile are found again here.
            opened.view = state.view(sandbox)
            let thread = state.opened % state.threads.count
            state.opened += 1
            state.sandboxes[sandbox.key] = (opened, thread)
            state.threads[thread].post(.open(opened))
        }
        return opened.ports
    }

    /// Takes over what has changed for an open sandbox: networks, links, servers. An unknown key is fine.
    public func update(_ sandbox: SandboxNames) {
        state.withLock { state in
            guard let opened = state.sandboxes[sandbox.key]?.sandbox else { return }
            let before = opened.view.names.networkIDs
            opened.view = state.view(sandbox)
            state.prune(before)
        }
    }

    /// Closes a sandbox's resolver; questions on their way are dropped. An unknown key is fine.
    public func close(key: String) {
        state.withLock { state in
            guard let (sandbox, thread) = state.sandboxes.removeValue(forKey: key) else { return }
            state.threads[thread].post(.close(sandbox))
            state.prune(sandbox.view.names.networkIDs)
        }
    }

    /// What the comment in a container's resolv.conf says of the servers behind 127.0.0.11, as Docker writes them:
    /// `host(198.51.100.1)` for one that is asked from the host's namespace. Before the sandbox is open, and for an
    /// unknown key: the default servers.
    public func externalServers(for key: String) -> [String] {
        let own = state.withLock { $0.sandboxes[key]?.sandbox.view.servers ?? [] }
        return (own.isEmpty ? hostServers.current : own).map(\.description)
    }

    /// Ends the threads and closes all sandboxes. Calls after it do nothing, and `open` throws.
    public func shutDown() {
        state.withLock { state in
            state.isShutDown = true
            for thread in state.threads { thread.post(.stop) }
            state.threads = []
            state.sandboxes = [:]
        }
    }

    private func startThreads() throws(SystemCallError) -> [ResolverMailbox] {
        var mailboxes: [ResolverMailbox] = []
        do {
            for number in 0..<max(1, configuration.threadCount) {
                let mailbox = try ResolverMailbox()
                // One thread follows the host's file for all.
                let loop = ResolverStart(
                    mailbox: mailbox, configuration: configuration, hostServers: hostServers,
                    hostNamespace: hostNamespace, followsHostFile: number == 0, logger: logger)
                try DedicatedThread.start("names-\(number)") { loop.run() }
                mailboxes.append(mailbox)
            }
        } catch {
            for mailbox in mailboxes { mailbox.post(.stop) }
            throw error
        }
        return mailboxes
    }
}

extension NameService.State {
    /// The records of a network, made where they are missing.
    fileprivate mutating func network(_ id: String) -> NetworkRecords {
        if let known = networks[id] { return known }
        let fresh = NetworkRecords(id: id)
        networks[id] = fresh
        return fresh
    }

    fileprivate mutating func view(_ sandbox: SandboxNames) -> SandboxView {
        var found: [NetworkRecords] = []
        for id in sandbox.networkIDs { found.append(network(id)) }
        return SandboxView(sandbox, networks: found)
    }

    /// Forgets networks that have neither endpoints nor sandboxes.
    fileprivate mutating func prune(_ ids: [String]) {
        for id in ids where networks[id]?.isEmpty == true {
            let isUsed = sandboxes.values.contains { $0.sandbox.view.names.networkIDs.contains(id) }
            if !isUsed { networks[id] = nil }
        }
    }
}
