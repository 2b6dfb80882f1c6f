import EngineAPI
import EngineClient

/// Commands that list containers and change their state.
enum ContainerCommands {
    static let all = [list, stop, restart, kill, pause, unpause, rename, remove, wait, top, port]

    private static let list = Command(
        ["ps", "container ls", "container list", "container ps"],
        aliases: ["container ls", "container list", "container ps", "ps"], usage: "[OPTIONS]", "List containers",
        flags: [
            Flag("all", "a", .bool, "Show all containers (default shows just running)"),
            FilterOptions.flag(), .listFormat,
            Flag(
                "last", "n", .int, "Show n last created containers (includes all states)", shownDefault: "-1"),
            Flag("latest", "l", .bool, "Show the latest created container (includes all states)"),
            Flag("no-trunc", nil, .bool, "Don't truncate output"),
            Flag("quiet", "q", .bool, "Only display container IDs"),
            Flag("size", "s", .bool, "Display total file sizes"),
        ]
    ) { call throws(ClientError) in
        let options = call.arguments
        let format = options.text("format")
        let size = options.flag("size")
        var query: [(String, String)] = []
        let last = options.flag("latest") ? 1 : options.integer("last") ?? -1
        if options.flag("all") || last > 0 { query.append(("all", "1")) }
        if last > 0 { query.append(("limit", String(last))) }
        if size || TableFormat.mentions(format, "Size") { query.append(("size", "1")) }
        if let filters = FilterOptions.query(options) { query.append(("filters", filters)) }
        let reply = try call.client.json(EngineRequest("GET", "/containers/json", query: query))
        let rows = ContainerListing.rows(reply, truncated: !options.flag("no-trunc"))
        Console.print(
            try ContainerListing.format(size: size).render(rows, format: format, isQuiet: options.flag("quiet")))
        return 0
    }

    private static let stopFlags = [
        Flag("signal", "s", .string, "Signal to send to the container"),
        Flag("timeout", "t", .int, "Seconds to wait before killing the container"),
        Flag("time", nil, .int, anotherNameFor: "timeout"),
    ]

    private static func stopQuery(_ options: ParsedArguments) -> [(String, String)] {
        var query: [(String, String)] = []
        if options.isSet("signal") { query.append(("signal", options.text("signal"))) }
        if options.isSet("timeout") { query.append(("t", options.text("timeout"))) }
        return query
    }

    private static func changing(
        _ name: String, _ summary: String, usage: String, flags: [Flag] = [],
        query: @escaping @Sendable (ParsedArguments) -> [(String, String)] = { _ in [] }
    ) -> Command {
        Command(
            [name, "container \(name)"], aliases: ["container \(name)", name], usage: usage, summary, flags: flags,
            operands: .atLeast(1)
        ) { call throws(ClientError) in
            let query = query(call.arguments)
            return try call.client.forEach(call.arguments.operands) {
                EngineRequest("POST", EngineClient.container($0, "/\(name)"), query: query)
            }
        }
    }

    private static let stop = changing(
        "stop", "Stop one or more running containers", usage: "[OPTIONS] CONTAINER [CONTAINER...]", flags: stopFlags,
        query: stopQuery)

    private static let restart = changing(
        "restart", "Restart one or more containers", usage: "[OPTIONS] CONTAINER [CONTAINER...]", flags: stopFlags,
        query: stopQuery)

    private static let kill = changing(
        "kill", "Kill one or more running containers", usage: "[OPTIONS] CONTAINER [CONTAINER...]",
        flags: [stopFlags[0]], query: stopQuery)

    private static let pause = changing(
        "pause", "Pause all processes within one or more containers", usage: "CONTAINER [CONTAINER...]")

    private static let unpause = changing(
        "unpause", "Unpause all processes within one or more containers", usage: "CONTAINER [CONTAINER...]")

