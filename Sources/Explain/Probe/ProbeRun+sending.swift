import CLinux
import Glibc
import IPAddressing
import SystemCalls

/// The socket that sends: opened in the source's namespace, and asked whether it has its answer.
extension ProbeRun {
    static func open(_ flow: ProbeFlow, _ station: Station) throws -> FileDescriptor {
        let family = flow.destination.family == .v4 ? AF_INET : AF_INET6
        let socket: FileDescriptor =
            switch flow.kind {
            case .icmp: try station.namespace.socket(family, CInt(SOCK_RAW.rawValue), CInt(flow.protocolNumber))
            case .tcp: try station.namespace.socket(family, CInt(SOCK_STREAM.rawValue), 0)
            case .udp: try station.namespace.socket(family, CInt(SOCK_DGRAM.rawValue), 0)
            }
        try socket.setNonBlocking(true)
        if flow.kind == .icmp, family == AF_INET {
            // IP_MTU_DISCOVER, IP_PMTUDISC_PROBE: never fragmented, whatever is known of the path.
            try? SocketOption.set(socket.rawValue, level: 0, name: 10, value: 3)
        }
        return socket
    }

    /// Sends once; a TCP socket connects.
    ///
    /// - Returns: why the kernel would not.
    static func send(_ flow: ProbeFlow, _ number: CInt, sequence: UInt16, size: Int) -> Errno? {
        do {
            try InternetSocket.connect(number, flow.destination.bytes, port: flow.kind == .icmp ? 0 : flow.port)
        } catch {
            return error.errno
        }
        var bytes: [UInt8]
        switch flow.kind {
        case .tcp: return nil
        case .udp: bytes = Array("causeway".utf8)
        case .icmp:
            let type: UInt8 = flow.destination.family == .v4 ? 8 : 128
            bytes = [type, 0, 0, 0, UInt8(flow.number >> 8), UInt8(flow.number & 0xFF), 0, UInt8(sequence)]
            bytes += (0..<max(0, size)).map { UInt8(truncatingIfNeeded: $0) }
            if flow.destination.family == .v4 {
                let sum = checksum(bytes)
                bytes[2] = UInt8(sum >> 8)
                bytes[3] = UInt8(sum & 0xFF)
            }
        }
        if case .failed(let errno) = InternetSocket.send(number, bytes.span) { return errno }
        return nil
    }

    /// RFC 1071.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[index]) << 8 | UInt32(index + 1 < bytes.count ? bytes[index + 1] : 0)
        }
        while sum > 0xFFFF { sum = (sum & 0xFFFF) + (sum >> 16) }
        return ~UInt16(sum)
    }

    /// Whether the socket has what it asked for.
    static func hasAnswer(_ flow: ProbeFlow, _ sender: CInt) -> Bool {
        switch flow.kind {
        case .tcp:
            return isConnected(sender)
        case .udp, .icmp:
            for _ in 0..<64 {
                var buffer = [UInt8](repeating: 0, count: 2048)
                var count = 0
                var span = buffer.mutableSpan
                if case .bytes(let number) = InternetSocket.receive(sender, into: &span) {
                    count = number
                } else {
                    break
                }
                if flow.kind == .udp { return true }
                // With IPv4, a raw socket gets the header, too (raw(7)).
                let start = flow.destination.family == .v4 ? Int(buffer[0] & 0xF) * 4 : 0
                guard count >= start + 8, [0, 129].contains(buffer[start]) else { continue }
                if UInt16(buffer[start + 4]) << 8 | UInt16(buffer[start + 5]) == flow.number { return true }
            }
            return false
        }
    }

    /// getpeername(2) knows a peer once the connection is made.
    static func isConnected(_ number: CInt) -> Bool {
        var peer = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &peer) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getpeername(number, $0, &size) == 0
            }
        }
    }

    /// TCP ports that answer, with a connection or a refusal.
    ///
    /// - Returns: the first of them; nil where none does within 200 ms.
    static func answeringPort(of destination: IPAddress, from station: Station, among ports: [UInt16]) -> UInt16? {
        var asked: [(port: UInt16, socket: SharedFileDescriptor)] = []
        let family = destination.family == .v4 ? AF_INET : AF_INET6
        for port in ports {
            guard let socket = try? station.namespace.socket(family, CInt(SOCK_STREAM.rawValue), 0),
                (try? socket.setNonBlocking(true)) != nil,
                (try? InternetSocket.connect(socket.rawValue, destination.bytes, port: port)) != nil
            else { continue }
            asked.append((port, SharedFileDescriptor(socket)))
        }
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .milliseconds(200))
        repeat {
            for (port, socket) in asked {
                // ECONNREFUSED is an answer, too.
                if isConnected(socket.rawValue) || InternetSocket.connectionError(socket.rawValue)?.rawValue == 111 {
                    return port
                }
            }
            if let first = asked.first { _ = FileDescriptor.waitReadable(first.socket.rawValue, milliseconds: 10) }
        } while clock.now < end && !asked.isEmpty
        return nil
    }
}
