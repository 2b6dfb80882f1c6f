import Firewall
import IPAddressing
import SystemCalls

/// What waits for a descriptor in the proxy's thread.
protocol ProxyHandler: AnyObject {
    /// The descriptor is ready for something, or was thought to be. Called with one delivery used up: it must ask again.
    func ready(_ descriptor: CInt, _ loop: ProxyLoop)
}

/// A port that the proxy serves.
protocol ProxyListener: ProxyHandler {
    /// Begins to listen.
    func start(_ loop: ProxyLoop)
    /// Ends listening and all connections.
    func stop(_ loop: ProxyLoop)
    /// Regular work, a few times a second while there is any.
    func tick(_ loop: ProxyLoop)
}

/// The proxy's thread: its events, its clock, its counts. Nothing of it is seen by any other thread.
final class ProxyLoop {
    let host: HostNetwork
    let limits: PortProxy.Limits
    /// What bytes are read into on their way through.
    var scratch = [UInt8](repeating: 0, count: 65536)
    /// TCP connections at the moment.
    var connections = 0
    /// UDP flows at the moment.
    var flows = 0
    /// Whether a listener waits for the next tick.
    var isWaiting = false
    /// The time at the last event.
    private(set) var now = ContinuousClock.now
    private let mailbox: PortProxy.Mailbox
    private let events: EventQueue
    private var handlers: [CInt: any ProxyHandler] = [:]
    private var listeners: [HostPort: any ProxyListener] = [:]
    /// Descriptors that are done with. They stay open until the batch of events is through: a new one must not get the
    /// number of one that an event is still to come for.
    private var graveyard: [SharedFileDescriptor] = []
    private var lastTick = ContinuousClock.now

    init(_ host: HostNetwork, _ mailbox: PortProxy.Mailbox, _ limits: PortProxy.Limits, _ events: EventQueue) {
        self.host = host
        self.mailbox = mailbox
        self.limits = limits
        self.events = events
    }

    /// Serves until it is told to end.
    func run() {
        let tick = min(.milliseconds(500), limits.idle / 6)
        let pause = max(1, CInt(tick / .milliseconds(1)))
        while true {
            let isBusy = connections > 0 || flows > 0 || isWaiting
            var isCalled = false
            events.wait(milliseconds: isBusy ? pause : -1) { token, _ in
                now = .now
                let descriptor = CInt(truncatingIfNeeded: token)
                if descriptor == mailbox.wake.rawValue {
                    isCalled = true
                } else {
                    handlers[descriptor]?.ready(descriptor, self)
                }
            }
            now = .now
            if isCalled, !obey() { return }
            if now - lastTick >= tick {
                lastTick = now
                isWaiting = false
                for listener in listeners.values { listener.tick(self) }
            }
            graveyard = []
        }
    }

    /// Works the commands off.
    ///
    /// - Returns: false where the thread is to end.
    private func obey() -> Bool {
        var told: [CheckedContinuation<Void, Never>] = []
        var goesOn = true
        for command in mailbox.take() {
            switch command {
            case .serve(let port, let socket, let target):
                listeners.removeValue(forKey: port)?.stop(self)
                let listener: any ProxyListener =
                    port.transport == .udp ? UDPListener(socket, target) : TCPListener(socket, target)
                listeners[port] = listener
                listener.start(self)
            case .stop(let port): listeners.removeValue(forKey: port)?.stop(self)
            case .tell(let continuation): told.append(continuation)
            case .end: goesOn = false
            }
        }
        if !goesOn {
            for listener in listeners.values { listener.stop(self) }
            listeners = [:]
        }
        graveyard = []
        for continuation in told { continuation.resume() }
        return goesOn
    }

    /// Wants the next event of a descriptor.
    func want(_ descriptor: CInt, reading: Bool, writing: Bool = false, _ handler: any ProxyHandler) {
        handlers[descriptor] = handler
        // What cannot be waited for any more fails at its next use.
        let wanted: EventQueue.Events = reading ? (writing ? [.readable, .writable] : .readable) : .writable
        try? events.watch(descriptor, for: [wanted, .once], token: UInt64(descriptor))
    }

    /// Lets go of a descriptor that nobody else has; it is closed after the events at hand.
    func bury(_ socket: SharedFileDescriptor) {
        handlers[socket.rawValue] = nil
        events.forget(socket.rawValue)
        graveyard.append(socket)
    }

    /// A socket towards a container, with its connection under way.
    func connect(to target: PortProxy.Target, type: CInt, number: CInt) throws(SystemCallError) -> SharedFileDescriptor
    {
        let family: CInt = target.address.family == .v4 ? ProxyLoop.ipv4 : ProxyLoop.ipv6
        let socket = try host.socket(family, type, number)
        try socket.setNonBlocking(true)
        try InternetSocket.connect(socket.rawValue, target.address.bytes, port: target.port)
        return SharedFileDescriptor(socket)
    }
}
