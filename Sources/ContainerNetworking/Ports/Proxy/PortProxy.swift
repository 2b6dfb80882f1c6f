import Firewall
import Glibc
import IPAddressing
import Synchronization
import SystemCalls

/// The userland proxy: leads what the kernel cannot, which is what comes to the host by IPv6 for a container that has
/// none, and what the host itself sends to ::1. One thread serves all ports, TCP and UDP, waiting in epoll(7); no
/// process and no thread is any port's own.
///
/// It listens on the sockets that hold the ports. Clients are not known to the container by their own address: it sees
/// the bridge's.
final class PortProxy: Sendable {
    /// Bounds on what clients can make it hold.
    struct Limits: Hashable, Sendable {
        /// TCP connections at once over all ports; more wait in the kernel's queue.
        var connections: Int
        /// UDP flows at once over all ports; packets of more are dropped.
        var flows: Int
        /// How long a UDP flow may be silent. One that was never answered gets a third.
        var idle: Duration = .seconds(90)
        /// How long a container may take to accept a connection.
        var connecting: Duration = .seconds(10)

        /// A quarter of what descriptors allow for each: a connection takes two, a flow one.
        static var standard: Limits {
            let share = min(65536, DescriptorLimit.current) / 4
            return Limits(connections: max(16, share / 2), flows: max(16, share / 2))
        }
    }

    /// Where a port leads.
    struct Target: Hashable, Sendable {
        var address: IPAddress
        var port: UInt16
    }

    /// What the thread is told.
    enum Command: Sendable {
        case serve(HostPort, SharedFileDescriptor, Target)
        case stop(HostPort)
        case tell(CheckedContinuation<Void, Never>)
        case end
    }

    /// Commands on their way, and what wakes the thread for them.
    final class Mailbox: Sendable {
        private let commands = Mutex<[Command]>([])
        let wake: SharedFileDescriptor
        private let bell: SharedFileDescriptor

        init() throws(SystemCallError) {
            (wake, bell) = try FileDescriptor.pipe().split { (reading, writing) throws(SystemCallError) in
                try reading.setNonBlocking(true)
                try writing.setNonBlocking(true)
                return (SharedFileDescriptor(reading), SharedFileDescriptor(writing))
            }
        }

        func post(_ command: Command) {
            commands.withLock { $0.append(command) }
            // A full pipe wakes the thread just as well.
            _ = try? bell.withDescriptor { (bell) throws(SystemCallError) in try bell.writeAll([1]) }
        }

        func take() -> [Command] {
            // Emptied first: a bell that rings from here on belongs to a command that is seen the next time.
            while let bytes = try? wake.withDescriptor({ (wake) throws(SystemCallError) in try wake.read(upTo: 4096) }),
                bytes.count == 4096
            {}
            return commands.withLock { commands in
                defer { commands = [] }
                return commands
            }
        }
    }

    private let mailbox: Mailbox

    /// Starts the thread.
    ///
    /// - Parameter host: where connections to containers are made from.
    init(_ host: HostNetwork, limits: Limits = .standard) throws(SystemCallError) {
        let mailbox = try Mailbox()
        // Made on its thread: nothing of it is seen by any other.
        let queue = try EventQueue()
        try queue.watch(mailbox.wake.rawValue, for: .readable, token: UInt64(mailbox.wake.rawValue))
        try DedicatedThread.start("proxy") { ProxyLoop(host, mailbox, limits, queue).run() }
        self.mailbox = mailbox
    }

    deinit { mailbox.post(.end) }

    /// Leads a port to a container. A port that led elsewhere leads here from now on; its connections end.
    ///
    /// - Throws: EADDRINUSE where somebody listens on the port beside us.
    func serve(_ held: HeldPort, to target: Target) throws(SystemCallError) {
        guard let socket = held.socket else { return }
        try socket.withDescriptor { (descriptor) throws(SystemCallError) in
            try descriptor.setNonBlocking(true)
            if held.port.transport == .udp { try Datagram.prepare(descriptor.rawValue) }
            try InternetSocket.setDeaf(descriptor.rawValue, false)
            if held.port.transport == .tcp {
                // Else connections that came by it, and linger, keep it from listening again.
                try SocketOption.set(descriptor.rawValue, level: SOL_SOCKET, name: SO_REUSEADDR, value: 1)
                try InternetSocket.listen(descriptor.rawValue, backlog: 65535)
            }
        }
        mailbox.post(.serve(held.port, socket, target))
    }

    /// Ends ports and their connections. The ports themselves stay bound as long as they are held.
    func stop(_ ports: some Sequence<HostPort>) { for port in ports { mailbox.post(.stop(port)) } }

    /// Waits until all that was said before is done: from then on the thread has no hold on what was stopped.
    func settle() async {
        await withCheckedContinuation { mailbox.post(.tell($0)) }
    }
}
