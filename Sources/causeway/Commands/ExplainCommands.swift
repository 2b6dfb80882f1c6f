import EngineAPI
import EngineClient
import Explain
import Glibc

/// Commands that explain the network, from the kernel's own evidence.
enum ExplainCommands {
    static let all = [map]

    private static let map = Command(
        ["map"], usage: "[OPTIONS]",
        "Show the live wiring of this host's network: devices, bridges, cables and who is at their other end",
        flags: [
            Flag("format", nil, .string, "Print in this format: tree (default) or json"),
            Flag("mermaid", nil, .bool, "Print a Mermaid flowchart, for documents"),
        ]
    ) { call throws(ClientError) in
        let map: NetworkMap
        do throws(ExplainError) {
            map = try MapObserver.observe(names: containerNames(call.client))
        } catch {
            throw .local(error.description)
        }
        let drawing = MapDrawing(colour: isatty(1) == 1)
        switch call.arguments.text("format") {
        case "json":
            guard let bytes = try? JSONText.encode(map, pretty: true) else {
                throw .local("the map cannot be written as JSON")
            }
            Console.print(String(decoding: bytes, as: UTF8.self) + "\n")
        case "", "tree": Console.print(call.arguments.flag("mermaid") ? drawing.mermaid(map) : drawing.tree(map))
        case let other: throw .local("unknown format \"\(other)\": use tree or json")
        }
        return 0
    }

    /// The first process of each running container by the container's name; none where no engine answers: the map is
    /// then drawn all the same, with processes' names.
    private static func containerNames(_ client: EngineClient) -> [Int32: String] {
        guard case .array(let list)? = try? client.json(EngineRequest("GET", "/containers/json")) else { return [:] }
        var names: [Int32: String] = [:]
        for entry in list {
            guard case .string(let id)? = entry["Id"], let inspect = try? client.inspectContainer(id),
                case .string(let name)? = inspect["Name"], case .int(let pid)? = inspect["State"]?["Pid"]
            else { continue }
            names[Int32(truncatingIfNeeded: pid)] = String(name.drop { $0 == "/" })
        }
        return names
    }
}
