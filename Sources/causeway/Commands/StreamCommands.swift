import EngineAPI
import EngineClient
import Glibc

/// Commands that connect to containers: `start`, `attach`, `exec`, `logs`.
enum StreamCommands {
    static let all = [start, attach, exec, logs]

    private static let start = Command(
        ["start", "container start"], aliases: ["container start", "start"],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]", "Start one or more stopped containers",
        flags: [
            Flag("attach", "a", .bool, "Attach STDOUT/STDERR and forward signals"), ContainerFlags.detachKeys,
            Flag("interactive", "i", .bool, "Attach container's STDIN"),
        ], operands: .atLeast(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let names = options.operands
        guard options.flag("attach") || options.flag("interactive") else { return try startAll(call) }
        if names.count > 1 { throw .local("you cannot start and attach multiple containers at once") }
        let keys = try DetachKeys(parsing: options.text("detach-keys"))
        let container = try call.client.inspectContainer(names[0])
        let id = container.text("Id")
        let config = container["Config"] ?? .null
        var pump = StreamPump.Options()
        pump.tty = config.flag("Tty")
        pump.sendsInput = options.flag("interactive") && config.flag("OpenStdin")
        pump.detachKeys = keys
        let watch = try Attachment.watch(call.client, id, forwards: !pump.tty)
        let attachment = try Attachment(
            call.client, id, options: pump, keys: options.text("detach-keys"), watch: watch)
        let waiting = try attachment.wait(removed: container["HostConfig"]?.flag("AutoRemove") ?? false)
        do throws(ClientError) {
            try call.client.bytes(EngineRequest("POST", EngineClient.container(id, "/start")))
        } catch {
            attachment.giveUp()
            throw error
        }
        attachment.followWindow(path: EngineClient.container(id, "/resize"))
        return try attachment.finish(waiting, whenDetached: 0)
    }

    private static func startAll(_ call: Invocation) throws(ClientError) -> Int32 {
        var failed: [String] = []
        for name in call.arguments.operands {
            do throws(ClientError) {
                try call.client.bytes(EngineRequest("POST", EngineClient.container(name, "/start")))
                Console.line(name)
            } catch {
                Console.complain(error.message)
                failed.append(name)
            }
        }
        if failed.isEmpty { return 0 }
        throw .local("Error: failed to start containers: \(failed.joined(separator: ", "))")
    }

