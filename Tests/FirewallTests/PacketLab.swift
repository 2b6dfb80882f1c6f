import Firewall
import Glibc
import IPAddressing
import SystemCalls
import Testing

/// A host with an uplink and two bridges, a neighbour outside, and containers, each a network namespace of its own.
///
///     outside 198.51.100.1 ── up0 198.51.100.2 host ─┬─ br-a 10.77.1.1 ─┬─ a1 10.77.1.2
///             2001:db8:1::1       2001:db8:1::2      │       fd00:1::1  └─ a2 10.77.1.3
///                                                    └─ br-b 10.77.2.1 ─── b1 10.77.2.2
///                                                            fd00:2::1
///
/// The neighbour has routes to both bridges' subnets by way of the host.
final class PacketLab {
    /// One place that packets come from and go to.
    enum Place: String, CaseIterable { case host, outside, a1, a2, b1 }

    private let folder: String
    private var namespaces: [Place: NetworkNamespace] = [:]
    private var sockets: [SharedFileDescriptor] = []
    private var attempts: [(socket: SharedFileDescriptor, what: String)] = []
    let backend: IPTablesBackend

    init() throws {
        folder = "/tmp/causeway-firewall-lab-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileSystem.makeDirectory(folder)
        for place in Place.allCases {
            let path = folder + "/" + place.rawValue
            _ = try NetworkNamespace.make(at: path)
            namespaces[place] = try NetworkNamespace(path: path)
        }
        backend = try IPTablesBackend(networkNamespace: namespaces[.host])
        try wire()
    }

    deinit {
        sockets = []
        attempts = []
        for place in Place.allCases { try? NetworkNamespace.remove(at: folder + "/" + place.rawValue) }
        try? FileSystem.removeTree(folder)
    }

    func namespace(_ place: Place) throws -> NetworkNamespace { try #require(namespaces[place]) }

    @discardableResult
    func run(_ place: Place, _ program: String, _ arguments: [String], input: String = "") throws -> String {
        let path = try #require(FileSystem.findProgram(program))
        let output = try ChildProcess.run(
            ChildRequest(path, arguments, networkNamespace: try namespace(place)), input: Array(input.utf8))
        #expect(output.status.isSuccess, "\(program) \(arguments): \(output.errorText)")
        return output.text
    }

    private func wire() throws {
        var host = "link set lo up\nlink add br-a type bridge\nlink add br-b type bridge\n"
        host += cable("up0", "eth0", .outside)
        for (place, bridge) in [(Place.a1, "br-a"), (.a2, "br-a"), (.b1, "br-b")] {
            host += cable("v\(place)", "eth0", place) + "link set v\(place) master \(bridge)\n"
            host += "link set v\(place) type bridge_slave hairpin on\n"
        }
        host += "addr add 198.51.100.2/24 dev up0\naddr add 198.51.100.3/24 dev up0\n"
        host += "addr add 2001:db8:1::2/64 dev up0 nodad\nlink set up0 up\n"
        for (bridge, number) in [("br-a", 1), ("br-b", 2)] {
            host += "addr add 10.77.\(number).1/24 dev \(bridge)\naddr add fd00:\(number)::1/64 dev \(bridge) nodad\n"
            host += "link set \(bridge) up\n"
        }
        for name in ["va1", "va2", "vb1"] { host += "link set \(name) up\n" }
        try run(.host, "ip", ["-batch", "-"], input: host)
        try set(.host, "net/ipv4/ip_forward", "1")
        try set(.host, "net/ipv6/conf/all/forwarding", "1")
        for name in ["br-a", "br-b"] { try set(.host, "net/ipv4/conf/\(name)/route_localnet", "1") }
        try run(
            .outside, "ip", ["-batch", "-"],
            input: """
                link set lo up
                addr add 198.51.100.1/24 dev eth0
                addr add 2001:db8:1::1/64 dev eth0 nodad
                link set eth0 up
                route add 10.77.0.0/16 via 198.51.100.2
                route add fd00::/16 via 2001:db8:1::2

                """)
        for (place, net, last) in [(Place.a1, 1, 2), (.a2, 1, 3), (.b1, 2, 2)] {
            try run(
                place, "ip", ["-batch", "-"],
                input: """
                    link set lo up
                    addr add 10.77.\(net).\(last)/24 dev eth0
                    addr add fd00:\(net)::\(last)/64 dev eth0 nodad
                    link set eth0 up
                    route add default via 10.77.\(net).1
                    route add default via fd00:\(net)::1

                    """)
        }
    }

    private func cable(_ name: String, _ far: String, _ place: Place) -> String {
        "link add \(name) type veth peer name \(far) netns \(folder)/\(place)\n"
    }

    func set(_ place: Place, _ name: String, _ value: String) throws {
        try namespace(place).run { () throws(SystemCallError) in try Sysctl.write(name, value) }
    }

    /// Applies two networks, `a` first; the policy of FORWARD is left, unless told.
    func apply(
        drop: Bool = false, a: (inout BridgeFirewall) -> Void = { _ in }, b: (inout BridgeFirewall) -> Void = { _ in }
    ) async throws {
        func network(_ name: String, _ number: Int, _ edit: (inout BridgeFirewall) -> Void) -> BridgeFirewall {
            var network = BridgeFirewall(
                networkID: String(repeating: name, count: 64), networkName: name, bridge: "br-\(name)",
                subnets: ["10.77.\(number).0/24", "fd00:\(number)::/64"].compactMap { IPPrefix($0) })
            edit(&network)
            return network
        }
        try await backend.apply(
            FirewallIntent(
                networks: [network("a", 1, a), network("b", 2, b)], forwardPolicyDrop: drop,
                forwardPolicyDropIPv6: drop))
    }

    // MARK: - Probes

    /// Listens on a TCP port of both families. The kernel shakes hands without anybody to accept.
    func listen(_ place: Place, _ ports: UInt16...) throws {
        for port in ports {
            let socket = try namespace(place).socket(AF_INET6, CInt(SOCK_STREAM.rawValue), 0)
            try unsafe withAddress("::", port) { unsafe bind(socket.rawValue, $0, $1) }
            #expect(Glibc.listen(socket.rawValue, 64) == 0)
            sockets.append(SharedFileDescriptor(socket))
        }
    }

    /// Whether a TCP connection comes about.
    func connects(_ place: Place, _ address: String, _ port: UInt16, within milliseconds: CInt = 5000) throws -> Bool {
        let family = address.contains(":") ? AF_INET6 : AF_INET
        let socket = try namespace(place).socket(family, CInt(SOCK_STREAM.rawValue), 0)
        try socket.setNonBlocking(true)
        _ = try? unsafe withAddress(address, port) { unsafe connect(socket.rawValue, $0, $1) }
        return isConnected(socket.rawValue, within: milliseconds)
    }

    /// Starts a TCP connection that must not come about; `leaks` tells. So all such attempts are waited for at once.
    func tryInVain(_ place: Place, _ address: String, _ port: UInt16) throws {
        let family = address.contains(":") ? AF_INET6 : AF_INET
        let socket = try namespace(place).socket(family, CInt(SOCK_STREAM.rawValue), 0)
        try socket.setNonBlocking(true)
        _ = try? unsafe withAddress(address, port) { unsafe connect(socket.rawValue, $0, $1) }
        attempts.append((SharedFileDescriptor(socket), "\(place) to \(address) port \(port)"))
    }

    /// The vain attempts that came about, after a while.
    func leaks() -> [String] {
        usleep(400_000)
        return attempts.filter { attempt in attempt.socket.withDescriptor { isConnected($0.rawValue, within: 0) } }
            .map(\.what)
    }

    private func isConnected(_ socket: CInt, within milliseconds: CInt) -> Bool {
        guard wait(socket, POLLOUT, milliseconds) else { return false }
        var error: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        _ = unsafe getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size)
        return error == 0
    }

