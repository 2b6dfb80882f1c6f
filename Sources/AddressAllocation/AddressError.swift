public import IPAddressing

/// Why an address cannot be had.
public struct AddressError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    public enum Kind: Hashable, Sendable {
        /// It is not in the pool's subnet.
        case outOfSubnet
        /// Somebody has it.
        case inUse
        /// It is the network's, the broadcast's, the gateway's or set aside: nobody may have it.
        case reserved(Reservation)
    }

    /// What an address is set aside for.
    public enum Reservation: String, Hashable, Sendable {
        /// The subnet's first address.
        case network = "the subnet's network address"
        /// The subnet's last address.
        case broadcast = "the subnet's broadcast address"
        /// The bridge's own.
        case gateway = "the network's gateway"
        /// Set aside by the user (`--aux-address`) or by the engine.
        case auxiliary = "set aside for something else"
    }

    /// Which address.
    public let address: IPAddress
    /// The pool's subnet.
    public let subnet: IPPrefix
    /// Why not.
    public let kind: Kind

    /// Describes a refusal.
    public init(address: IPAddress, subnet: IPPrefix, kind: Kind) {
        self.address = address
        self.subnet = subnet
        self.kind = kind
    }

    /// One line for people.
    public var description: String {
        switch kind {
        case .outOfSubnet: "address \(address) is not in the subnet \(subnet)"
        case .inUse: "address \(address) of the subnet \(subnet) is already in use"
        case .reserved(let reservation):
            "address \(address) of the subnet \(subnet) is reserved: it is \(reservation.rawValue)"
        }
    }
}
