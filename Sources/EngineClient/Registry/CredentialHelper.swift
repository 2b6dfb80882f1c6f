import EngineAPI
import Glibc
import SystemCalls

/// What a registry is told of somebody.
public struct Credentials: Hashable, Sendable {
    /// The user's name; empty where a token stands for name and password.
    public var username = ""
    /// The password; empty where there is a token.
    public var password = ""
    /// A token that the registry gave in place of a password.
    public var identityToken = ""
    /// A token that goes to the registry as it is.
    public var registryToken = ""

    /// Nobody.
    public init() {}

    /// Somebody with a password.
    public init(username: String, password: String) {
        self.username = username
        self.password = password
    }
}

/// A program that keeps credentials, `docker-credential-NAME`: its one argument says what to do, standard input has the
/// registry's name or the credentials, standard output the answer
/// (https://github.com/docker/docker-credential-helpers).
public struct CredentialHelper: Sendable {
    /// The user's name that says that the secret is an identity token.
    static let tokenUser = "<token>"
    private static let notFound = "credentials not found in native keychain"
    private static let complaints = ["no credentials server URL", "no credentials username"]

    /// The program's name.
    public let program: String
    private let folders: [String]

    /// Names a helper; nothing is started.
    ///
    /// - Parameters:
    ///   - name: what follows `docker-credential-`.
    ///   - environment: looks up a variable; `PATH` says where the program is.
    public init(_ name: String, environment: (String) -> String?) {
        program = "docker-credential-\(name)"
        folders = (environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map(String.init)
    }

    /// The credentials of a registry; nil where the helper has none.
    ///
    /// - Throws: where the program is missing, fails, or answers no JSON.
    public func get(_ server: String) throws(ClientError) -> Credentials? {
        let (status, output, text) = try ask("get", Array(server.utf8), "getting")
        if text == CredentialHelper.notFound, !status.isSuccess { return nil }
        try check(status, text, "getting")
        let answer: JSONValue
        do {
            answer = try JSONText.decode(JSONValue.self, from: output)
        } catch {
            throw .local("error getting credentials - \(program) answered no JSON: \(error)")
        }
        var credentials = Credentials()
        if answer.text("Username") == CredentialHelper.tokenUser {
            credentials.identityToken = answer.text("Secret")
        } else {
            credentials.username = answer.text("Username")
            credentials.password = answer.text("Secret")
        }
        return credentials
    }

    /// Hands over credentials: the identity token where there is one, else name and password.
    ///
    /// - Throws: where the program is missing or fails.
    public func store(_ credentials: Credentials, for server: String) throws(ClientError) {
        let hasToken = !credentials.identityToken.isEmpty
        let message = JSONValue.object([
            .init("ServerURL", .string(server)),
            .init("Username", .string(hasToken ? CredentialHelper.tokenUser : credentials.username)),
            .init("Secret", .string(hasToken ? credentials.identityToken : credentials.password)),
        ])
        let (status, _, text) = try ask("store", Array((message.compact + "\n").utf8), "storing")
        try check(status, text, "storing")
    }

    /// Has the helper forget a registry.
    ///
    /// - Throws: where the program is missing or fails.
    public func erase(_ server: String) throws(ClientError) {
        let (status, _, text) = try ask("erase", Array(server.utf8), "erasing")
        try check(status, text, "erasing")
    }

    /// Runs the program; what it says on standard error is passed on.
    private func ask(
        _ action: String, _ input: [UInt8], _ doing: String
    ) throws(ClientError) -> (ExitStatus, [UInt8], String) {
        guard let path = FileSystem.findProgram(program, in: folders) else {
            throw .local(
                "error \(doing) credentials - err: exec: \"\(program)\": executable file not found in $PATH, out: ``")
        }
        // A helper that does not read its input is no reason to die.
        let before = signal(SIGPIPE, SIG_IGN)
        defer { _ = signal(SIGPIPE, before) }
        let result: ProcessOutput
        do {
            result = try ChildProcess.run(ChildRequest(path, [action]), input: input)
        } catch {
            throw .local("error \(doing) credentials - err: \(error), out: ``")
        }
        Console.write(result.errors, to: STDERR_FILENO)
        return (result.status, result.output, result.text.trimmingSpaces)
    }

    private func check(_ status: ExitStatus, _ text: String, _ doing: String) throws(ClientError) {
        if status.isSuccess { return }
        let reason: String
        switch status {
        case _ where CredentialHelper.complaints.contains(text): reason = text
        case .exited(let code): reason = "exit status \(code)"
        case .signalled(let number): reason = "signal \(number)"
        }
        throw .local("error \(doing) credentials - err: \(reason), out: `\(text)`")
    }
}
