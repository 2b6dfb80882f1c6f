import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// Two registries in a lab's internet, both the real one of Debian: `203.0.113.8:5000` speaks plain HTTP to anybody,
/// `203.0.113.8:5443` TLS to `me` with the password `s3cret`, with a certificate of an authority of our own.
enum LabRegistries {
    static let plain = Lab.webAddress + ":5000"
    static let secure = Lab.webAddress + ":5443"

    /// The program; nil where it is not installed.
    static let program = FileSystem.findProgram("docker-registry")

    /// Where certificates, configurations and blobs of one test run lie.
    static let folder = "/tmp/causeway-lab-registries-\(getpid())"

    /// bcrypt of `s3cret`.
    private static let account = "me:$2y$05$causewaylabregistryabOuUHpeb7rjRmhS7G/y8QOiD6bvyFAWci\n"

    /// Makes certificates, and returns the daemon's options.
    static func prepare() throws -> [String] {
        try FileSystem.makeDirectory(folder)
        let trusted = folder + "/certs.d/" + secure
        for path in [folder + "/certs.d", trusted] { try FileSystem.makeDirectory(path) }
        try run(
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem", "-days", "30", "-subj", "/CN=lab",
            "-addext", "subjectAltName=IP:\(Lab.webAddress)")
        try FileSystem.replace(trusted + "/ca.crt", try FileSystem.readBytes(folder + "/cert.pem"))
        try FileSystem.writeInPlace(folder + "/htpasswd", account)
        try FileSystem.writeInPlace(folder + "/daemon.json", #"{"insecure-registries": ["\#(plain)"]}"#)
        return ["--config-file", folder + "/daemon.json", "--debug"]
    }

    private static func run(_ program: String, _ arguments: String...) throws {
        let path = try #require(FileSystem.findProgram(program))
        let output = try ChildProcess.run(ChildRequest(path, arguments))
        try #require(output.status.isSuccess, "\(program): \(output.errorText)")
    }

    /// Starts both in the lab's internet, and waits until they answer. They end with the lab.
    static func start(in lab: EngineLab) async throws {
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
        let internet = try lab.shell.lab.openInternetNamespace()
        for name in ["plain", "secure"] {
            let log = try FileDescriptor.open(folder + "/\(name).log", O_WRONLY | O_CREAT | O_APPEND)
            let child = try ChildProcess.spawn(
                ChildRequest(
                    program, ["serve", folder + "/\(name).yml"], directory: "/",
                    descriptors: [1: log.rawValue, 2: log.rawValue], networkNamespace: internet, newSession: true))
            try FileSystem.writeInPlace(folder + "/\(name).pid", "\(child.pid)")
        }
        try await lab.wait(for: "{}", from: "curl -s http://\(plain)/v2/")
        try await lab.wait(for: "{}", from: "curl -s -k -u me:s3cret https://\(secure)/v2/")
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
