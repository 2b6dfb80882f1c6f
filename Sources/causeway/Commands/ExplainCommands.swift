import EngineAPI
import EngineClient
import Explain
import Glibc
import RouteNetlink
import SystemCalls

/// Commands that explain the network, from the kernel's own evidence.
enum ExplainCommands {
    static let all = [map, why, trace, CaptureCommand.command, CompareCommand.command, RepairCommand.command]

    /// Has the daemon look where the caller may not.
    static let daemonFlag = Flag(
        "daemon", nil, .bool, "Let the daemon look, not this program; so it is where the caller is not root")

    private static let map = Command(
        ["map"], usage: "[OPTIONS]",
        "Show the live wiring of this host's network: devices, bridges, cables and who is at their other end",
        flags: [
            daemonFlag, Flag("format", nil, .string, "Print in this format: tree (default) or json"),
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
        let map = try observe(call)
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

    // MARK: Who looks

    /// Whether the daemon is to look: it may, where the caller may not.
    static func usesDaemon(_ call: Invocation) -> Bool { call.arguments.flag("daemon") || geteuid() != 0 }

    /// What the daemon answers, as a type.
    static func ask<Value: Decodable>(
        _ call: Invocation, _ request: EngineRequest, _ type: Value.Type
    ) throws(ClientError) -> Value {
        let bytes = try asked { () throws(ClientError) in try call.client.bytes(request) }
        do { return try JSONText.decode(type, from: bytes) } catch {
            throw ClientError(.transport, "the daemon's answer is not understood: \(error.message)")
        }
    }

    /// Says what to do where no daemon of ours answers.
    static func asked<Value>(_ body: () throws(ClientError) -> Value) throws(ClientError) -> Value {
        do { return try body() } catch {
            let isOther = error.isNotFound && error.message.contains("page not found")
            guard isOther || error.kind == .unreachable, geteuid() != 0 else { throw error }
            throw .local(
                isOther
                    ? "the engine does not explain its network, and the kernel tells it to root only: use sudo"
                    : "\(error.message)\nThe kernel itself can be asked by root only: use sudo")
        }
    }

    /// The map of this network namespace, with the names that engines give; the daemon's where that is to look.
    static func observe(_ call: Invocation) throws(ClientError) -> NetworkMap {
        if usesDaemon(call) { return try ask(call, EngineRequest("GET", "/causeway/map"), NetworkMap.self) }
        let names = Explainer.Container.names(of: containers(call.client))
        do throws(ExplainError) { return try MapObserver.observe(names: names) } catch {
            throw .local(error.description)
        }
    }

    /// Every container that an engine lists, those that do not run included: the engine that was named comes first, then
    /// those at the usual places. None where none answers: namespaces are then called by their processes.
    static func containers(_ client: EngineClient) -> [Explainer.Container] {
        EngineDirectory.containers(at: [client.address] + EngineDirectory.standard)
    }

    /// The networks with bridges of the engine that was named; none where it does not answer.
    static func networks(_ client: EngineClient) -> [Explainer.Network] {
        EngineDirectory.networks(at: client.address)
    }

    // MARK: Words

    /// A value as JSON text for people, with the last line ended.
    static func json(_ value: some Encodable) throws(ClientError) -> String {
        guard let bytes = try? JSONText.encode(value, pretty: true) else {
            throw .local("the answer cannot be written as JSON")
        }
        return String(decoding: bytes, as: UTF8.self) + "\n"
    }

    /// Does what may fail on this machine.
    static func local<Value>(_ body: () throws -> Value) throws(ClientError) -> Value {
        do { return try body() } catch let error as ClientError { throw error } catch { throw .local("\(error)") }
    }
}
