import IPAddressing

extension NetworkCreation {
    /// Checks the subnets asked for, and names everything that is wrong at once, as Docker does.
    func checkPools(_ request: NetworkRequest) throws(NetworkError) {
        let wrong = request.pools.flatMap { Self.complaints($0, ipv6: request.enableIPv6 == true) }
        if wrong.isEmpty { return }
        let text = wrong.count == 1 ? wrong[0] : wrong.map { "* " + $0 }.joined(separator: "\n")
        throw NetworkError(.invalid, "invalid network config:\n" + text)
    }

    private static func complaints(_ wish: NetworkRequest.PoolWish, ipv6: Bool) -> [String] {
        guard let subnet = IPPrefix(wish.subnet) else {
            return ["invalid subnet \(wish.subnet): invalid CIDR block notation"]
        }
        // Docker leaves these out of account where the network has no IPv6.
        if subnet.family == .v6, !ipv6 { return [] }
        var wrong: [String] = []
        if !subnet.isNetwork { wrong.append("invalid subnet \(subnet): it should be \(subnet.network)") }
        wrong += rangeComplaints(wish.range, subnet)
        if let complaint = complaint(wish.gateway, subnet) {
            wrong.append("invalid gateway \(wish.gateway): \(complaint)")
        }
        for (name, address) in wish.auxiliary.sorted(by: { $0.key < $1.key }) {
            if let complaint = complaint(address, subnet) {
                wrong.append("invalid auxiliary address \(name): \(complaint)")
            }
        }
        return wrong
    }

    private static func rangeComplaints(_ text: String, _ subnet: IPPrefix) -> [String] {
        if text.isEmpty { return [] }
        guard let range = IPPrefix(text) else { return ["invalid ip-range \(text): invalid CIDR block notation"] }
        if range.family != subnet.family {
            return ["invalid ip-range \(text): parent subnet is an \(subnet.family.name) block"]
        }
        var wrong: [String] = []
        if range.length < subnet.length {
            wrong.append("invalid ip-range \(text): CIDR block is bigger than its parent subnet \(subnet)")
        }
        if !range.isNetwork { wrong.append("invalid ip-range \(range): it should be \(range.network)") }
        if !subnet.overlaps(range) {
            wrong.append("invalid ip-range \(text): parent subnet \(subnet) doesn't contain ip-range")
        }
        return wrong
    }

    private static func complaint(_ text: String, _ subnet: IPPrefix) -> String? {
        if text.isEmpty { return nil }
        guard let address = IPAddress(text) else { return "invalid address" }
        if address.family != subnet.family { return "parent subnet is an \(subnet.family.name) block" }
        return subnet.contains(address) ? nil : "parent subnet \(subnet) doesn't contain this address"
    }
}

extension IPFamily {
    /// `IPv4` or `IPv6`.
    var name: String { self == .v4 ? "IPv4" : "IPv6" }
}
