import ContainerNetworking
import EngineAPI

/// Which of a container's networks comes first: for the names of its interfaces, and for its default route. Pure.
enum GatewayChoice {
    /// A container's place on a network.
    struct Candidate {
        var network: NetworkRecord
        var priority: Int
    }

    /// The order of plugging in, which numbers the interfaces: the default bridge, then by priority, then by name.
    static func plugsBefore(_ left: Candidate, _ right: Candidate) -> Bool {
        if (left.network.name == "bridge") != (right.network.name == "bridge") { return left.network.name == "bridge" }
        if left.priority != right.priority { return left.priority > right.priority }
        return left.network.name < right.network.name
    }

    /// Which gives the default route: by priority, then one with a way out, then one with both families, then by name.
    static func routesBefore(_ left: Candidate, _ right: Candidate) -> Bool {
        if left.priority != right.priority { return left.priority > right.priority }
        if left.network.isInternal != right.network.isInternal { return right.network.isInternal }
        let (leftIsDual, rightIsDual) = (isDual(left.network), isDual(right.network))
        if leftIsDual != rightIsDual { return leftIsDual }
        return left.network.name < right.network.name
    }

    private static func isDual(_ network: NetworkRecord) -> Bool { network.enableIPv4 && network.enableIPv6 }

    /// The network that ports are published on: that of the default route, where it is a bridge with a way out.
    static func publishes(_ candidates: [Candidate]) -> NetworkRecord? {
        guard let first = candidates.min(by: routesBefore)?.network else { return nil }
        return first.driver == "bridge" && !first.isInternal ? first : nil
    }
}
