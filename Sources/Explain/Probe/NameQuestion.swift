import CLinux
import Glibc
import IPAddressing
import SystemCalls

/// One question to a name server, as the source itself would ask it (RFC 1035).
enum NameQuestion {
    /// What came of it.
    enum Outcome: Hashable {
        /// The first address.
        case address(IPAddress)
        /// The server answers, but knows no address: its response code, 3 being that there is no such name.
        case unknown(code: UInt8)
        /// Nothing listens at the server's port.
        case refused
        /// Nobody answered in time.
        case silent
    }

    /// Asks for an IPv4 address, and where there is none for an IPv6 one; waits 500 ms for each.
    static func ask(_ name: String, _ server: IPAddress, _ station: Station) -> Outcome {
        let first = ask(name, type: 1, server, station)
        guard case .unknown(0) = first else { return first }
        return ask(name, type: 28, server, station)
    }

    private static func ask(_ name: String, type: UInt8, _ server: IPAddress, _ station: Station) -> Outcome {
        let family = server.family == .v4 ? AF_INET : AF_INET6
        guard let socket = try? station.namespace.socket(family, CInt(SOCK_DGRAM.rawValue), 0),
            (try? socket.setNonBlocking(true)) != nil,
            (try? InternetSocket.connect(socket.rawValue, server.bytes, port: 53)) != nil
        else { return .silent }
        var question: [UInt8] = [0x43, 0x57, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.split(separator: ".") where label.utf8.count < 64 {
            question += [UInt8(label.utf8.count)] + Array(label.utf8)
        }
        question += [0, 0, type, 0, 1]
        guard case .bytes = InternetSocket.send(socket.rawValue, question.span) else { return .silent }
        guard FileDescriptor.waitReadable(socket.rawValue, milliseconds: 500) else { return .silent }
        guard let answer = try? socket.read(upTo: 1500), answer.count >= 12 else { return .refused }
        return address(answer, after: question.count).map { .address($0) } ?? .unknown(code: answer[3] & 0xF)
    }

    /// The first A or AAAA record of an answer.
    static func address(_ answer: [UInt8], after start: Int) -> IPAddress? {
        var offset = start
        while offset + 12 <= answer.count {
            // The owner's name: a pointer, or labels.
            while offset < answer.count, answer[offset] != 0, answer[offset] & 0xC0 == 0 {
                offset += Int(answer[offset]) + 1
            }
            offset += offset < answer.count && answer[offset] & 0xC0 != 0 ? 2 : 1
            guard offset + 10 <= answer.count else { return nil }
            let type = UInt16(answer[offset]) << 8 | UInt16(answer[offset + 1])
            let length = Int(answer[offset + 8]) << 8 | Int(answer[offset + 9])
            offset += 10
            guard offset + length <= answer.count else { return nil }
            if type == 1 && length == 4 || type == 28 && length == 16 {
                return IPAddress(bytes: answer[offset..<offset + length])
            }
            offset += length
        }
        return nil
    }
}
