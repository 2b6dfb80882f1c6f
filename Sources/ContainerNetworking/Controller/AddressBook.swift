import AddressAllocation
import IPAddressing

/// Who has which address: the pools of all networks, one a family, and the addresses that are set aside for containers
/// that may not be running. A value without side effects.
struct AddressBook: Hashable, Sendable {
    /// Why an address is not free.
    private struct Holding: Hashable {
        var containerID: String
        /// Set aside over restarts.
        var isReserved = false
        /// On an interface, or on its way there.
        var isTaken = false
    }

    private struct Key: Hashable {
        var networkID: String
        var family: IPFamily
    }

    private var pools: [Key: AddressPool] = [:]
    private var holdings: [String: [IPAddress: Holding]] = [:]

    /// Opens a network's pools, with nothing taken.
    mutating func open(_ record: NetworkRecord) {
        if record.isConfigOnly { return }
        for family in IPFamily.allCases { pools[Key(networkID: record.id, family: family)] = record.pool(of: family) }
        holdings[record.id] = [:]
    }

    /// Forgets a network.
    mutating func close(networkID: String) {
        for family in IPFamily.allCases { pools[Key(networkID: networkID, family: family)] = nil }
        holdings[networkID] = nil
    }

    /// Whether an endpoint has an address of the network, or is about to.
    func isInUse(networkID: String) -> Bool { holdings[networkID]?.values.contains { $0.isTaken } == true }

    /// Whether the network has addresses of a family.
    func hasPool(_ family: IPFamily, networkID: String) -> Bool {
        pools[Key(networkID: networkID, family: family)] != nil
    }

    /// Takes the address that is set aside for the container, else the lowest free one.
    ///
    /// - Returns: nil where none is left, or the network has no such family.
    mutating func takeAny(_ family: IPFamily, on networkID: String, for containerID: String) -> IPAddress? {
        let own = reserved(on: networkID, for: containerID).first { $0.family == family }
        if let own, holdings[networkID]?[own]?.isTaken == false {
            holdings[networkID]?[own]?.isTaken = true
            return own
        }
        guard let address = pools[Key(networkID: networkID, family: family)]?.allocate() else { return nil }
        holdings[networkID, default: [:]][address] = Holding(containerID: containerID, isTaken: true)
        return address
    }

    /// Takes an address that was asked for; one that is set aside for this very container is its own.
    mutating func take(_ address: IPAddress, on networkID: String, for containerID: String) throws(AddressError) {
        try hold(address, networkID, containerID) { $0.isTaken = true }
    }

    /// Gives an address back that was taken; it stays set aside where it was.
    mutating func giveBack(_ address: IPAddress, on networkID: String, for containerID: String) {
        loosen(address, networkID, containerID) { $0.isTaken = false }
    }

    /// Sets an address aside.
    mutating func reserve(_ address: IPAddress, on networkID: String, for containerID: String) throws(AddressError) {
        try hold(address, networkID, containerID) { $0.isReserved = true }
    }

    /// Addresses that are set aside for a container on a network.
    func reserved(on networkID: String, for containerID: String) -> Set<IPAddress> {
        let own = (holdings[networkID] ?? [:]).filter { $0.value.isReserved && $0.value.containerID == containerID }
        return Set(own.keys)
    }

    /// Gives back what was set aside for a container, on one network or on all; what it has taken it keeps.
    mutating func release(containerID: String, on networkID: String?) {
        for network in networkID.map({ [$0] }) ?? Array(holdings.keys) {
            for address in reserved(on: network, for: containerID) {
                loosen(address, network, containerID) { $0.isReserved = false }
            }
        }
    }

    private mutating func hold(
        _ address: IPAddress, _ networkID: String, _ containerID: String, _ mark: (inout Holding) -> Void
    ) throws(AddressError) {
        let key = Key(networkID: networkID, family: address.family)
        var holding = holdings[networkID]?[address]
        if holding == nil || holding?.containerID != containerID {
            guard pools[key] != nil else {
                throw AddressError(address: address, subnet: IPPrefix(only: address), kind: .outOfSubnet)
            }
            try pools[key]?.reserve(address)
            holding = Holding(containerID: containerID)
        }
        if var holding {
            mark(&holding)
            holdings[networkID, default: [:]][address] = holding
        }
    }

    private mutating func loosen(
        _ address: IPAddress, _ networkID: String, _ containerID: String, _ mark: (inout Holding) -> Void
    ) {
        guard var holding = holdings[networkID]?[address], holding.containerID == containerID else { return }
        mark(&holding)
        if holding.isReserved || holding.isTaken {
            holdings[networkID]?[address] = holding
        } else {
            holdings[networkID]?[address] = nil
            pools[Key(networkID: networkID, family: address.family)]?.release(address)
        }
    }
}
