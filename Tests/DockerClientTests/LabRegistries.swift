import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// Registries in a lab's internet, all the real one of Debian: `203.0.113.8:5000` speaks plain HTTP to anybody,
/// `203.0.113.8:5443` TLS to `me` with the password `s3cret`, with a certificate of an authority of our own;
/// `203.0.113.8:5444` wants tokens of the server at port 5445, `203.0.113.8:5446` the client's certificate.
/// At port 3128 there is a proxy.
enum LabRegistries {
    static let plain = Lab.webAddress + ":5000"
    static let secure = Lab.webAddress + ":5443"
    static let tokens = Lab.webAddress + ":5444"
    static let tokenServer = Lab.webAddress + ":5445"
    static let mutual = Lab.webAddress + ":5446"
    static let proxy = Lab.webAddress + ":3128"

    /// The program; nil where it is not installed.
    static let program = FileSystem.findProgram("docker-registry")

    /// Where certificates, configurations and blobs of one test run lie.
    static let folder = "/tmp/causeway-lab-registries-\(getpid())"

    /// bcrypt of `s3cret`.
    private static let account = "me:$2y$05$causewaylabregistryabOuUHpeb7rjRmhS7G/y8QOiD6bvyFAWci\n"

    /// Makes certificates, and returns the daemon's options.
    static func prepare() throws -> [String] {
        try FileSystem.makeDirectory(folder)
        try run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem", "-days", "30", "-subj", "/CN=lab",
            "-addext", "subjectAltName=IP:\(Lab.webAddress)")
        for name in [secure, tokens, tokenServer, mutual] {
            try FileSystem.makeDirectory(folder + "/certs.d/" + name)
            try FileSystem.replace(folder + "/certs.d/\(name)/ca.crt", try FileSystem.readBytes(folder + "/cert.pem"))
        }
        for (name, algorithm) in [("token", "rsa:2048"), ("client", "rsa:2048")] {
            try run(
                "openssl", "req", "-x509", "-newkey", algorithm, "-nodes", "-keyout", folder + "/\(name).key", "-out",
                folder + "/\(name).pem", "-days", "30", "-subj", "/CN=\(name)")
        }
        try FileSystem.writeInPlace(folder + "/htpasswd", account)
        try FileSystem.writeInPlace(folder + "/daemon.json", #"{"insecure-registries": ["\#(plain)"]}"#)
        return ["--config-file", folder + "/daemon.json", "--debug"]
    }

    private static func run(_ program: String, _ arguments: String...) throws {
        let path = try #require(FileSystem.findProgram(program))
        let output = try ChildProcess.run(ChildRequest(path, arguments))
        try #require(output.status.isSuccess, "\(program): \(output.errorText)")
    }

    /// Starts all in the lab's internet, and waits until they answer. They end with the lab.
    static func start(in lab: EngineLab) async throws {
        try launch(in: lab.shell.lab)
        try await lab.wait(for: "{}", from: "curl -s http://\(plain)/v2/")
        try await lab.wait(for: "{}", from: "curl -s -k -u me:s3cret https://\(secure)/v2/")
        try await lab.wait(
            for: "200", from: "curl -s -k -o /dev/null -w '%{http_code}' 'https://\(tokenServer)/token?service=x'")
        try await lab.wait(for: "401", from: "curl -s -k -o /dev/null -w '%{http_code}' https://\(tokens)/v2/")
        try await lab.wait(
            for: "{}", from: "curl -s -k --cert \(folder)/client.pem --key \(folder)/client.key https://\(mutual)/v2/")
    }

    /// Starts all, and does not wait.
    static func launch(in lab: Lab) throws {
        let program = try #require(program)
        try FileSystem.writeInPlace(folder + "/plain.yml", configuration("plain", plain, ""))
        try FileSystem.writeInPlace(
            folder + "/secure.yml",
            configuration(
                "secure", secure,
                """
                  tls:
                    certificate: \(folder)/cert.pem
                    key: \(folder)/key.pem
                auth:
                  htpasswd:
                    realm: lab
                    path: \(folder)/htpasswd
                """))
        try FileSystem.writeInPlace(
            folder + "/tokens.yml",
            configuration(
                "tokens", tokens,
                """
                  tls:
                    certificate: \(folder)/cert.pem
                    key: \(folder)/key.pem
                auth:
                  token:
                    realm: https://\(tokenServer)/token
                    service: lab-registry
                    issuer: lab
                    rootcertbundle: \(folder)/token.pem
                """))
        try FileSystem.writeInPlace(
            folder + "/mutual.yml",
            configuration(
                "mutual", mutual,
                """
                  tls:
                    certificate: \(folder)/cert.pem
                    key: \(folder)/key.pem
                    clientcas:
                      - \(folder)/client.pem
                """))
        let internet = try lab.openInternetNamespace()
        let python = try #require(FileSystem.findProgram("python3"))
        func port(_ address: String) -> String { String(address.split(separator: ":")[1]) }
        let servers = ClientTools.sources + "/registry_servers.py"
        var commands = ["plain", "secure", "tokens", "mutual"].map { ($0, program, ["serve", folder + "/\($0).yml"]) }
        commands.append(("token", python, [servers, "token", folder, port(tokenServer)]))
        commands.append(("proxy", python, [servers, "proxy", folder, port(proxy)]))
        for (name, program, words) in commands {
            let log = try FileDescriptor.open(folder + "/\(name).log", O_WRONLY | O_CREAT | O_APPEND)
            let child = try ChildProcess.spawn(
                ChildRequest(
                    program, words, directory: "/",
                    descriptors: [1: log.rawValue, 2: log.rawValue], networkNamespace: internet, newSession: true))
            try FileSystem.writeInPlace(folder + "/\(name).pid", "\(child.pid)")
        }
    }

    private static func configuration(_ name: String, _ address: String, _ more: String) -> String {
        """
        version: 0.1
        log:
          level: error
        storage:
          filesystem:
            rootdirectory: \(folder)/\(name)
        http:
          addr: ":\(address.split(separator: ":")[1])"
          secret: lab
        \(more)
        """
    }

    /// Stops a registry's process, or lets it go on.
    static func signal(_ name: String, _ number: CInt) throws {
        let pid = try #require(Int32(try FileSystem.readText(folder + "/\(name).pid")))
        try #require(kill(pid, number) == 0)
    }
}
