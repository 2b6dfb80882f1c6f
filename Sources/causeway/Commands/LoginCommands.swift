import EngineAPI
import EngineClient
import Glibc

/// Commands that keep and forget credentials of registries.
enum LoginCommands {
    static let all = [login, logout]

    private static let login = Command(
        ["login"], usage: "[OPTIONS] [SERVER]", "Authenticate to a registry",
        flags: [
            Flag("password", "p", .string, "Password or Personal Access Token (PAT)"),
            Flag("password-stdin", nil, .bool, "Take the Password or Personal Access Token (PAT) from stdin"),
            Flag("username", "u", .string, "Username"),
        ], operands: .atMost(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let registry = CredentialFile.registry(options.operands.first)
        var file = try CredentialFile(environment: Program.environment)
        let given = try given(options)
        var known = Credentials()
        if given.username.isEmpty, given.password.isEmpty {
            do throws(ClientError) { known = try file.credentials(of: registry) } catch {
                Console.complain("WARNING: \(error.message)")
            }
        }
        if !known.username.isEmpty, !known.password.isEmpty {
            Console.complain("Authenticating with existing credentials... [Username: \(known.username)]\n")
            let program = CommandTree.program
            Console.complain(
                "To login with a different account, run '\(program) logout' followed by '\(program) login'\n")
            do throws(ClientError) {
                return try authenticate(call, registry, known, &file)
            } catch {
                let isRefused = error.kind == .daemon(status: 401)
                Console.complain(
                    isRefused
                        ? "Stored credentials invalid or expired" : "Login did not succeed, error: \(error.message)")
            }
        }
        return try authenticate(call, registry, try asked(given, known), &file)
    }

    /// Name and password as the command line has them; either may be empty.
    private static func given(_ options: ParsedArguments) throws(ClientError) -> Credentials {
        var found = Credentials(username: options.text("username"), password: options.text("password"))
        if options.isSet("password-stdin") {
            if options.isSet("password") {
                throw .local("conflicting options: cannot specify both --password and --password-stdin")
            }
            if !options.isSet("username") {
                throw .local("the --password-stdin option requires --username to be set")
            }
        }
        if options.isSet("username"), found.username.isEmpty { throw .local("username is empty") }
        if options.isSet("password") {
            if found.password.isEmpty { throw .local("password is empty") }
            Console.complain("WARNING! Using --password via the CLI is insecure. Use --password-stdin.")
        }
        if options.flag("password-stdin") { found.password = readLine() ?? "" }
        return found
    }

    /// Asks for what is missing.
    private static func asked(_ given: Credentials, _ known: Credentials) throws(ClientError) -> Credentials {
        var found = given
        if found.username.isEmpty || found.password.isEmpty, !Terminal.isTerminal(STDIN_FILENO) {
            throw .local("Error: Cannot perform an interactive login from a non TTY device")
        }
        if found.username.isEmpty {
            let hint = known.username.isEmpty ? "" : " (\(known.username))"
            found.username = Prompt.ask("Username\(hint): ", isSecret: false) ?? ""
        }
        if found.username.isEmpty { found.username = known.username }
        if found.username.isEmpty { throw .local("Error: Non-null Username Required") }
        if found.password.isEmpty { found.password = Prompt.ask("Password: ", isSecret: true) ?? "" }
        if found.password.isEmpty { throw .local("Error: Password Required") }
        return found
    }

    /// Has the engine try the credentials, and notes them where they will do.
    private static func authenticate(
        _ call: Invocation, _ registry: String, _ credentials: Credentials, _ file: inout CredentialFile
    ) throws(ClientError) -> Int32 {
        let body = JSONValue.object([
            .init("username", .string(credentials.username)), .init("password", .string(credentials.password)),
            .init("serveraddress", .string(CredentialFile.key(of: registry))),
        ])
        let reply = try call.client.json(EngineRequest("POST", "/auth", body: try EngineClient.body(body)))
        var accepted = credentials
        accepted.identityToken = reply.text("IdentityToken")
        try file.set(registry, accepted)
        if !file.hasHelper(registry), accepted.identityToken.isEmpty {
            Console.complain("\nWARNING! Your credentials are stored unencrypted in '\(file.path)'.\n")
        }
        Console.line(reply.text("Status"))
        return 0
    }

    private static let logout = Command(
        ["logout"], usage: "[SERVER]", "Log out from a registry", operands: .atMost(1)
    ) { call throws(ClientError) in
        let registry = CredentialFile.registry(call.arguments.operands.first)
        var file = try CredentialFile(environment: Program.environment)
        Console.line("Removing login credentials for \(CredentialFile.key(of: registry))")
        let failures = file.remove(registry)
        if failures.isEmpty { return 0 }
        Console.complain("WARNING: could not erase credentials:")
        for (key, error) in failures { Console.complain("\(key): \(error.message)") }
        return 0
    }
}
