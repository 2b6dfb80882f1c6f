// A load generator for an engine's unix socket: `make bench` measures with it, `make torture` and the tests put the
// engine under load with it.

import Glibc
import Load

let words = Array(CommandLine.arguments.dropFirst())
do {
    let arguments = try LoadArguments(words)
    let isSound =
        switch arguments.command {
        case .api: try LoadCommands.api(arguments)
        case .connect: try LoadCommands.connect(arguments)
        case .floor: try LoadCommands.floor(arguments)
        case .names: try LoadCommands.names(arguments)
        case .endpoints: try LoadCommands.endpoints(arguments)
        case .containers: try LoadCommands.containers(arguments)
        case .clear: try LoadCommands.clear(arguments)
        case .model: try LoadCommands.model(arguments)
        }
    exit(isSound ? 0 : 1)
} catch let error as LoadArguments.Mistake {
    print("causeway-load: \(error)\n\n\(LoadArguments.usage)")
    exit(2)
} catch {
    print("causeway-load: \(error)")
    exit(1)
}
