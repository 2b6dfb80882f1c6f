import EngineAPI
import EngineClient

/// Commands for volumes; `volume inspect` is with the other inspections, `volume prune` with the other prunings.
enum VolumeCommands {
    static let all = [create, list, remove]

    private static let create = Command(
        ["volume create"], usage: "[OPTIONS] [VOLUME]", "Create a volume", flags: VolumeRequests.flags,
        operands: .atMost(1)
    ) { call throws(ClientError) in
        let request: VolumeCreateRequest
        do throws(ValueError) { request = try VolumeRequests.create(call.arguments) } catch {
            throw .local(error.message)
        }
        let reply = try call.client.json(
            EngineRequest("POST", "/volumes/create", body: try EngineClient.body(request)))
        Console.line(reply.text("Name"))
        return 0
    }

    private static let list = Command(
        ["volume ls", "volume list"], aliases: ["volume ls", "volume list"], usage: "[OPTIONS]", "List volumes",
        flags: [
            FilterOptions.flag("Provide filter values (e.g. \"dangling=true\")"), .listFormat,
            Flag("quiet", "q", .bool, "Only display volume names"),
        ]
    ) { call throws(ClientError) in
        let options = call.arguments
        let query = FilterOptions.query(options).map { [("filters", $0)] } ?? []
        let reply = try call.client.json(EngineRequest("GET", "/volumes", query: query))
        Console.print(
            try VolumeListing.format.render(
                VolumeListing.rows(reply), format: options.text("format"), isQuiet: options.flag("quiet")))
        return 0
    }

    private static let remove = Command(
        ["volume rm", "volume remove"], aliases: ["volume rm", "volume remove"],
        usage: "[OPTIONS] VOLUME [VOLUME...]", "Remove one or more volumes",
        details: "Remove one or more volumes. You cannot remove a volume that is in use by a container.",
        flags: [Flag("force", "f", .bool, "Force the removal of one or more volumes")], operands: .atLeast(1)
    ) { call throws(ClientError) in
        let query = call.arguments.flag("force") ? [("force", "1")] : []
        return try call.client.forEach(call.arguments.operands) { name in
            EngineRequest("DELETE", EngineClient.volume(name), query: query)
        }
    }
}
