import EngineAPI
import EngineClient

/// Commands for networks; `network prune` is with the other prunings.
enum NetworkCommands {
    static let all = [connect, create, disconnect, list, remove]

    private static func path(_ name: String, _ rest: String = "") -> String {
        "/networks/\(EngineRequest.escape(name))\(rest)"
    }

    private static let create = Command(
        ["network create"], usage: "[OPTIONS] NETWORK", "Create a network", flags: NetworkFlags.create,
        operands: .exactly(1)
    ) { call throws(ClientError) in
        let request: NetworkCreateRequest
        do throws(ValueError) { request = try NetworkRequests.create(call.arguments) } catch {
            throw .local(error.message)
        }
        let reply = try call.client.json(
            EngineRequest("POST", "/networks/create", body: try EngineClient.body(request)))
        let warning = reply.text("Warning")
        if !warning.isEmpty { Console.complain("WARNING: \(warning)") }
        Console.line(reply.text("Id"))
        return 0
    }

    private static let connect = Command(
        ["network connect"], usage: "[OPTIONS] NETWORK CONTAINER", "Connect a container to a network",
        flags: NetworkFlags.connect, operands: .exactly(2)
    ) { call throws(ClientError) in
        let request: NetworkConnectRequest
        do throws(ValueError) { request = try NetworkRequests.connect(call.arguments) } catch {
            throw .local(error.message)
        }
        _ = try call.client.bytes(
            EngineRequest(
                "POST", path(call.arguments.operands[0], "/connect"), body: try EngineClient.body(request)))
        return 0
    }

    private static let disconnect = Command(
        ["network disconnect"], usage: "[OPTIONS] NETWORK CONTAINER", "Disconnect a container from a network",
        flags: [Flag("force", "f", .bool, "Force the container to disconnect from a network")], operands: .exactly(2)
    ) { call throws(ClientError) in
        let options = call.arguments
        let request = NetworkDisconnectRequest(container: options.operands[1], force: options.flag("force"))
        _ = try call.client.bytes(
            EngineRequest("POST", path(options.operands[0], "/disconnect"), body: try EngineClient.body(request)))
        return 0
    }

    private static let remove = Command(
        ["network rm", "network remove"], aliases: ["network rm", "network remove"],
        usage: "NETWORK [NETWORK...]", "Remove one or more networks",
        flags: [Flag("force", "f", .bool, "Do not error if the network does not exist")], operands: .atLeast(1)
    ) { call throws(ClientError) in
        var status: Int32 = 0
        for name in call.arguments.operands {
            do throws(ClientError) {
                _ = try call.client.bytes(EngineRequest("DELETE", path(name)))
                Console.line(name)
            } catch {
                if call.arguments.flag("force"), error.isNotFound { continue }
                Console.complain(error.message)
                status = 1
            }
        }
        return status
    }

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
