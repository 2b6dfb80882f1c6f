import IPAddressing

/// A server that is asked for names nobody here has.
struct UpstreamServer: Hashable, Sendable, CustomStringConvertible {
    /// Whose network namespace it is asked from.
    enum Place: Hashable, Sendable {
        /// The host's: its own servers may listen on its loopback.
        case host
        /// The container's: servers that the user named for it.
        case sandbox
    }

    /// How many servers are tried; the C library's number, and Docker's.
    static let limit = 3

    /// Its address.
    let address: IPAddress
    /// The device of a link-local address, or empty.
    let zone: String
    /// Its port.
    let port: UInt16
    /// Whose network namespace it is asked from.
    let place: Place

    init(_ address: IPAddress, zone: String = "", port: UInt16 = 53, askedFrom place: Place) {
        self.address = address
        self.zone = zone
        self.port = port
        self.place = place
    }

    /// As Docker's comment in resolv.conf has it: `host(198.51.100.1)` or `198.51.100.1`.
    var description: String {
        let text = zone.isEmpty ? "\(address)" : "\(address)%\(zone)"
        return place == .host ? "host(\(text))" : text
    }

    /// The servers of a resolv.conf(5), all asked from the host. What is not an address is left out.
    static func parse(resolvConf text: String) -> [UpstreamServer] {
        var servers: [UpstreamServer] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "nameserver" else { continue }
            let parts = words[1].split(separator: "%", maxSplits: 1)
            guard let first = parts.first, let address = IPAddress(String(first)) else { continue }
            let zone = parts.count == 2 ? String(parts[1]) : ""
            servers.append(UpstreamServer(address, zone: zone, askedFrom: .host))
        }
        return Array(servers.prefix(limit))
    }
}
