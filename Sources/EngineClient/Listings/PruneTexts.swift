public import EngineAPI

/// What the engine can clean up, in the order in which `system prune` does it, and what is said of it.
public enum PruneKind: CaseIterable, Sendable {
    /// Containers that do not run.
    case containers
    /// Networks without containers.
    case networks
    /// Volumes without containers.
    case volumes
    /// Images without names, or without containers.
    case images
    /// What builds left; engines without builds have nothing there.
    case buildCache

    /// Where the API does it.
    public var path: String {
        switch self {
        case .containers: "/containers/prune"
        case .networks: "/networks/prune"
        case .volumes: "/volumes/prune"
        case .images: "/images/prune"
        case .buildCache: "/build/prune"
        }
    }

    /// What goes, in the words of the question.
    ///
    /// - Parameter all: whether the user asked for more than what is usual.
    func what(all: Bool) -> String {
        switch self {
        case .containers: "all stopped containers"
        case .networks: "all custom networks not used by at least one container"
        case .volumes: (all ? "all" : "anonymous") + " local volumes not used by at least one container"
        case .images: all ? "all images without at least one container associated to them" : "all dangling images"
        case .buildCache: all ? "all build cache" : "unused build cache"
        }
    }

    /// The question of a command of its own, as `container prune`.
    public func question(all: Bool) -> String {
        "WARNING! This will remove \(what(all: all)).\nAre you sure you want to continue?"
    }

    /// The question of `system prune`.
    ///
    /// - Parameters:
    ///   - kinds: what is cleaned up.
    ///   - all: whether images with names go, too.
    ///   - filters: `NAME=VALUE` from the command line.
    public static func question(_ kinds: [PruneKind], all: Bool, filters: [String]) -> String {
        var text = "WARNING! This will remove:"
        for kind in kinds {
            switch kind {
            case .networks: text += "\n  - all networks not used by at least one container"
            case .volumes: text += "\n  - all anonymous volumes not used by at least one container"
            default: text += "\n  - " + kind.what(all: all)
            }
        }
        text += "\n"
        let shown = filters.filter { filter in ["label=", "label!=", "until="].contains { filter.hasPrefix($0) } }
        if !shown.isEmpty {
            text += "\n  Items to be pruned will be filtered with:"
            for filter in shown.sorted(by: NaturalOrder.precedes) { text += "\n  - " + filter }
            text += "\n"
        }
        return text + "\nAre you sure you want to continue?"
    }

    /// What was removed, in words, from the API's reply; empty where nothing was.
    public func report(_ reply: JSONValue) -> String {
        let title: String
        var lines: [String]
        switch self {
        case .containers: (title, lines) = ("Deleted Containers:", reply["ContainersDeleted"]?.strings ?? [])
        case .networks: (title, lines) = ("Deleted Networks:", reply["NetworksDeleted"]?.strings ?? [])
        case .volumes: (title, lines) = ("Deleted Volumes:", reply["VolumesDeleted"]?.strings ?? [])
        case .buildCache: (title, lines) = ("Deleted build cache objects:", reply["CachesDeleted"]?.strings ?? [])
        case .images:
            title = "Deleted Images:"
            lines = (reply["ImagesDeleted"]?.elements ?? []).map { item in
                let untagged = item.text("Untagged")
                return untagged.isEmpty ? "deleted: \(item.text("Deleted"))" : "untagged: \(untagged)"
            }
        }
        return lines.isEmpty ? "" : title + "\n" + lines.map { $0 + "\n" }.joined()
    }

    /// The bytes that were given back; only counted where something was removed.
    public func reclaimed(_ reply: JSONValue) -> Int64 {
        report(reply).isEmpty ? 0 : reply.number("SpaceReclaimed")
    }
}
