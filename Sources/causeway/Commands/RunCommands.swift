import EngineAPI
import EngineClient
import Glibc
import SystemCalls

/// `create` and `run`.
enum RunCommands {
    static let all = [create, run]

    private static let create = Command(
        ["create", "container create"], aliases: ["container create", "create"],
        usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]", "Create a new container", flags: ContainerFlags.all,
        interspersed: false, operands: .atLeast(1)
    ) { call throws(ClientError) in
        let request = try request(call, name: "create")
        Console.line(try Creation(call).create(request))
        return 0
    }

    private static let run = Command(
        ["run", "container run"], aliases: ["container run", "run"], usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
        "Create and run a new container from an image",
        flags: ContainerFlags.all + [
            Flag("detach", "d", .bool, "Run container in background and print container ID"),
            ContainerFlags.detachKeys,
            Flag("sig-proxy", nil, .bool, "Proxy received signals to the process", shownDefault: "true"),
        ], interspersed: false, operands: .atLeast(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        var request = try request(call, name: "run")
        let detached = options.flag("detach")
        if detached {
            if options.isSet("attach") {
                throw .local("conflicting options: cannot specify both --attach and --detach")
            }
            request.config.attachStdin = false
            request.config.attachStdout = false
            request.config.attachStderr = false
            request.config.stdinOnce = false
        } else {
            try Attachment.checkTerminal(input: request.config.attachStdin, tty: request.config.tty)
        }
        let keys = try DetachKeys(parsing: options.text("detach-keys"))
        let id: String
        do throws(ClientError) {
            id = try Creation(call).create(request)
        } catch {
            throw withHelp(error, "run", status: startStatus(error.message))
        }
        let config = request.config
        guard config.attachStdin || config.attachStdout || config.attachStderr else {
            try start(call, id, nil, isRemoved: request.hostConfig.autoRemove)
            Console.line(id)
            return 0
        }
        let watch = try Attachment.watch(call.client, id, forwards: options.flag("sig-proxy", default: true))
        var pumpOptions = StreamPump.Options()
        pumpOptions.tty = config.tty
        pumpOptions.sendsInput = config.attachStdin
        pumpOptions.wantsOutput = config.attachStdout
        pumpOptions.wantsError = config.attachStderr
        pumpOptions.detachKeys = keys
        let attachment = try Attachment(
            call.client, id, options: pumpOptions, keys: options.text("detach-keys"), watch: watch)
        let waiting = try attachment.wait(removed: request.hostConfig.autoRemove)
        try start(call, id, attachment, isRemoved: request.hostConfig.autoRemove, waiting)
        attachment.followWindow(path: EngineClient.container(id, "/resize"))
        return try attachment.finish(waiting, whenDetached: 0)
    }

    private static func start(
        _ call: Invocation, _ id: String, _ attachment: Attachment?, isRemoved: Bool, _ waiting: HTTPResponse? = nil
    ) throws(ClientError) {
        do throws(ClientError) {
            try call.client.bytes(EngineRequest("POST", EngineClient.container(id, "/start")))
        } catch {
            attachment?.giveUp()
            // The daemon removes what could not start; the name is free once that has happened.
            if isRemoved, let waiting { _ = try? waiting.readAll() }
            throw withHelp(error, "run", status: startStatus(error.message))
        }
    }

    /// 127 where the program is missing, 126 where it cannot be run, 125 for anything else.
    private static func startStatus(_ message: String) -> Int32 {
        if ["executable file not found", "no such file or directory", "system cannot find the file specified"]
            .contains(where: message.contains)
        {
            return 127
        }
        return ["permission denied", "is a directory"].contains(where: message.contains) ? 126 : 125
    }

    private static func request(_ call: Invocation, name: String) throws(ClientError) -> ContainerCreateRequest {
        let options = call.arguments
        let pull = options.text("pull")
        if options.isSet("pull"), !["always", "missing", "never"].contains(pull) {
            throw withHelp(
                .local("invalid pull option: '\(pull)': must be one of \"always\", \"missing\" or \"never\""), name,
                status: 125)
        }
        do {
            var request = try ContainerRequest.make(options, inherited: Program.environment)
            if let size = Terminal.size() { request.hostConfig.consoleSize = [size.rows, size.columns] }
            return request
        } catch {
            throw withHelp(.local(error.message), name, status: 125)
        }
    }

    private static func withHelp(_ error: ClientError, _ name: String, status: Int32) -> ClientError {
        let program = CommandTree.program
        return ClientError(
            error.kind, "\(program): \(error.message)\n\nRun '\(program) \(name) --help' for more information",
            exitStatus: status)
    }
}

/// Making a container: asks for it, and for its image where that is missing.
struct Creation {
    private let client: EngineClient
    private let options: ParsedArguments

    init(_ call: Invocation) {
        client = call.client
        options = call.arguments
    }

    /// Makes the container and returns its id.
    func create(_ request: ContainerCreateRequest) throws(ClientError) -> String {
        let path = request.hostConfig.containerIDFile
        if !path.isEmpty, FileSystem.exists(path) {
            throw .local(
                "container ID file found, make sure the other container isn't running or delete \(path)")
        }
        try checkImage(request.config.image)
        let policy = options.text("pull")
        if policy == "always" { try pull(request.config.image) }
        let reply: JSONValue
        do throws(ClientError) {
            reply = try send(request)
        } catch {
            guard error.isNotFound, policy.isEmpty || policy == "missing" else { throw error }
            let name = ImageName(request.config.image).withDefaultTag
            if !options.flag("quiet") { Console.complain("Unable to find image '\(name.familiar)' locally") }
            try pull(request.config.image)
            reply = try send(request)
        }
        for warning in reply["Warnings"]?.strings ?? [] { Console.complain("WARNING: \(warning)") }
        let id = reply.text("Id")
        if !path.isEmpty {
            do {
                try FileSystem.writeInPlace(path, id)
            } catch {
                throw .local("failed to write the container ID to the file: \(error)")
            }
        }
        return id
    }

    /// Refuses a name that can be neither an image's name nor its id.
    private func checkImage(_ image: String) throws(ClientError) {
        if image.utf8.count == 64, image.allSatisfy(\.isHexDigit) { return }
        do {
            _ = try ImageName(checking: image)
        } catch {
            throw .local(error.message)
        }
    }

    private func send(_ request: ContainerCreateRequest) throws(ClientError) -> JSONValue {
        var query: [(String, String)] = []
        if options.isSet("name") { query.append(("name", options.text("name"))) }
        if options.isSet("platform") { query.append(("platform", options.text("platform"))) }
        return try client.json(
            EngineRequest("POST", "/containers/create", query: query, body: try EngineClient.body(request)))
    }

    private func pull(_ image: String) throws(ClientError) {
        let query = ImageName(image).withDefaultTag.pullQuery
        let platform = options.isSet("platform") ? [("platform", options.text("platform"))] : []
        let reply = try client.send(
            EngineRequest(
                "POST", "/images/create", query: query + platform,
                headers: [try RegistryCommands.authorization(for: ImageName(image).domain)]))
        var display = options.flag("quiet") ? .silent : ProgressDisplay(descriptor: STDERR_FILENO)
        try display.show(reply)
        client.keep(reply)
    }
}