    private static let attach = Command(
        ["attach", "container attach"], aliases: ["container attach", "attach"], usage: "[OPTIONS] CONTAINER",
        "Attach local standard input, output, and error streams to a running container",
        flags: [
            ContainerFlags.detachKeys, Flag("no-stdin", nil, .bool, "Do not attach STDIN"),
            Flag("sig-proxy", nil, .bool, "Proxy all received signals to the process", shownDefault: "true"),
        ], operands: .exactly(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let keys = try DetachKeys(parsing: options.text("detach-keys"))
        let container = try call.client.inspectContainer(options.operands[0])
        let state = container["State"] ?? .null
        if !state.flag("Running") { throw .local("You cannot attach to a stopped container, start it first") }
        if state.flag("Paused") { throw .local("You cannot attach to a paused container, unpause it first") }
        if state.flag("Restarting") {
            throw .local("You cannot attach to a restarting container, wait until it is running")
        }
        let id = container.text("Id")
        let config = container["Config"] ?? .null
        var pump = StreamPump.Options()
        pump.tty = config.flag("Tty")
        pump.sendsInput = !options.flag("no-stdin") && config.flag("OpenStdin")
        pump.detachKeys = keys
        try Attachment.checkTerminal(input: !options.flag("no-stdin"), tty: pump.tty)
        let waiting = try call.client.send(EngineRequest("POST", EngineClient.container(id, "/wait")))
        let watch = try Attachment.watch(
            call.client, id, forwards: !pump.tty && options.flag("sig-proxy", default: true))
        let attachment = try Attachment(
            call.client, id, options: pump, keys: options.text("detach-keys"), watch: watch)
        if pump.tty, let size = Terminal.size() {
            // A program draws its screen anew only when the size changes: make it a little too high first.
            _ = try? call.client.bytes(
                EngineRequest(
                    "POST", EngineClient.container(id, "/resize"),
                    query: [("h", String(size.rows + 1)), ("w", String(size.columns + 1))]))
        }
        attachment.followWindow(path: EngineClient.container(id, "/resize"))
        return try attachment.finish(waiting, whenDetached: nil)
    }

    private static let exec = Command(
        ["exec", "container exec"], aliases: ["container exec", "exec"],
        usage: "[OPTIONS] CONTAINER COMMAND [ARG...]", "Execute a command in a running container",
        flags: [
            Flag("detach", "d", .bool, "Detached mode: run command in the background"), ContainerFlags.detachKeys,
            Flag(
                "env", "e",
                .values("list") { text throws(ValueError) in
                    if text.isEmpty || text.hasPrefix("=") {
                        throw ValueError("invalid environment variable: \(text)")
                    }
                }, "Set environment variables"),
            Flag("env-file", nil, .list, "Read in a file of environment variables"),
            Flag("interactive", "i", .bool, "Keep STDIN open even if not attached"),
            Flag("privileged", nil, .bool, "Give extended privileges to the command"),
            Flag("tty", "t", .bool, "Allocate a pseudo-TTY"),
            Flag("user", "u", .string, "Username or UID (format: \"<name|uid>[:<group|gid>]\")"),
            Flag("workdir", "w", .string, "Working directory inside the container"),
        ], interspersed: false, operands: .atLeast(2)
    ) { call throws(ClientError) in
        let options = call.arguments
        let client = call.client
        let keys = try DetachKeys(parsing: options.text("detach-keys"))
        let detached = options.flag("detach")
        var request = ExecCreateRequest()
        request.user = options.text("user")
        request.privileged = options.flag("privileged")
        request.tty = options.flag("tty")
        request.workingDir = options.text("workdir")
        request.detachKeys = options.text("detach-keys")
        request.cmd = Array(options.operands.dropFirst())
        request.attachStdout = !detached
        request.attachStderr = !detached
        request.attachStdin = !detached && options.flag("interactive")
        do throws(ValueError) {
            request.env = try ContainerValues.environment(
                files: options.list("env-file"), options: options.list("env"), inherited: Program.environment)
        } catch {
            throw .local(error.message)
        }
        let name = options.operands[0]
        _ = try client.inspectContainer(name)
        if !detached { try Attachment.checkTerminal(input: request.attachStdin, tty: request.tty) }
        var start = ExecStartRequest(detach: detached, tty: request.tty)
        if request.tty, let size = Terminal.size() {
            request.consoleSize = [size.rows, size.columns]
            start.consoleSize = request.consoleSize
        }
        let id = try client.json(
            EngineRequest(
                "POST", EngineClient.container(name, "/exec"), body: try EngineClient.body(request))
        ).text("Id")
        let startRequest = EngineRequest("POST", "/exec/\(id)/start", body: try EngineClient.body(start))
        if detached {
            try client.bytes(startRequest)
            return 0
        }
        var pump = StreamPump.Options()
        pump.tty = request.tty
        pump.sendsInput = request.attachStdin
        pump.detachKeys = keys
        let watch = try Attachment.watch(client, name, forwards: false)
        let attachment = Attachment(client, id, try client.hijack(startRequest), options: pump, watch: watch)
        attachment.followWindow(path: "/exec/\(id)/resize")
        try attachment.finish()
        return Int32(
            truncatingIfNeeded: try client.json(EngineRequest("GET", "/exec/\(id)/json")).number("ExitCode"))
    }

    private static let logs = Command(
        ["logs", "container logs"], aliases: ["container logs", "logs"], usage: "[OPTIONS] CONTAINER",
        "Fetch the logs of a container",
        flags: [
            Flag("details", nil, .bool, "Show extra details provided to logs"),
            Flag("follow", "f", .bool, "Follow log output"),
            Flag(
                "since", nil, .string,
                "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)"),
            Flag(
                "tail", "n", .string, "Number of lines to show from the end of the logs", shownDefault: "\"all\""),
            Flag("timestamps", "t", .bool, "Show timestamps"),
            Flag(
                "until", nil, .string,
                "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)"
            ),
        ], operands: .exactly(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let container = try call.client.inspectContainer(options.operands[0])
        var query = [("stderr", "1"), ("stdout", "1"), ("tail", options.isSet("tail") ? options.text("tail") : "all")]
        for name in ["follow", "timestamps", "details"] where options.flag(name) { query.append((name, "1")) }
        for name in ["since", "until"] where options.isSet(name) {
            do throws(ValueError) {
                query.append((name, try LocalTime.parseMoment(options.text(name))))
            } catch {
                throw .local("invalid value for \"\(name)\": \(error.message)")
            }
        }
        let reply = try call.client.send(
            EngineRequest("GET", EngineClient.container(container.text("Id"), "/logs"), query: query))
        let tty = container["Config"]?.flag("Tty") ?? false
        var decoder = FrameDecoder()
        while let bytes = try reply.read() {
            if tty {
                Console.write(bytes, to: STDOUT_FILENO)
                continue
            }
            for piece in try decoder.feed(bytes) {
                if piece.stream == 3 {
                    throw .local(
                        "error from daemon in stream: \(String(decoding: piece.bytes, as: UTF8.self).trimmedText)")
                }
                Console.write(piece.bytes, to: piece.stream == 2 ? STDERR_FILENO : STDOUT_FILENO)
            }
        }
        return 0
    }
}
