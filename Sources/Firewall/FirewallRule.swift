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
    /// Whether its source is an address of this host.
    public var sourceIsLocal: Bool
    /// Whether its destination is an address of this host.
    public var destinationIsLocal: Bool
    /// Whether it belongs to a connection that is known already.
    public var isOfKnownConnection: Bool
    /// What happens.
    public var verdict: RuleVerdict
    /// What the rule is there for.
    public var origin: RuleOrigin

    /// Describes a rule; what is not named is not looked at.
    public init(
        source: Condition<IPPrefix>? = nil, destination: Condition<IPPrefix>? = nil, input: Condition<String>? = nil,
        output: Condition<String>? = nil, transport: TransportProtocol? = nil, destinationPort: UInt16? = nil,
        sourceIsLocal: Bool = false, destinationIsLocal: Bool = false, isOfKnownConnection: Bool = false,
        _ verdict: RuleVerdict,
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
        self.isOfKnownConnection = isOfKnownConnection
        self.verdict = verdict
        self.origin = origin
    }

    /// The rule as `iptables -S` prints it after the chain's name, so that what is wanted and what is there can be
    /// compared as text.
    public var description: String {
        var words: [String] = []
        func add(_ option: String, _ text: String?, negated: Bool?) {
            guard let text else { return }
            if negated == true { words.append("!") }
            words += [option, text]
        }
        add("-s", source?.value.network.description, negated: source?.negated)
        add("-d", destination?.value.network.description, negated: destination?.negated)
        add("-i", input?.value, negated: input?.negated)
        add("-o", output?.value, negated: output?.negated)
        if let transport {
            words += ["-p", transport.rawValue]
            if let destinationPort { words += ["-m", transport.rawValue, "--dport", String(destinationPort)] }
        }
        if sourceIsLocal { words += ["-m", "addrtype", "--src-type", "LOCAL"] }
        if destinationIsLocal { words += ["-m", "addrtype", "--dst-type", "LOCAL"] }
        if isOfKnownConnection { words += ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED"] }
        words.append("-j")
        switch verdict {
        case .accept: words.append("ACCEPT")
        case .drop: words.append("DROP")
        case .return: words.append("RETURN")
        case .jump(let chain): words.append(chain)
        case .masquerade: words.append("MASQUERADE")
        case .sourceNAT(let address): words += ["SNAT", "--to-source", address.description]
        case .destinationNAT(.v4(let address), let port): words += ["DNAT", "--to-destination", "\(address):\(port)"]
        case .destinationNAT(.v6(let address), let port): words += ["DNAT", "--to-destination", "[\(address)]:\(port)"]
        }
        return words.joined(separator: " ")
    }
}
