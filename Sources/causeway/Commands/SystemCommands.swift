import EngineAPI
import EngineClient

/// Commands about the engine itself: `version`, `info`, `events`, `system df`.
enum SystemCommands {
    static let all = [version, info, events, diskUsage]

    private static let version = Command(
        ["version"], usage: "[OPTIONS]", "Show the Causeway version information", flags: [.objectFormat()]
    ) { call throws(ClientError) in
        var failure: ClientError?
        var server: JSONValue?
        var apiVersion = EngineClient.newestVersion
        do throws(ClientError) {
            server = try call.client.json(EngineRequest("GET", "/version"))
            apiVersion = try call.client.version()
        } catch {
            failure = error
        }
        let client = ServerTexts.ClientVersion(version: Program.version, apiVersion: apiVersion, commit: "")
        let format = call.arguments.text("format")
        if format.isEmpty {
            Console.print(ServerTexts.version(client: client, server: server))
        } else {
            Console.line(try render(format, ServerTexts.versionValue(client: client, server: server)))
        }
        if let failure { throw failure }
        return 0
    }

    private static let info = Command(
        ["info", "system info"], aliases: ["system info", "info"], usage: "[OPTIONS]",
        "Display system-wide information", flags: [.objectFormat()]
    ) { call throws(ClientError) in
        let format = call.arguments.text("format")
        if format.isEmpty { Console.print(ServerTexts.clientInfo(version: Program.version)) }
        let reply = try call.client.json(EngineRequest("GET", "/info"))
        if format.isEmpty {
            Console.print(ServerTexts.serverInfo(reply))
            for warning in reply["Warnings"]?.strings ?? [] { Console.complain(warning) }
            return 0
        }
        let client = JSONValue.object([
            .init("Debug", .bool(false)), .init("Context", .string("default")),
            .init("Version", .string(Program.version)),
        ])
        Console.line(try render(format, .object(reply.members + [.init("ClientInfo", client)])))
        return 0
    }

    private static let diskUsage = Command(
        ["system df"], usage: "[OPTIONS]", "Show Causeway disk usage",
        flags: [.listFormat, Flag("verbose", "v", .bool, "Show detailed information on space usage")]
    ) { call throws(ClientError) in
        let format = call.arguments.text("format")
        let usage = DiskUsageListing(try call.client.json(EngineRequest("GET", "/system/df")))
        Console.print(
            call.arguments.flag("verbose") ? try usage.details(format: format) : try usage.summary(format: format))
        return 0
    }

    private static let events = Command(
        ["events", "system events"], aliases: ["system events", "events"], usage: "[OPTIONS]",
        "Get real time events from the server",
        flags: [
            FilterOptions.flag(), .objectFormat(nil),
            Flag(
                "network", nil, .bool,
                "Show only what happens to networks, what others did to them included, from the daemon's start on"),
            Flag("since", nil, .string, "Show all events created since timestamp"),
            Flag("until", nil, .string, "Stream events until this timestamp"),
        ]
    ) { call throws(ClientError) in
        let options = call.arguments
        var query: [(String, String)] = []
        for name in ["since", "until"] where options.isSet(name) {
            do throws(ValueError) {
                query.append((name, try LocalTime.parseMoment(options.text(name))))
            } catch {
                throw .local(error.message)
            }
        }
        let isNetwork = options.flag("network")
        if isNetwork, !options.isSet("since") { query.append(("since", "0")) }
        if let filters = FilterOptions.query(options, adding: isNetwork ? [("type", "network")] : []) {
            query.append(("filters", filters))
        }
        let format = options.text("format")
        let template: Template?
        do {
            template = format.isEmpty ? nil : try Template(format == "json" ? "{{json .}}" : format)
        } catch {
            throw .local("Error parsing format: \(error)", exitStatus: 64)
        }
        let reply = try call.client.send(EngineRequest("GET", "/events", query: query))
        try reply.forEachLine { (line) throws(ClientError) in
            let event = try JSONValue(parsing: line)
            guard let template else { return Console.line(EventText.line(event)) }
            do {
                Console.line(try template.render(event))
            } catch {
                throw .local("\(error)")
            }
        }
        return 0
    }
}
