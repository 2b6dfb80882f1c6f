public import IPAddressing

/// A value that a packet has to have, or must not have.
public struct Condition<Value: Hashable & Sendable>: Hashable, Sendable {
    /// What is compared with.
    public var value: Value
    /// Whether the rule matches packets that differ.
    public var negated: Bool

    /// The packet has this value.
    public static func equals(_ value: Value) -> Condition { Condition(value: value, negated: false) }
    /// The packet has any other value.
    public static func not(_ value: Value) -> Condition { Condition(value: value, negated: true) }
}

/// What happens to a packet that a rule matches.
public enum RuleVerdict: Hashable, Sendable {
    /// It may pass.
    case accept
    /// It is dropped, without an answer.
    case drop
    /// The calling chain goes on.
    case `return`
    /// Another chain judges it.
    case jump(String)
    /// Its source becomes the address that the way out has.
    case masquerade
    /// Its source becomes this address.
    case sourceNAT(IPAddress)
    /// Its destination becomes this address and port.
    case destinationNAT(IPAddress, port: UInt16)
}

/// What the kernel's connection tracking knows of a packet's connection; a packet may be in several of these states.
public enum ConnectionState: String, Hashable, Sendable {
    /// The connection was answered already, or the packet belongs to such a one, as an ICMP error does.
    case known = "RELATED,ESTABLISHED"
    /// The connection's destination was translated: it came by a published port. Its answers are in this state, too.
    case translated = "DNAT"
    /// One of both.
    case knownOrTranslated = "RELATED,ESTABLISHED,DNAT"
}

/// Messages of ICMP (RFC 792) and ICMPv6 (RFC 4443).
public enum ControlMessage: Hashable, Sendable {
    /// Every message of IPv4's ICMP.
    case ipv4
    /// Every message of IPv6's ICMP.
    case ipv6
    /// Who has this IPv6 address? (RFC 4861)
    case neighbourSolicitation
    /// I have it.
    case neighbourAdvertisement
}

/// A rule as a value: what it matches, what it does, and what it is there for.
public struct FirewallRule: Hashable, Sendable, CustomStringConvertible {
    /// The packet's source.
    public var source: Condition<IPPrefix>?
    /// The packet's destination.
    public var destination: Condition<IPPrefix>?
    /// The interface it came in by.
    public var input: Condition<String>?
    /// The interface it is to leave by.
    public var output: Condition<String>?
    /// Its protocol.
    public var transport: TransportProtocol?
    /// Its destination port; needs a protocol.
    public var destinationPort: UInt16?
    /// Which message of ICMP it is; in place of a protocol.
    public var message: ControlMessage?
    /// Whether its source has to be an address of this host.
    public var sourceIsLocal: Bool
    /// Whether its destination has to be an address of this host (true) or must not be (false).
    public var destinationIsLocal: Bool?
    /// What is known of its connection.
    public var connection: Condition<ConnectionState>?
    /// Whether its connection must, besides, have had its destination translated.
    public var isTranslated: Bool
    /// What happens.
    public var verdict: RuleVerdict
    /// What the rule is there for.
    public var origin: RuleOrigin

    /// Describes a rule; what is not named is not looked at.
    public init(
        source: Condition<IPPrefix>? = nil, destination: Condition<IPPrefix>? = nil, input: Condition<String>? = nil,
        output: Condition<String>? = nil, transport: TransportProtocol? = nil, destinationPort: UInt16? = nil,
        message: ControlMessage? = nil, sourceIsLocal: Bool = false, destinationIsLocal: Bool? = nil,
        connection: Condition<ConnectionState>? = nil, isTranslated: Bool = false, _ verdict: RuleVerdict,
        for origin: RuleOrigin
    ) {
        self.source = source
        self.destination = destination
        self.input = input
        self.output = output
        self.transport = transport
        self.destinationPort = destinationPort
        self.sourceIsLocal = sourceIsLocal
        self.destinationIsLocal = destinationIsLocal
        self.message = message
        self.connection = connection
        self.isTranslated = isTranslated
        self.verdict = verdict
        self.origin = origin
    }

    /// The rule as `iptables -S` prints it after the chain's name, so that what is wanted and what is there can be
    /// compared as text.
    public var description: String {
        var text = ""
        func add(_ option: String, _ value: some CustomStringConvertible, negated: Bool) {
            text += negated ? "! \(option) \(value) " : "\(option) \(value) "
        }
        if let source { add("-s", source.value.network, negated: source.negated) }
        if let destination { add("-d", destination.value.network, negated: destination.negated) }
        if let input { add("-i", input.value, negated: input.negated) }
        if let output { add("-o", output.value, negated: output.negated) }
        if let transport {
            text += "-p \(transport.rawValue) "
            if let destinationPort { text += "-m \(transport.rawValue) --dport \(destinationPort) " }
        }
        if let message { text += message.description + " " }
        if sourceIsLocal { text += "-m addrtype --src-type LOCAL " }
        if let destinationIsLocal { text += "-m addrtype \(destinationIsLocal ? "" : "! ")--dst-type LOCAL " }
        if let connection {
            text += "-m conntrack \(connection.negated ? "! " : "")--ctstate \(connection.value.rawValue) "
        }
        if isTranslated { text += "-m conntrack --ctstate \(ConnectionState.translated.rawValue) " }
        return text + "-j \(verdict)"
    }
}

extension ControlMessage: CustomStringConvertible {
    /// The match as `iptables -S` prints it.
    public var description: String {
        switch self {
        case .ipv4: "-p icmp"
        case .ipv6: "-p ipv6-icmp"
        case .neighbourSolicitation: "-p ipv6-icmp -m icmp6 --icmpv6-type 135"
        case .neighbourAdvertisement: "-p ipv6-icmp -m icmp6 --icmpv6-type 136"
        }
    }
}

extension RuleVerdict: CustomStringConvertible {
    /// The target as `iptables -S` prints it.
    public var description: String {
        switch self {
        case .accept: "ACCEPT"
        case .drop: "DROP"
        case .return: "RETURN"
        case .jump(let chain): chain
        case .masquerade: "MASQUERADE"
        case .sourceNAT(let address): "SNAT --to-source \(address)"
        case .destinationNAT(.v4(let address), let port): "DNAT --to-destination \(address):\(port)"
        case .destinationNAT(.v6(let address), let port): "DNAT --to-destination [\(address)]:\(port)"
        }
    }
}