    /// Whether a datagram arrives at a server of `server`, and its answer here.
    func exchanges(_ place: Place, _ address: String, _ port: UInt16, with server: Place, _ inner: UInt16) throws
        -> Bool
    {
        let kind = CInt(SOCK_DGRAM.rawValue)
        let far = try namespace(server).socket(AF_INET6, kind, 0)
        try unsafe withAddress("::", inner) { unsafe bind(far.rawValue, $0, $1) }
        let near = try namespace(place).socket(address.contains(":") ? AF_INET6 : AF_INET, kind, 0)
        try unsafe withAddress(address, port) { unsafe connect(near.rawValue, $0, $1) }
        try near.writeAll([42])
        guard wait(far.rawValue, POLLIN, 2000) else { return false }
        var byte: UInt8 = 0
        var sender = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let sent = unsafe withUnsafeMutablePointer(to: &sender) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = unsafe recvfrom(far.rawValue, &byte, 1, 0, pointer, &size)
                return unsafe sendto(far.rawValue, &byte, 1, 0, pointer, size)
            }
        }
        guard sent == 1, wait(near.rawValue, POLLIN, 2000) else { return false }
        return try near.read() == [42]
    }

    /// Whether a ping is answered.
    func pings(_ place: Place, _ address: String, seconds: Int = 3) throws -> Bool {
        let program = try #require(FileSystem.findProgram("ping"))
        let request = ChildRequest(
            program, ["-c1", "-W\(seconds)", address], networkNamespace: try namespace(place))
        return try ChildProcess.run(request).status.isSuccess
    }

    private func wait(_ descriptor: CInt, _ events: CInt, _ milliseconds: CInt) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        return unsafe poll(&request, 1, milliseconds) == 1
    }

    private func withAddress(
        _ text: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) throws {
        var storage = sockaddr_storage()
        let result: CInt = unsafe withUnsafeMutablePointer(to: &storage) { storage in
            let size: Int
            if text.contains(":") {
                size = MemoryLayout<sockaddr_in6>.size
                unsafe storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                    unsafe address.pointee.sin6_family = sa_family_t(AF_INET6)
                    unsafe address.pointee.sin6_port = port.bigEndian
                    _ = unsafe inet_pton(AF_INET6, text, &address.pointee.sin6_addr)
                }
            } else {
                size = MemoryLayout<sockaddr_in>.size
                unsafe storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                    unsafe address.pointee.sin_family = sa_family_t(AF_INET)
                    unsafe address.pointee.sin_port = port.bigEndian
                    _ = unsafe inet_pton(AF_INET, text, &address.pointee.sin_addr)
                }
            }
            return unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(size))
            }
        }
        if result != 0 { throw SystemCallError("bind or connect", "\(text) \(port)", Errno(rawValue: errno)) }
    }
}
