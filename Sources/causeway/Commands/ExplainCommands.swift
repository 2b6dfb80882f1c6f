import EngineAPI
import EngineClient
import Explain
import Glibc
import RouteNetlink
import SystemCalls

/// Commands that explain the network, from the kernel's own evidence.
enum ExplainCommands {
    static let all = [map, why, trace, CaptureCommand.command, CompareCommand.command, RepairCommand.command]

    private static let map = Command(
        ["map"], usage: "[OPTIONS]",
        "Show the live wiring of this host's network: devices, bridges, cables and who is at their other end",
        flags: [
            Flag("format", nil, .string, "Print in this format: tree (default) or json"),
            Flag("mermaid", nil, .bool, "Print a Mermaid flowchart, for documents"),
            Flag("short", "s", .bool, "Print the tree only, without routes, neighbours and the like"),
            Flag("svg", nil, .string, "Write a drawing to this file, for documents"),
            Flag("watch", "w", .bool, "Draw again whenever the kernel tells of a change"),
        ]
    ) { call throws(ClientError) in
        let isWatched = call.arguments.flag("watch")
        // Before the first look: no change is missed.
        let watcher = try isWatched ? local { try ChangeWatcher() } : nil
        repeat {
            let text = try draw(call)
            // ED and CUP of ECMA-48: the next picture takes the place of the last.
            Console.print(isWatched && isatty(1) == 1 ? "\u{1B}[H\u{1B}[2J" + text : text)
            watcher?.wait()
        } while isWatched
        return 0
    }

    private static func draw(_ call: Invocation) throws(ClientError) -> String {
        let map = try observe(call.client)
        let drawing = MapDrawing(colour: isatty(1) == 1)
        let file = call.arguments.text("svg")
        if !file.isEmpty {
            try local { try FileSystem.writeInPlace(file, drawing.svg(map)) }
            return ""
        }
        switch call.arguments.text("format") {
        case "json": return try json(map)
        case "", "tree":
            if call.arguments.flag("mermaid") { return drawing.mermaid(map) }
            return call.arguments.flag("short") ? drawing.tree(map) : drawing.page(map)
        case let other: throw .local("unknown format \"\(other)\": use tree or json")
        }
    }

    /// The map of this network namespace, with the names that an engine gives.
    static func observe(_ client: EngineClient) throws(ClientError) -> NetworkMap {
        do throws(ExplainError) { return try MapObserver.observe(names: containerNames(client)) } catch {
            throw .local(error.description)
        }
    }

    /// A value as JSON text for people, with the last line ended.
    static func json(_ value: some Encodable) throws(ClientError) -> String {
        guard let bytes = try? JSONText.encode(value, pretty: true) else {
            throw .local("the answer cannot be written as JSON")
        }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }

    /// Does what may fail on this machine.
    static func local<Value>(_ body: () throws -> Value) throws(ClientError) -> Value {
        do { return try body() } catch { throw .local("\(error)") }
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
