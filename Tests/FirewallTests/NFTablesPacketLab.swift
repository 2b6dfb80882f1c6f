import Firewall
import Glibc
import IPAddressing
import NFTables
import SystemCalls
import Testing

/// A host with two bridges and an uplink, containers on the bridges, and somebody outside; each in a network namespace
/// of its own, which end with the test.
///
/// | who | where |
/// |---|---|
/// | host | br1 10.88.1.1/24 and fd88:1::1/64, br2 10.88.2.1/24, up0 203.0.113.2/24 |
/// | a, b | on br1, 10.88.1.2 and .3, fd88:1::2 and ::3; ports va and vb |
/// | c | on br2, 10.88.2.2; port vc |
/// | outside | 203.0.113.9, with a route to the containers by the host |
final class NFTablesPacketLab {
    let folder = "/tmp/t-nft-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    private(set) var spaces: [String: NetworkNamespace] = [:]

    static let macs = ["a": "02:00:00:00:00:0a", "b": "02:00:00:00:00:0b", "c": "02:00:00:00:00:0c"]

    init() throws {
        try FileSystem.makeDirectory(folder)
        for name in ["host", "outside", "a", "b", "c"] {
            _ = try NetworkNamespace.make(at: "\(folder)/\(name)")
            spaces[name] = try NetworkNamespace(path: "\(folder)/\(name)")
            try ip(name, "link set lo up")
        }
        try ip("host", "link add up0 type veth peer name eth0 netns \(folder)/outside")
        try ip("host", "addr add 203.0.113.2/24 dev up0")
        try ip("host", "link set up0 up")
        try ip("outside", "addr add 203.0.113.9/24 dev eth0")
        try ip("outside", "link set eth0 up")
        try ip("outside", "route add 10.88.0.0/16 via 203.0.113.2")
        for bridge in ["br1", "br2"] {
            try ip("host", "link add \(bridge) type bridge mcast_snooping 0")
            try ip("host", "addr add 10.88.\(bridge.last ?? "0").1/24 dev \(bridge)")
            try ip("host", "link set \(bridge) up")
        }
        try ip("host", "addr add fd88:1::1/64 dev br1 nodad")
        for (name, bridge, address) in [("a", "br1", 2), ("b", "br1", 3), ("c", "br2", 2)] {
            let number = bridge.last ?? "0"
            try ip(
                "host",
                "link add v\(name) master \(bridge) type veth peer name eth0 address \(Self.macs[name] ?? "") "
                    + "netns \(folder)/\(name)")
            try ip("host", "link set v\(name) up")
            try ip(name, "addr add 10.88.\(number).\(address)/24 dev eth0")
            if number == "1" { try ip(name, "addr add fd88:1::\(address)/64 dev eth0 nodad") }
            try ip(name, "link set eth0 up")
            try ip(name, "route add default via 10.88.\(number).1")
        }
        try space("host").run { () throws(SystemCallError) in
            try Sysctl.write("net/ipv4/ip_forward", "1")
            for bridge in ["br1", "br2"] { try Sysctl.write("net/ipv4/conf/\(bridge)/route_localnet", "1") }
            if (try? Sysctl.read("net/bridge/bridge-nf-call-iptables")) != nil {
                try Sysctl.write("net/bridge/bridge-nf-call-iptables", "0")
                try Sysctl.write("net/bridge/bridge-nf-call-ip6tables", "0")
            }
        }
    }

    deinit {
        for name in spaces.keys { try? NetworkNamespace.remove(at: "\(folder)/\(name)") }
        try? FileSystem.removeTree(folder)
    }

