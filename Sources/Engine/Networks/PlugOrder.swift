import ContainerNetworking
import EngineAPI

/// In which order a container is plugged into its networks. Pure.
enum PlugOrder {
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

    /// Whether ports can be published on a network: on a bridge with a way out.
    static func publishes(_ network: NetworkRecord) -> Bool { network.driver == "bridge" && !network.isInternal }
}
