import Dispatch
import Firewall
import Glibc
import IPAddressing
import SystemCalls
import Testing

@testable import ContainerNetworking

@Suite("The userland proxy", .enabled(if: canMakeNamespaces, "needs root, iproute2, iptables, busybox"))
struct ProxyTests {
    private let any6 = IPAddress.v6(IPv6Address(rawValue: 0))

    /// A host with loopback, and a proxy that leads [::]:`number` to 127.0.0.1:7000.
    private func proxy(
        _ transport: TransportProtocol, _ limits: PortProxy.Limits = PortProxy.Limits(connections: 64, flows: 64)
    ) throws -> (Host, HeldPort, PortProxy) {
        let host = try Host()
        try host.run("ip", "link", "set", "lo", "up")
        let network = HostNetwork(namespace: host.namespace)
        let held = try HeldPort(HostPort(transport: transport, address: any6, number: 9000), in: network)
        let proxy = try PortProxy(network, limits: limits)
        try proxy.serve(held, to: PortProxy.Target(address: .v4(IPv4Address(127, 0, 0, 1)), port: 7000))
        return (host, held, proxy)
    }

    private func socket(_ host: Host, _ family: CInt, _ type: __socket_type) throws -> SharedFileDescriptor {
        let socket = try host.namespace.socket(family, CInt(type.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        unsafe setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(socket.rawValue, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return SharedFileDescriptor(socket)
    }

    /// What the container would be: a socket on 127.0.0.1:7000.
    private func server(_ host: Host, _ type: __socket_type) throws -> SharedFileDescriptor {
        let server = try socket(host, AF_INET, type)
        try InternetSocket.bind(server.rawValue, [127, 0, 0, 1], port: 7000)
        if type == SOCK_STREAM { try InternetSocket.listen(server.rawValue) }
        return server
    }

    /// A client of [::1]:9000.
    private func client(_ host: Host, _ type: __socket_type) throws -> SharedFileDescriptor {
        let client = try socket(host, AF_INET6, type)
        try InternetSocket.connect(client.rawValue, IPv6Address(rawValue: 1).bytes, port: 9000)
        return client
    }

    private func accept(_ server: SharedFileDescriptor) throws -> SharedFileDescriptor {
        guard let socket = try InternetSocket.accept(server.rawValue) else {
            throw SystemCallError("accept", "in time", Errno(rawValue: EAGAIN))
        }
        try socket.setNonBlocking(false)
        return SharedFileDescriptor(socket)
    }

    /// Runs what blocks beside the test, which may block itself: on a thread of its own. A failure shows at the other end.
    private func inBackground(_ body: @escaping @Sendable () throws -> Void) {
        DispatchQueue(label: "test").async { try? body() }
    }

    /// Waits for the proxy's thread.
    private func settle(_ proxy: PortProxy) {
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            await proxy.settle()
            done.signal()
        }
        done.wait()
    }

    /// The same for the test itself: Swift's own threads are few.
    private func blocking(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await BlockingWork.run(body)
    }

    @Test func `a megabyte goes through and comes back after the sender has ended its side`() async throws {
        try await blocking {
            let (host, held, proxy) = try proxy(.tcp)
            let server = try server(host, SOCK_STREAM)
            let client = try client(host, SOCK_STREAM)
            // It answers only when the client has said all.
            inBackground {
                let socket = try accept(server)
                try socket.withDescriptor { socket in try socket.writeAll(try socket.readToEnd()) }
            }
            let sent = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let back = try client.withDescriptor { client in
                try client.writeAll(sent)
                InternetSocket.endWriting(client.rawValue)
                return try client.readToEnd()
            }
            #expect(back == sent)
            withExtendedLifetime((held, proxy, host)) {}
        }
    }

    @Test func `a reader that is slow stops the sender, and loses nothing`() async throws {
        try await blocking {
            let (host, held, proxy) = try proxy(.tcp)
            let server = try server(host, SOCK_STREAM)
            let client = try client(host, SOCK_STREAM)
            let inside = try accept(server)
            try client.withDescriptor { try $0.setNonBlocking(true) }
            let block = [UInt8](repeating: 7, count: 65536)
            var sent = 0
            // Until nothing moves any more: the kernel's buffers are full, and ours.
            for _ in 0..<4096 {
                let count = unsafe send(client.rawValue, block, block.count, CInt(MSG_NOSIGNAL))
                if count > 0 { sent += count } else { break }
            }
            #expect(sent < 4096 * 65536, "somebody buffers without end")
            InternetSocket.endWriting(client.rawValue)
            let received = try inside.withDescriptor { try $0.readToEnd().count }
            #expect(received == sent)
            withExtendedLifetime((held, proxy, host)) {}
        }
    }

    @Test func `a container that does not listen is seen as a connection that ends`() async throws {
        try await blocking {
            let (host, held, proxy) = try proxy(.tcp)
            let client = try client(host, SOCK_STREAM)
            var byte: UInt8 = 0
            let count = unsafe recv(client.rawValue, &byte, 1, 0)
            #expect(count == 0 || Errno.current.rawValue == ECONNRESET)
            withExtendedLifetime((held, proxy, host)) {}
        }
    }

    @Test func `withdrawal ends connections and keeps the port; it stays held, and can be served again`()
        async throws
    {
        try await blocking {
            let (host, held, proxy) = try proxy(.tcp)
            let server = try server(host, SOCK_STREAM)
            let first = try client(host, SOCK_STREAM)
            let inside = try accept(server)
            proxy.stop([held.port])
            settle(proxy)
            #expect(try inside.withDescriptor { try $0.readToEnd() }.isEmpty)
            #expect(try first.withDescriptor { try $0.readToEnd() }.isEmpty)
            #expect(throws: SystemCallError.self) {
                try HeldPort(held.port, in: HostNetwork(namespace: host.namespace))
            }
            try proxy.serve(held, to: PortProxy.Target(address: .v4(IPv4Address(127, 0, 0, 1)), port: 7000))
            let second = try client(host, SOCK_STREAM)
            let again = try accept(server)
            try second.withDescriptor { try $0.writeAll([42]) }
            #expect(try again.withDescriptor { try $0.read() } == [42])
        }
    }

    @Test func `more connections than allowed wait their turn`() async throws {
        try await blocking {
            let (host, held, proxy) = try proxy(.tcp, PortProxy.Limits(connections: 1, flows: 1))
            let server = try server(host, SOCK_STREAM)
            let first = try client(host, SOCK_STREAM)
            let inside = try accept(server)
            let second = try client(host, SOCK_STREAM)
            try second.withDescriptor { try $0.writeAll([2]) }
            for socket in [first, inside] { InternetSocket.endWriting(socket.rawValue) }
            let next = try accept(server)
            #expect(try next.withDescriptor { try $0.read() } == [2])
            withExtendedLifetime((held, proxy, host)) {}
        }
    }

    @Test func `datagrams find their way back to each client, and a silent flow is forgotten`() async throws {
        try await blocking {
            let (host, held, proxy) = try proxy(
                .udp, PortProxy.Limits(connections: 1, flows: 64, idle: .seconds(3)))
            let server = try server(host, SOCK_DGRAM)
            inBackground {
                for _ in 0..<4 {
                    var peer = sockaddr_storage()
                    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
                    var buffer = [UInt8](repeating: 0, count: 2000)
                    let count = unsafe withUnsafeMutablePointer(to: &peer) { pointer in
                        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                            unsafe recvfrom(server.rawValue, &buffer, buffer.count, 0, $0, &size)
                        }
                    }
                    if count < 0 { return }
                    _ = unsafe withUnsafePointer(to: &peer) { pointer in
                        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                            unsafe sendto(server.rawValue, buffer, count, 0, $0, size)
                        }
                    }
                }
            }
            let clients = try [client(host, SOCK_DGRAM), client(host, SOCK_DGRAM)]
            for round in 0..<2 {
                for (index, client) in clients.enumerated() {
                    let word = [UInt8](repeating: UInt8(10 * round + index), count: 1400)
                    try client.withDescriptor { try $0.writeAll(word) }
                    #expect(try client.withDescriptor { try $0.read() } == word)
                }
            }
            // The flows' sockets are connected to port 7000, 1B58 in the kernel's table.
            func flows() throws -> Int {
                let table = try host.namespace.run { () throws(SystemCallError) in
                    try FileSystem.readText("/proc/thread-self/net/udp")
                }
                return table.split(separator: "\n").filter { $0.contains(" 0100007F:1B58 01 ") }.count
            }
            #expect(try flows() == 2)
            for _ in 0..<200 where try flows() > 0 { usleep(50_000) }
            #expect(try flows() == 0)
            withExtendedLifetime((held, proxy)) {}
        }
    }

    private func hasSCTP(_ host: Host) -> Bool {
        do {
            _ = try host.namespace.socket(AF_INET6, CInt(SOCK_STREAM.rawValue), CInt(IPPROTO_SCTP))
            return true
        } catch { return false }
    }

    @Test func `a hold keeps others away in both families, and SCTP is held by the books where the kernel has none`()
        throws
    {
        let host = try Host()
        try host.run("ip", "link", "set", "lo", "up")
        let network = HostNetwork(namespace: host.namespace)
        for transport in [TransportProtocol.tcp, .udp] {
            for address in ["0.0.0.0", "::", "127.0.0.1", "::1"] {
                let port = HostPort(transport: transport, address: try #require(IPAddress(address)), number: 8100)
                let held = try HeldPort(port, in: network)
                #expect(throws: SystemCallError.self) { try HeldPort(port, in: network) }
                withExtendedLifetime(held) {}
            }
        }
        let sctp = try HeldPort(HostPort(transport: .sctp, address: any6, number: 8100), in: network)
        #expect((sctp.socket != nil) == hasSCTP(host))
    }

    @Test func `a thousand ports are held in one go, both families, and one more costs no more than one`() throws {
        let host = try Host()
        try host.run("ip", "link", "set", "lo", "up")
        var books = PortBooks()
        var held: [HostPort: HeldPort] = [:]
        let chooser = { (books: PortBooks) in
            PortChooser(
                host: HostNetwork(namespace: host.namespace),
                owner: { books.clashes(with: $0).isEmpty ? nil : "somebody" }, bound: { _ in nil })
        }
        let plan = PortPlan(
            ipv4: IPv4Address(172, 17, 0, 2), ipv6: nil, standardAddress: .v4(IPv4Address(rawValue: 0)))
        let requests = (0..<UInt16(1000)).map { (index: UInt16) -> PortRequest in
            let number = 20000 + index
            return PortRequest(containerPort: 1000 + index, hostPorts: number...number)
        }
        for choice in try chooser(books).choose(plan.groups(requests)) {
            guard let port = choice.held else { continue }
            held[port.port] = port
            books.book(port.port, .endpoint("a"))
        }
        #expect(held.count == 2000)
        let more = try chooser(books).choose(plan.groups([PortRequest(containerPort: 1, hostPorts: 20000...21000)]))
        #expect(more.map(\.record.hostPort) == [21000, 21000])
    }
}