    func space(_ name: String) throws -> NetworkNamespace { try #require(spaces[name]) }

    func ip(_ name: String, _ arguments: String) throws {
        try run(name, "/usr/sbin/ip", arguments.split(separator: " ").map(String.init))
    }

    @discardableResult
    func run(_ name: String, _ program: String, _ arguments: [String]) throws -> String {
        let output = try ChildProcess.run(
            ChildRequest(
                program, arguments, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
                networkNamespace: try space(name)))
        #expect(output.status.isSuccess, "\(arguments): \(output.errorText)")
        return output.text
    }

    /// `nft -s list table FAMILY NAME` on the host.
    func listing(_ table: String) throws -> String {
        try run("host", "/usr/sbin/nft", ["-s", "list", "table"] + table.split(separator: " ").map(String.init))
    }

    /// The endpoint of a container, as the engine would describe it.
    func endpoint(_ name: String) throws -> EndpointFirewall {
        let addresses = ["a": ["10.88.1.2", "fd88:1::2"], "b": ["10.88.1.3", "fd88:1::3"], "c": ["10.88.2.2"]]
        return EndpointFirewall(
            endpointID: String(repeating: name, count: 64), hostInterface: "v\(name)",
            mac: try #require(MACAddress(Self.macs[name] ?? "")),
            addresses: (addresses[name] ?? []).compactMap { IPAddress($0) })
    }

    // MARK: Connections

    /// Listens on a TCP port of every IPv4 address.
    func listen(_ name: String, _ port: UInt16) throws -> Listener {
        let descriptor = try space(name).socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        let status = unsafe withSocketAddress(0, port) { unsafe bind(descriptor.rawValue, $0, $1) }
        try #require(status == 0)
        try #require(Glibc.listen(descriptor.rawValue, 16) == 0)
        return Listener(descriptor: descriptor)
    }

    /// Whether a TCP connection comes about within `milliseconds`.
    func connects(_ name: String, to address: String, _ port: UInt16, milliseconds: CInt = 1500) throws -> Bool {
        let descriptor = try space(name).socket(
            AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        let number = try #require(IPv4Address(address)).rawValue
        let status = unsafe withSocketAddress(number, port) { unsafe connect(descriptor.rawValue, $0, $1) }
        if status == 0 { return true }
        guard Errno.current.rawValue == EINPROGRESS else { return false }
        var waiting = pollfd(fd: descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&waiting, 1, milliseconds) == 1 else { return false }
        var failure: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        unsafe getsockopt(descriptor.rawValue, SOL_SOCKET, SO_ERROR, &failure, &length)
        return failure == 0
    }

    /// Whether it does not: a packet that is dropped is waited for in vain.
    func isCutOff(_ name: String, from address: String, _ port: UInt16) throws -> Bool {
        try !connects(name, to: address, port, milliseconds: 250)
    }

    /// A server; its connections come about by the kernel alone.
    struct Listener: ~Copyable {
        let descriptor: FileDescriptor

        /// Whom the next connection is from, `203.0.113.9`.
        func peer() throws -> String {
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let accepted = unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe accept(descriptor.rawValue, $0, &length)
                }
            }
            try #require(accepted >= 0)
            close(accepted)
            return IPv4Address(rawValue: UInt32(bigEndian: address.sin_addr.s_addr)).description
        }
    }
}

private func withSocketAddress(
    _ address: UInt32, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
) -> CInt {
    var value = sockaddr_in()
    value.sin_family = sa_family_t(AF_INET)
    value.sin_port = port.bigEndian
    value.sin_addr.s_addr = address.bigEndian
    return unsafe withUnsafePointer(to: value) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
}

/// Raw Ethernet on a device of a namespace.
struct RawPort: ~Copyable {
    private let descriptor: FileDescriptor

    init(_ space: NetworkNamespace, _ device: String) throws {
        let number = try space.run { () throws(SystemCallError) -> CInt in
            // AF_PACKET, SOCK_RAW, ETH_P_ALL; struct sockaddr_ll of <linux/if_packet.h>.
            let number = socket(17, CInt(SOCK_RAW.rawValue), CInt(UInt16(3).bigEndian))
            let index = unsafe if_nametoindex(device)
            var address: [UInt8] = [17, 0, 0, 3]
            for shift in 0..<4 { address.append(UInt8(truncatingIfNeeded: index >> (8 * UInt32(shift)))) }
            address += [UInt8](repeating: 0, count: 12)
            unsafe address.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                _ = unsafe bind(number, unsafe base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            }
            var limit = timeval(tv_sec: 2, tv_usec: 0)
            unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            return number
        }
        descriptor = FileDescriptor(owning: number)
    }

    func send(_ frame: [UInt8]) { _ = unsafe Glibc.send(descriptor.rawValue, frame, frame.count, 0) }

    /// The frames up to the first that equals `last`, without it; nil where it does not come.
    func receive(until last: [UInt8]) -> [[UInt8]]? {
        var frames: [[UInt8]] = []
        var buffer = [UInt8](repeating: 0, count: 2048)
        while frames.count < 1000 {
            let count = unsafe recv(descriptor.rawValue, &buffer, buffer.count, 0)
            if count <= 0 { return nil }
            let frame = Array(buffer[..<count])
            if frame == last { return frames }
            frames.append(frame)
        }
        return nil
    }
}
