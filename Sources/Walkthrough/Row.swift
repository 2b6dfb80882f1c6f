/// A row of the table of what must work: one step of the walkthrough from a container to the internet.
public enum Row: String, CaseIterable, Sendable {
    /// `docker network ls`.
    case networks
    /// `docker inspect bridge`.
    case inspect
    /// `ip addr show docker0` and `brctl show`.
    case bridge
    /// `docker run -it` and `docker ps`.
    case shells
    /// `ip a` on both ends of each cable.
    case cables
    /// `ping` from red to blue.
    case neighbours
    /// `ip route` and `route -n`.
    case routes
    /// `iptables -S`.
    case rules
    /// `ping` from red to the internet.
    case internet

    /// What the row is called in the final table.
    public var title: String {
        switch self {
        case .networks: "docker network ls"
        case .inspect: "docker inspect bridge, docker network inspect bridge"
        case .bridge: "ip addr show docker0, brctl show"
        case .shells: "docker run -it red and blue, docker ps"
        case .cables: "ip a on the host and in the containers"
        case .neighbours: "ping red to blue, tcpdump -li docker0, ip neigh"
        case .routes: "ip route, route -n on the host and in red"
        case .rules: "iptables -t filter -S, iptables -t nat -S"
        case .internet: "ping 203.0.113.8 from red, tcpdump on docker0 and up0"
        }
    }
}

/// One fact that was looked at.
public struct Check: Hashable, Sendable {
    /// What was expected, in words.
    public let expectation: String
    /// Whether it was so.
    public let passed: Bool
}

/// How a row came out.
public struct RowResult: Sendable {
    /// Which row.
    public let row: Row
    /// Everything that was looked at, in order.
    public internal(set) var checks: [Check] = []

    /// A row passes where everything that was looked at was as expected, and something was looked at.
    public var passed: Bool { !checks.isEmpty && checks.allSatisfy(\.passed) }
    /// What was not as expected.
    public var failures: [String] { checks.filter { !$0.passed }.map(\.expectation) }
}
