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
                let names = ExplainCommands.networks(call.client).map { ($0.bridge, $0.name) }
                comparison = try Comparison(
                    operands[0], operands[1], in: map, networks: Dictionary(names) { first, _ in first })
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
}
