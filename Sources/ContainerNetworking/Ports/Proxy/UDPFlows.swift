import Glibc
import SystemCalls

/// A UDP port that the proxy serves. Every client gets a socket of its own towards the container, so that answers find
/// their way back; one that is silent for too long is forgotten.
final class UDPListener: ProxyListener {
    private let socket: SharedFileDescriptor
    private let target: PortProxy.Target
    private var flows: [Datagram.Origin: UDPFlow] = [:]
    private var isStopped = false

    init(_ socket: SharedFileDescriptor, _ target: PortProxy.Target) {
        self.socket = socket
        self.target = target
    }

    func start(_ loop: ProxyLoop) {
        // Again, after a former listener of the same port: it has just ended.
        try? InternetSocket.setDeaf(socket.rawValue, false)
        loop.want(socket.rawValue, reading: true, self)
    }

    func stop(_ loop: ProxyLoop) {
        isStopped = true
        try? InternetSocket.setDeaf(socket.rawValue, true)
        loop.bury(socket)
        for flow in flows.values { flow.close(loop) }
        flows = [:]
    }

    func ready(_ descriptor: CInt, _ loop: ProxyLoop) {
        if isStopped { return }
        for _ in 0..<32 {
            do throws(SystemCallError) {
                let (count, origin) = try Datagram.receive(descriptor, into: &loop.scratch)
                try forward(count, origin, loop)
            } catch {
                // Nothing more, or a message of the network's about an earlier answer.
                if error.call == "recvmsg" { break }
            }
        }
        loop.want(descriptor, reading: true, self)
    }

    private func forward(_ count: Int, _ origin: Datagram.Origin, _ loop: ProxyLoop) throws(SystemCallError) {
        let flow: UDPFlow
        if let known = flows[origin] {
            flow = known
        } else {
            // Full: the packet is lost, as packets may be.
            guard loop.flows < loop.limits.flows else { return }
            let socket = try loop.connect(to: target, type: CInt(SOCK_DGRAM.rawValue), number: CInt(IPPROTO_UDP))
            flow = UDPFlow(socket, self, origin)
            flows[origin] = flow
            flow.start(loop)
        }
        flow.send(count, loop)
    }

    /// Answers a client.
    func answer(_ count: Int, to origin: Datagram.Origin, _ loop: ProxyLoop) {
        try? Datagram.answer(socket.rawValue, loop.scratch, count: count, to: origin)
    }

    func tick(_ loop: ProxyLoop) {
        for (origin, flow) in flows where flow.isStale(loop) {
            flows[origin] = nil
            flow.close(loop)
        }
    }
}

/// What one client and the container say to each other.
final class UDPFlow: ProxyHandler {
    private let socket: SharedFileDescriptor
    private unowned let listener: UDPListener
    private let origin: Datagram.Origin
    private var last = ContinuousClock.now
    private var wasAnswered = false
    private var isClosed = false

    init(_ socket: SharedFileDescriptor, _ listener: UDPListener, _ origin: Datagram.Origin) {
        self.socket = socket
        self.listener = listener
        self.origin = origin
    }

    func start(_ loop: ProxyLoop) {
        loop.flows += 1
        loop.want(socket.rawValue, reading: true, self)
    }

    /// Whether nobody has said anything for too long.
    func isStale(_ loop: ProxyLoop) -> Bool {
        loop.now - last > (wasAnswered ? loop.limits.idle : loop.limits.idle / 3)
    }

    /// Hands on the first bytes of the buffer. A container that does not listen yet is no reason to give the flow up.
    func send(_ count: Int, _ loop: ProxyLoop) {
        last = loop.now
        let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
        _ = unsafe Glibc.send(socket.rawValue, loop.scratch, count, flags)
    }

    func ready(_ descriptor: CInt, _ loop: ProxyLoop) {
        if isClosed { return }
        for _ in 0..<32 {
            let count = unsafe recv(descriptor, &loop.scratch, loop.scratch.count, CInt(MSG_DONTWAIT))
            if count < 0 { break }
            last = loop.now
            wasAnswered = true
            listener.answer(count, to: origin, loop)
        }
        loop.want(descriptor, reading: true, self)
    }

    func close(_ loop: ProxyLoop) {
        if isClosed { return }
        isClosed = true
        loop.flows -= 1
        loop.bury(socket)
    }
}
