import ConnectionTracking
import Glibc
import IPAddressing
import SystemCalls
import Testing

/// A namespace with tracking switched on by a rule, in which loopback is up.
private final class Place {
    let namespace: NetworkNamespace
    private let path = "/tmp/causeway-conntrack-\(getpid())-\(UInt32.random(in: 0 ... .max))"

    init() throws {
        _ = try NetworkNamespace.make(at: path)
        namespace = try NetworkNamespace(path: path)
        for (program, arguments) in [
            ("ip", ["link", "set", "lo", "up"]),
            ("iptables", ["-A", "INPUT", "-m", "conntrack", "--ctstate", "NEW"]),
            ("ip6tables", ["-A", "INPUT", "-m", "conntrack", "--ctstate", "NEW"]),
        ] {
            let found = try #require(FileSystem.findProgram(program))
            let output = try ChildProcess.run(ChildRequest(found, arguments, networkNamespace: namespace))
            #expect(output.status.isSuccess, "\(output.errorText)")
        }
    }

    deinit { try? NetworkNamespace.remove(at: path) }

    /// Sends a datagram to the host itself; somebody listens where `answered`.
    func send(from: UInt16, to: UInt16, _ address: IPAddress) throws -> SharedFileDescriptor {
        let family = address.family == .v4 ? AF_INET : AF_INET6
        let socket = try namespace.socket(family, CInt(SOCK_DGRAM.rawValue), 0)
        try InternetSocket.bind(socket.rawValue, address.bytes, port: from)
        try InternetSocket.connect(socket.rawValue, address.bytes, port: to)
        try socket.writeAll([1])
        return SharedFileDescriptor(socket)
    }
}

@Suite(
    "Tracked connections",
    .enabled(
        if: getuid() == 0 && ["ip", "iptables", "ip6tables"].allSatisfy { FileSystem.findProgram($0) != nil },
        "needs root, iproute2 and iptables"))
struct ConnectionTableTests {
    @Test(arguments: ["127.0.0.1", "::1"])
    func `flows are listed by what is asked for, and deleted one by one`(_ text: String) throws {
        let place = try Place()
        let table = try ConnectionSocket(in: place.namespace)
        let address = try #require(IPAddress(text))
        let sockets = try [place.send(from: 1001, to: 53, address), place.send(from: 1002, to: 54, address)]
        let udp = try table.entries(address.family, ConnectionFilter(protocolNumber: 17))
        #expect(udp.count == 2)
        let filter = ConnectionFilter(
            protocolNumber: 17, originalSource: address, originalDestinationPort: 53, replySource: address)
        let entry = try #require(try table.entries(address.family, filter).first)
        #expect(
            entry.original
                == FlowTuple(
                    source: address, destination: address, protocolNumber: 17, sourcePort: 1001, destinationPort: 53))
        #expect(entry.reply.destinationPort == 1001)
        #expect(entry.status.contains(.confirmed) && entry.id != 0)
        #expect((entry.timeout ?? 0) > 0)
        #expect(try table.entries(address.family, ConnectionFilter(protocolNumber: 6)).isEmpty)
        #expect(
            try table.entries(address.family, ConnectionFilter(protocolNumber: 17, originalDestinationPort: 55)).isEmpty
        )

        try table.delete([entry])
        #expect(
            try table.entries(address.family, ConnectionFilter(protocolNumber: 17)).map(\.original.destinationPort)
                == [54])
        // Gone already: no error.
        try table.delete([entry])
        withExtendedLifetime(sockets) {}
    }
}
