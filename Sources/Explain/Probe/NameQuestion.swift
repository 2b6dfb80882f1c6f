import CLinux
import Glibc
import IPAddressing
import SystemCalls

/// One question to a name server, as the source itself would ask it (RFC 1035).
enum NameQuestion {
    /// The first IPv4 address of a name; nil where nobody answers within 800 ms, or there is none.
    static func ask(_ name: String, _ server: IPAddress, _ station: Station) -> IPAddress? {
        let family = server.family == .v4 ? AF_INET : AF_INET6
        guard let socket = try? station.namespace.socket(family, CInt(SOCK_DGRAM.rawValue), 0),
            (try? socket.setNonBlocking(true)) != nil,
            (try? InternetSocket.connect(socket.rawValue, server.bytes, port: 53)) != nil
        else { return nil }
        var question: [UInt8] = [0x43, 0x57, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.split(separator: ".") where label.utf8.count < 64 {
            question += [UInt8(label.utf8.count)] + Array(label.utf8)
        }
        question += [0, 0, 1, 0, 1]
        guard case .bytes = InternetSocket.send(socket.rawValue, question.span) else { return nil }
        guard FileDescriptor.waitReadable(socket.rawValue, milliseconds: 800), let answer = try? socket.read(upTo: 1500)
        else { return nil }
        return address(answer, after: question.count)
    }

    /// The first A record of an answer.
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
            if type == 1, length == 4 { return IPAddress(bytes: answer[offset..<offset + 4]) }
            offset += length
        }
        return nil
    }
}
