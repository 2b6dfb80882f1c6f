import EngineAPI
import EngineClient

/// Commands that clean up: `container prune`, `image prune`, `network prune`, `volume prune`, `system prune`.
enum PruneCommands {
    static let all = [container, image, network, volume, system]

    private static let force = Flag("force", "f", .bool, "Do not prompt for confirmation")

    private static func filter(_ example: String) -> Flag {
        Flag("filter", nil, FilterOptions.flag().kind, "Provide filter values (e.g. \"\(example)\")")
    }

    /// Asks the user; anything but `y` means no.
    private static func isSure(_ question: String) -> Bool {
        Console.print(question + " [y/N] ")
        return (readLine() ?? "").trimmedText.lowercased() == "y"
    }

    /// Cleans up one kind, says what went, and returns how many bytes that gave back.
    private static func prune(
        _ call: Invocation, _ kind: PruneKind, adding more: [(String, String)] = [], query: [(String, String)] = []
    ) throws(ClientError) -> Int64 {
        var query = query
        if let filters = FilterOptions.query(call.arguments, adding: more) { query.append(("filters", filters)) }
        let reply = try call.client.json(EngineRequest("POST", kind.path, query: query))
        let report = kind.report(reply)
        if !report.isEmpty { Console.line(report) }
        return kind.reclaimed(reply)
    }

    private static func imageFilter(all: Bool) -> [(String, String)] { [("dangling", all ? "false" : "true")] }

    private static func total(_ bytes: Int64) {
        Console.line("Total reclaimed space: \(HumanUnits.size(bytes))")
    }

    private static let container = Command(
        ["container prune"], usage: "[OPTIONS]", "Remove all stopped containers",
        flags: [filter("until=<timestamp>"), force]
    ) { call throws(ClientError) in
        guard call.arguments.flag("force") || isSure(PruneKind.containers.question(all: false)) else { return 0 }
        total(try prune(call, .containers))
        return 0
    }

    private static let image = Command(
        ["image prune"], usage: "[OPTIONS]", "Remove unused images",
        flags: [
            Flag("all", "a", .bool, "Remove all unused images, not just dangling ones"), filter("until=<timestamp>"),
            force,
        ]
    ) { call throws(ClientError) in
        let all = call.arguments.flag("all")
        guard call.arguments.flag("force") || isSure(PruneKind.images.question(all: all)) else { return 0 }
        total(try prune(call, .images, adding: imageFilter(all: all)))
        return 0
    }

    private static let network = Command(
        ["network prune"], usage: "[OPTIONS]", "Remove all unused networks",
        flags: [filter("until=<timestamp>"), force]
    ) { call throws(ClientError) in
        guard call.arguments.flag("force") || isSure(PruneKind.networks.question(all: false)) else { return 0 }
        _ = try prune(call, .networks)
        return 0
    }

    private static let volume = Command(
        ["volume prune"], usage: "[OPTIONS]", "Remove unused local volumes",
        flags: [
            Flag("all", "a", .bool, "Remove all unused volumes, not just anonymous ones"), filter("label=<label>"),
            force,
        ]
    ) { call throws(ClientError) in
        let options = call.arguments
        let all = options.flag("all")
        if all, options.list("filter").contains(where: { $0.hasPrefix("all=") }) {
            throw .local("conflicting options: cannot specify both --all and --filter all=1")
        }
        guard options.flag("force") || isSure(PruneKind.volumes.question(all: all)) else { return 0 }
        total(try prune(call, .volumes, adding: all ? [("all", "true")] : []))
        return 0
    }

    private static let system = Command(
        ["system prune"], usage: "[OPTIONS]", "Remove unused data",
        flags: [
            Flag("all", "a", .bool, "Remove all unused images not just dangling ones"),
            filter("label=<key>=<value>"), force, Flag("volumes", nil, .bool, "Prune anonymous volumes"),
        ]
    ) { call throws(ClientError) in
        let options = call.arguments
        let all = options.flag("all")
        let filters = options.list("filter")
        if options.flag("volumes"), filters.contains(where: { $0.hasPrefix("until=") }) {
            throw .local("ERROR: The \"until\" filter is not supported with \"--volumes\"")
        }
        let kinds = PruneKind.allCases.filter { $0 != .volumes || options.flag("volumes") }
        guard options.flag("force") || isSure(PruneKind.question(kinds, all: all, filters: filters)) else { return 0 }
        var reclaimed: Int64 = 0
        for kind in kinds {
            switch kind {
            case .images: reclaimed += try prune(call, kind, adding: imageFilter(all: all))
            case .buildCache: reclaimed += try prune(call, kind, query: all ? [("all", "1")] : [])
            case .containers, .networks, .volumes: reclaimed += try prune(call, kind)
            }
        }
        total(reclaimed)
        return 0
    }
}
