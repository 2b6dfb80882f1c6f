import EngineAPI
import EngineClient
import Explain

/// `causeway compare`.
enum CompareCommand {
    static let command = Command(
        ["compare"], usage: "[OPTIONS] A B",
        "Show two networks side by side, point by point; A and B are bridges or names of networks",
        flags: [
            ExplainCommands.daemonFlag, Flag("format", nil, .string, "Print in this format: table (default) or json"),
        ], operands: .exactly(2)
    ) { call throws(ClientError) in
        let operands = call.arguments.operands
        let comparison: Comparison
        if ExplainCommands.usesDaemon(call) {
            let request = EngineRequest(
                "GET", "/causeway/compare", query: [("a", operands[0]), ("b", operands[1])])
            comparison = try ExplainCommands.ask(call, request, Comparison.self)
        } else {
            let map = try ExplainCommands.observe(call)
            do throws(ExplainError) {
                comparison = try Comparison(operands[0], operands[1], in: map, networks: bridges(call.client))
            } catch {
                throw .local(error.description)
            }
        }
        switch call.arguments.text("format") {
        case "json": Console.print(try ExplainCommands.json(comparison))
        case "", "table": Console.print(comparison.table())
        case let other: throw .local("unknown format \"\(other)\": use table or json")
        }
        return 0
    }

    /// The engine's networks by their bridges' names; none where no engine answers.
    static func bridges(_ client: EngineClient) -> [String: String] {
        guard case .array(let list)? = try? client.json(EngineRequest("GET", "/networks")) else { return [:] }
        var found: [String: String] = [:]
        for entry in list where entry.text("Driver") == "bridge" {
            let own = entry["Options"]?["com.docker.network.bridge.name"]
            let name: String = if case .string(let name)? = own { name } else { "br-" + entry.text("Id").prefix(12) }
            found[name] = entry.text("Name")
        }
        return found
    }
}
