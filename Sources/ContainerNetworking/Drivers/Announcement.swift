import Glibc
import IPAddressing
import Logging
import RouteNetlink
import SystemCalls

/// Tells the neighbours who has an address from now on, where they may know another: gratuitous ARP (RFC 5227) and
/// unsolicited neighbour advertisements (RFC 4861 section 7.2.6), once.
struct Announcement: Sendable {
    /// The interface inside.
    var interfaceName: String
    /// Its Ethernet address; nil takes what the interface has.
    var mac: MACAddress?
    /// The addresses.
    var addresses: [IPAddress]

    /// Sends them out of the interface. Blocks for a moment.
    func send(in namespace: NetworkNamespace) throws {
        guard let link = try RouteSocket(in: namespace).link(named: interfaceName), let mac = mac ?? link.mac else {
            return
        }
        let socket = try namespace.socket(AF_PACKET, CInt(SOCK_RAW.rawValue), 0)
        for address in addresses { try socket.sendFrame(Self.frame(address, mac), device: link.index) }
    }

    /// The whole frame. Pure.
    static func frame(_ address: IPAddress, _ mac: MACAddress) -> [UInt8] {
        switch address {
        case .v4(let address):
            let bytes = IPAddress.v4(address).bytes
            // To all; ARP, a request for its own address from itself.
            return [UInt8](repeating: 0xFF, count: 6) + mac.bytes + [0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1] + mac.bytes
                + bytes + [UInt8](repeating: 0, count: 6) + bytes
        case .v6(let address):
            let allNodes = [0xFF, 0x02] + [UInt8](repeating: 0, count: 13) + [1]
            // Type 136, override; the target, and its Ethernet address as option 2.
            var message: [UInt8] = [136, 0, 0, 0, 0x20, 0, 0, 0] + address.bytes + [2, 1] + mac.bytes
            let sum = checksum(address.bytes + allNodes + [0, 0, 0, UInt8(message.count), 0, 0, 0, 58] + message)
            message[2] = UInt8(sum >> 8)
            message[3] = UInt8(sum & 0xFF)
            return [0x33, 0x33, 0, 0, 0, 1] + mac.bytes + [0x86, 0xDD]
                + [0x60, 0, 0, 0, 0, UInt8(message.count), 58, 255] + address.bytes + allNodes + message
        }
    }

    /// RFC 1071, over an even number of bytes.
    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count - 1, by: 2) {
            sum += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
        }
        while sum >> 16 != 0 { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }
}

extension NetworkController {
    /// Tells the neighbours of an endpoint, beside the caller's work. On a bridge, an address of IPv4 alone always comes
    /// with the same Ethernet address unless one was asked for: then there is nothing to tell.
    func announce(_ endpoint: EndpointRecord, on record: NetworkRecord, macIsGiven: Bool) {
        if record.routesByDevice || record.driver == "bridge" && !macIsGiven && endpoint.ipv6Address.isEmpty { return }
        let addresses = [endpoint.ipv4Address, endpoint.ipv6Address].compactMap { IPAddress($0) }
        let announcement = Announcement(
            interfaceName: endpoint.interfaceName, mac: MACAddress(endpoint.macAddress), addresses: addresses)
        let (driver, logger) = (driver, logger)
        Task {
            do {
                try await BlockingWork.run {
                    // The kernel takes its time to open a bridge's new port.
                    for _ in 0..<50 where !endpoint.hostInterface.isEmpty {
                        if try driver?.host.link(named: endpoint.hostInterface)?.portState == 3 { break }
                        usleep(10_000)
                    }
                    try announcement.send(in: NetworkNamespace(path: endpoint.sandboxPath))
                }
            } catch {
                logger.debug("an address was not announced", metadata: ["why": "\(error)"])
            }
        }
    }
}
