import IPAddressing

extension NetworkRecord {
    /// What an interface inside is called: what the request asks for, else the lowest free number after the network's
    /// prefix, `eth0`, `eth1`. Pure.
    ///
    /// - Parameter taken: the names of the container's other interfaces.
    /// - Throws: `.invalid` for a name that the kernel does not take or that the container has.
    func interfaceName(for request: EndpointRequest, taken: Set<String>) throws(NetworkError) -> String {
        if let wanted = request.interfaceName, !wanted.isEmpty {
            let tried = "failed to add interface to sandbox: error renaming interface to \"\(wanted)\""
            if wanted.utf8.count > 15 {
                throw NetworkError(
                    .invalid, "\(tried): numerical result out of range: an interface's name has at most 15 characters")
            }
            if !InterfaceName.isValid(wanted) {
                throw NetworkError(
                    .invalid, "\(tried): invalid argument: an interface's name has no space, '/' or ':' in it")
            }
            if wanted == "lo" || taken.contains(wanted) {
                throw NetworkError(.invalid, "\(tried): file exists: the container has an interface of that name")
            }
            return wanted
        }
        let prefix = (driver == "bridge" ? bridgeOptions.interfacePrefix : nil) ?? "eth"
        var number = 0
        while taken.contains("\(prefix)\(number)") { number += 1 }
        return "\(prefix)\(number)"
    }

    /// An interface's Ethernet address: the one asked for, else one that follows from its IP address, so that it stays
    /// with the address from run to run and nobody's neighbour cache grows stale; nil where it has its parent's. Pure.
    func interfaceMAC(
        for request: EndpointRequest, _ ipv4: IPAddress?, _ ipv6: IPAddress?
    ) -> MACAddress? {
        if driver == "ipvlan" { return nil }
        if let mac = request.macAddress { return mac }
        if case .v4(let address) = ipv4 { return MACAddress(endpoint: address) }
        return ipv6.map { MACAddress(hashing: $0.bytes) }
    }

    /// A link-local address that was asked for, with the length of its block: 169.254.0.0/16 and fe80::/64 (RFC 3927,
    /// RFC 4291); any other is taken as a host's.
    static func linkLocalPrefix(_ address: IPAddress) -> IPPrefix? {
        switch address {
        case .v4(let number): IPPrefix(address, length: number.rawValue >> 16 == 0xA9FE ? 16 : 32)
        case .v6(let number): IPPrefix(address, length: number.isLinkLocal ? 64 : 128)
        }
    }
}

extension MACAddress {
    /// A stable address for some bytes: FNV-1a over them, locally administered, unicast.
    init(hashing bytes: [UInt8]) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        self.init(rawValue: (hash ^ hash >> 48) & 0xFCFF_FFFF_FFFF | 0x0200_0000_0000)
    }
}
