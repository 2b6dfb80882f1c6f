import EngineAPI
import EngineClient
import Glibc

/// Commands that speak with registries, by way of the engine.
enum RegistryCommands {
    static let all = [pull, push, login, logout, search]

    private static func name(_ text: String) throws(ClientError) -> ImageName {
        do throws(ValueError) {
            return try ImageName(checking: text)
        } catch {
            throw .local(error.message)
        }
    }

    /// `X-Registry-Auth` for a registry.
    static func authorization(for registry: String) throws(ClientError) -> (String, String) {
        ("X-Registry-Auth", try CredentialFile(environment: Program.environment).header(for: registry))
    }

    private static let pull = Command(
        ["pull", "image pull"], aliases: ["image pull", "pull"], usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
        "Download an image from a registry",
        flags: [
            Flag("all-tags", "a", .bool, "Download all tagged images in the repository"),
            Flag("disable-content-trust", nil, .bool, "Accepted for Docker's sake", isHidden: true),
            Flag("platform", nil, .string, "Set platform if server is multi-platform capable"),
            Flag("quiet", "q", .bool, "Suppress verbose output"),
        ], operands: .exactly(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let isQuiet = options.flag("quiet")
        let given = try name(options.operands[0])
        let isAll = options.flag("all-tags")
        if isAll, given.tag != nil || given.digest != nil {
            throw .local("tag can't be used with --all-tags/-a")
        }
        let name = isAll ? given : given.withDefaultTag
        if given != name, !isQuiet { Console.line("Using default tag: latest") }
        var query = name.pullQuery
        if options.isSet("platform") { query.append(("platform", options.text("platform"))) }
        let reply = try call.client.send(
            EngineRequest(
                "POST", "/images/create", query: query, headers: [try authorization(for: name.domain)]))
        var display = isQuiet ? .silent : ProgressDisplay(descriptor: 1)
        try display.show(reply)
        Console.line(
            "\(name.domain)/\(name.path)" + (name.tag.map { ":" + $0 } ?? "") + (name.digest.map { "@" + $0 } ?? ""))
        return 0
    }

    private static let push = Command(
        ["push", "image push"], aliases: ["image push", "push"], usage: "[OPTIONS] NAME[:TAG]",
        "Upload an image to a registry",
        flags: [
            Flag("all-tags", "a", .bool, "Push all tags of an image to the repository"),
            Flag("disable-content-trust", nil, .bool, "Accepted for Docker's sake", isHidden: true),
            Flag("quiet", "q", .bool, "Suppress verbose output"),
        ], operands: .exactly(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let isQuiet = options.flag("quiet")
        let given = try name(options.operands[0])
        let isAll = options.flag("all-tags")
        if isAll, given.tag != nil || given.digest != nil {
            throw .local("tag can't be used with --all-tags/-a")
        }
        if given.digest != nil { throw .local("cannot push a digest reference") }
        let name = isAll ? given : given.withDefaultTag
        if given != name, !isQuiet { Console.line("Using default tag: latest") }
        let reply = try call.client.send(
            EngineRequest(
                "POST", EngineClient.image(name.domain + "/" + name.path, "/push"),
                query: name.tag.map { [("tag", $0)] } ?? [], headers: [try authorization(for: name.domain)]))
        var display = isQuiet ? .silent : ProgressDisplay(descriptor: 1)
        try display.show(reply)
        if isQuiet { Console.line(name.familiar) }
        return 0
    }

    private static let login = Command(
        ["login"], usage: "[OPTIONS] [SERVER]", "Authenticate to a registry",
        flags: [
            Flag("password", "p", .string, "Password"),
            Flag("password-stdin", nil, .bool, "Take the Password from stdin"),
            Flag("username", "u", .string, "Username"),
        ], operands: .atMost(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let registry = CredentialFile.registry(options.operands.first)
        var file = try CredentialFile(environment: Program.environment)
        var username = options.text("username")
        var password = options.text("password")
        if options.flag("password-stdin") {
            if options.isSet("password") { throw .local("--password and --password-stdin are mutually exclusive") }
            if username.isEmpty { throw .local("must provide --username with --password-stdin") }
            password = readLine() ?? ""
        } else if options.isSet("password") {
            Console.complain("WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
        }
        if username.isEmpty || password.isEmpty, !Terminal.isTerminal(STDIN_FILENO) {
            throw .local(
                "cannot perform an interactive login from a non TTY device: use --username and --password-stdin")
        }
        if username.isEmpty { username = Prompt.ask("Username: ", isSecret: false) ?? "" }
        if username.isEmpty { throw .local("username is required") }
        if password.isEmpty { password = Prompt.ask("Password: ", isSecret: true) ?? "" }
        if password.isEmpty { throw .local("password is required") }
        let body = JSONValue.object([
            .init("username", .string(username)), .init("password", .string(password)),
            .init("serveraddress", .string(CredentialFile.key(of: registry))),
        ])
        let reply = try call.client.json(
            EngineRequest("POST", "/auth", body: try EngineClient.body(body)))
        try file.set(
            registry, username: username, password: password, identityToken: reply.text("IdentityToken"))
        Console.complain("\nWARNING! Your credentials are stored unencrypted in '\(file.path)'.\n")
        Console.line(reply.text("Status"))
        return 0
    }

    private static let logout = Command(
        ["logout"], usage: "[SERVER]", "Log out from a registry", operands: .atMost(1)
    ) { call throws(ClientError) in
        let registry = CredentialFile.registry(call.arguments.operands.first)
        var file = try CredentialFile(environment: Program.environment)
        if try file.remove(registry) {
            Console.line("Removing login credentials for \(CredentialFile.key(of: registry))")
        } else {
            Console.line("Not logged in to \(CredentialFile.key(of: registry))")
        }
        return 0
    }

    private static let search = Command(
        ["search"], usage: "TERM", "Search Docker Hub for images", operands: .exactly(1)
    ) { call throws(ClientError) in
        // The engine refuses it, and says why.
        try call.client.bytes(EngineRequest("GET", "/images/search", query: [("term", call.arguments.operands[0])]))
        return 0
    }
}
