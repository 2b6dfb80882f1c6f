import Glibc
import IPAddressing
import NFTables
import SystemCalls
import Testing

private let isRoot = getuid() == 0

/// A network namespace of the test's own, with loopback up.
final class PrivateNamespace {
    let namespace: NetworkNamespace
    private let path = "/tmp/t-nft-\(getpid())-\(UInt32.random(in: 0 ... .max))"

    init() throws {
        _ = try NetworkNamespace.make(at: path)
        namespace = try NetworkNamespace(path: path)
        _ = try run("/usr/sbin/ip", ["link", "set", "lo", "up"])
    }

    deinit { try? NetworkNamespace.remove(at: path) }

    func run(_ program: String, _ arguments: [String]) throws -> String {
        let output = try ChildProcess.run(
            ChildRequest(program, arguments, environment: ["PATH=/usr/sbin:/usr/bin"], networkNamespace: namespace))
        guard output.status.isSuccess else {
            Issue.record("\(program) \(arguments): \(output.errorText)")
            return ""
        }
        return output.text
    }
}

/// Both ends of a conversation on loopback, without waiting for longer than two seconds.
private func converse(_ namespace: NetworkNamespace, _ kind: CInt, port: UInt16, to target: UInt16) throws -> String {
    try namespace.run { () throws(SystemCallError) -> String in
        func address(_ port: UInt16) -> sockaddr_in {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_000B).bigEndian
            return address
        }
        func with(_ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
            unsafe withUnsafePointer(to: address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        let server = socket(AF_INET, kind, 0)
        let client = socket(AF_INET, kind, 0)
        defer {
            close(server)
            close(client)
        }
        for descriptor in [server, client] {
            unsafe setsockopt(
                descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            unsafe setsockopt(
                descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard unsafe with(address(target), { unsafe bind(server, $0, $1) }) == 0 else {
            return "bind: \(Errno.current)"
        }
        let isStream = kind == CInt(SOCK_STREAM.rawValue)
        if isStream { listen(server, 1) }
        guard unsafe with(address(port), { unsafe connect(client, $0, $1) }) == 0 else {
            return "connect: \(Errno.current)"
        }
        unsafe send(client, "ask", 3, 0)
        var buffer = [UInt8](repeating: 0, count: 16)
        let peer: CInt
        if isStream {
            peer = accept(server, nil, nil)
            unsafe recv(peer, &buffer, 16, 0)
            unsafe send(peer, "answer", 6, 0)
        } else {
            var from = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            unsafe withUnsafeMutablePointer(to: &from) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = unsafe recvfrom(server, &buffer, 16, 0, $0, &length)
                }
            }
            peer = -1
            _ = unsafe with(from) { unsafe CInt(sendto(server, "answer", 6, 0, $0, $1)) }
        }
        if peer >= 0 { close(peer) }
        let count = unsafe recv(client, &buffer, 16, 0)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : "recv: \(Errno.current)"
    }
}

@Suite(.enabled(if: isRoot))
struct `The redirect to the resolver` {
    @Test(arguments: [SOCK_DGRAM, SOCK_STREAM])
    func `a client on port 53 reaches a socket on another port, and hears its answer`(kind: __socket_type) throws {
        let host = try PrivateNamespace()
        try ResolverRedirect.install(in: host.namespace, udp: 40053, tcp: 40054)
        let target: UInt16 = kind == SOCK_DGRAM ? 40053 : 40054
        #expect(try converse(host.namespace, CInt(kind.rawValue), port: 53, to: target) == "answer")
    }

    @Test func `a second one takes the place of the first, and reads well`() throws {
        let host = try PrivateNamespace()
        try ResolverRedirect.install(in: host.namespace, udp: 1000, tcp: 1001)
        try ResolverRedirect.install(in: host.namespace, udp: 40053, tcp: 40054)
        let expected = """
            table ip causeway_resolver {
            \tcomment "Causeway: the embedded resolver"
            \tchain output {
            \t\ttype filter hook output priority mangle; policy accept;
            \t\tip daddr 127.0.0.11 udp dport 53 udp dport set 40053 comment "queries to the embedded resolver"
            \t\tip saddr 127.0.0.11 udp sport 40053 udp sport set 53 comment "its answers"
            \t\tip daddr 127.0.0.11 tcp dport 53 tcp dport set 40054 comment "queries to the embedded resolver"
            \t\tip saddr 127.0.0.11 tcp sport 40054 tcp sport set 53 comment "its answers"
            \t}
            }

            """
        #expect(try host.run("/usr/sbin/nft", ["-s", "list", "ruleset"]) == expected)
    }
}