    private static let rename = Command(
        ["rename", "container rename"], aliases: ["container rename", "rename"], usage: "CONTAINER NEW_NAME",
        "Rename a container", operands: .exactly(2)
    ) { call throws(ClientError) in
        let names = call.arguments.operands.map(\.trimmedText)
        if names.contains("") { throw .local("Error: Neither old nor new names may be empty") }
        do throws(ClientError) {
            try call.client.bytes(
                EngineRequest("POST", EngineClient.container(names[0], "/rename"), query: [("name", names[1])]))
        } catch {
            throw .local("\(error.message)\nError: failed to rename container named \(names[0])")
        }
        return 0
    }

    private static let remove = Command(
        ["rm", "container rm", "container remove"], aliases: ["container rm", "container remove", "rm"],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]", "Remove one or more containers",
        flags: [
            Flag("force", "f", .bool, "Force the removal of a running container (uses SIGKILL)"),
            Flag("link", "l", .bool, "Remove the specified link"),
            Flag("volumes", "v", .bool, "Remove anonymous volumes associated with the container"),
        ], operands: .atLeast(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let query = [("v", "volumes"), ("link", "link"), ("force", "force")].filter { options.flag($0.1) }
            .map { ($0.0, "1") }
        return try call.client.forEach(
            options.operands, ignoring: { options.flag("force") && $0.isNotFound }
        ) { name in
            EngineRequest(
                "DELETE", EngineClient.container(name.hasPrefix("/") ? String(name.dropFirst()) : name), query: query)
        }
    }

    private static let wait = Command(
        ["wait", "container wait"], aliases: ["container wait", "wait"], usage: "CONTAINER [CONTAINER...]",
        "Block until one or more containers stop, then print their exit codes", operands: .atLeast(1)
    ) { call throws(ClientError) in
        var failures: [String] = []
        for name in call.arguments.operands {
            do throws(ClientError) {
                let reply = try call.client.json(EngineRequest("POST", EngineClient.container(name, "/wait")))
                Console.line(String(reply.number("StatusCode")))
            } catch {
                failures.append(error.message)
            }
        }
        if !failures.isEmpty { throw .local(failures.joined(separator: "\n")) }
        return 0
    }

    private static let top = Command(
        ["top", "container top"], aliases: ["container top", "top"], usage: "CONTAINER [ps OPTIONS]",
        "Display the running processes of a container", interspersed: false, operands: .atLeast(1)
    ) { call throws(ClientError) in
        let operands = call.arguments.operands
        let arguments = operands.dropFirst().joined(separator: " ")
        let reply = try call.client.json(
            EngineRequest(
                "GET", EngineClient.container(operands[0], "/top"),
                query: arguments.isEmpty ? [] : [("ps_args", arguments)]))
        let rows = [reply["Titles"]?.strings ?? []] + (reply["Processes"]?.elements.map(\.strings) ?? [])
        let text = rows.map { $0.joined(separator: "\t") + "\n" }.joined()
        Console.print(TabWriter.align(text, minimumWidth: 20, padding: 3))
        return 0
    }

    private static let port = Command(
        ["port", "container port"], aliases: ["container port", "port"], usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
        "List port mappings or a specific mapping for the container", operands: .between(1, 2)
    ) { call throws(ClientError) in
        let operands = call.arguments.operands
        let ports = try call.client.inspectContainer(operands[0])["NetworkSettings"]?["Ports"] ?? .null
        let places = { (bindings: JSONValue) in
            bindings.elements.map { PortListing.joined($0.text("HostIp"), $0.text("HostPort")) }
        }
        if operands.count == 2 {
            let wanted = operands[1].contains("/") ? operands[1].lowercased() : operands[1] + "/tcp"
            guard let bindings = ports[wanted], !bindings.elements.isEmpty else {
                throw .local("Error: No public port '\(operands[1])' published for \(operands[0])")
            }
            for place in places(bindings) { Console.line(place) }
            return 0
        }
        let lines = ports.members.flatMap { port in places(port.value).map { "\(port.name) -> \($0)" } }
        for line in lines.sorted(by: NaturalOrder.precedes) { Console.line(line) }
        return 0
    }
}

extension String {
    /// Without spaces at both ends.
    var trimmedText: String {
        var part = self[...]
        while part.first?.isWhitespace == true { part = part.dropFirst() }
        while part.last?.isWhitespace == true { part = part.dropLast() }
        return String(part)
    }
}
