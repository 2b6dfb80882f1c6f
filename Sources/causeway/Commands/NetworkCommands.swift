import EngineAPI
import EngineClient

/// Commands for networks.
enum NetworkCommands {
    static let all = [list]

    private static let list = Command(
        ["network ls", "network list"], aliases: ["network ls", "network list"], usage: "[OPTIONS]", "List networks",
        flags: [
            FilterOptions.flag("Provide filter values (e.g. \"driver=bridge\")"), .listFormat,
            Flag("no-trunc", nil, .bool, "Do not truncate the output"),
            Flag("quiet", "q", .bool, "Only display network IDs"),
        ]
    ) { call throws(ClientError) in
        let options = call.arguments
        let query = FilterOptions.query(options).map { [("filters", $0)] } ?? []
        let reply = try call.client.json(EngineRequest("GET", "/networks", query: query))
        let rows = NetworkListing.rows(reply, truncated: !options.flag("no-trunc"))
        Console.print(
            try NetworkListing.format.render(
                rows, format: options.text("format"), isQuiet: options.flag("quiet")))
        return 0
    }
}
