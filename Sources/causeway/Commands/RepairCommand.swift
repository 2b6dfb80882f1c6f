import EngineAPI
import EngineClient

/// `causeway repair`.
enum RepairCommand {
    static let command = Command(
        ["repair"], usage: "[OPTIONS] NETWORK",
        "Bring the kernel back to what a network is to be: bridges, addresses, ports, parameters and rules",
        flags: [
            Flag("dry-run", nil, .bool, "Print the steps as commands and change nothing"),
            Flag("format", nil, .string, "Print in this format: text (default) or json"),
        ], operands: .exactly(1)
    ) { call throws(ClientError) in
        let name = call.arguments.operands[0]
        let dryRun = call.arguments.flag("dry-run")
        let answer = try call.client.json(
            EngineRequest(
                "POST", "/causeway/networks/\(EngineRequest.escape(name))/repair",
                query: dryRun ? [("dryRun", "1")] : []))
        let commands = answer["Commands"]?.strings ?? []
        switch call.arguments.text("format") {
        case "json":
            Console.print(
                try ExplainCommands.json(
                    NetworkRepairResponse(network: answer.text("Network"), dryRun: dryRun, commands: commands)))
        case "", "text":
            if commands.isEmpty { Console.line("# nothing is amiss: the kernel is as the network wants it") }
            for command in commands { Console.line(command) }
        case let other: throw .local("unknown format \"\(other)\": use text or json")
        }
        return 0
    }
}
