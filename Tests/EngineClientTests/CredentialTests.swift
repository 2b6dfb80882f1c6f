import EngineAPI
import Glibc
import SystemCalls
import Testing

@testable import EngineClient

/// A folder with a configuration and helpers, gone when the test is over.
private final class Keychain {
    let folder = "/tmp/causeway-credentials-\(getpid())-\(UInt32.random(in: 0 ... .max))"

    init(_ configuration: String) throws {
        try FileSystem.makeDirectory(folder + "/bin")
        try FileSystem.writeInPlace(folder + "/config.json", configuration)
        // Keeps what it is given in a file for each server, beside itself.
        try addHelper(
            "mem",
            """
            cd "$(dirname "$0")"
            echo "$1" >> calls
            case $1 in
            store)
                cat > new
                mv new "kept-$(sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/' new | tr -c 'a-z0-9.\\n' _)" ;;
            get) cat "kept-$(tr -c 'a-z0-9.' _)" 2>/dev/null || { echo credentials not found in native keychain; exit 1; } ;;
            erase) rm "kept-$(tr -c 'a-z0-9.' _)" 2>/dev/null || { echo credentials not found in native keychain; exit 1; } ;;
            esac
            """)
    }

    deinit { try? FileSystem.removeTree(folder) }

    func addHelper(_ name: String, _ script: String) throws {
        let path = folder + "/bin/docker-credential-" + name
        try FileSystem.writeInPlace(path, "#!/bin/sh\n" + script + "\n", mode: 0o755)
    }

    func variable(_ name: String) -> String? {
        name == "DOCKER_CONFIG" ? folder : name == "PATH" ? folder + "/bin:/usr/bin:/bin" : nil
    }

    func file() throws -> CredentialFile { try CredentialFile(environment: variable) }

    func kept(_ name: String) -> String? { try? FileSystem.readText(folder + "/bin/kept-" + name) }
}

/// What an `X-Registry-Auth` says.
private func decoded(_ header: String) throws -> JSONValue {
    let plain = String(header.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
    return try JSONValue(parsing: try #require(Base64.decode(plain)))
}

@Suite("Credentials")
struct CredentialTests {
    @Test("the file's own credentials, also under a URL")
    func inFile() throws {
        let keychain = try Keychain(#"{"auths":{"https://r.example:5000/v1/":{"auth":"bWU6czpj"}},"other":1}"#)
        var file = try keychain.file()
        #expect(try file.credentials(of: "r.example:5000") == Credentials(username: "me", password: "s:c"))
        #expect(try file.credentials(of: "docker.io") == Credentials())
        #expect(try file.header(for: "docker.io") == "e30=")
        try file.set("docker.io", Credentials(username: "a", password: "b"))
        let header = try decoded(try keychain.file().header(for: "docker.io"))
        #expect(
            header.compact == #"{"username":"a","password":"b","serveraddress":"https:\/\/index.docker.io\/v1\/"}"#
                || header.compact == #"{"username":"a","password":"b","serveraddress":"https://index.docker.io/v1/"}"#)
        #expect(file.remove("docker.io").isEmpty)
        #expect(try keychain.file().credentials(of: "docker.io") == Credentials())
        #expect(try FileSystem.readText(file.path).contains("\"other\""))
    }

    @Test("a store for all registries keeps what the file then only mentions")
    func store() throws {
        let keychain = try Keychain(#"{"credsStore":"mem"}"#)
        var file = try keychain.file()
        #expect(file.hasHelper("r.example"))
        #expect(try file.credentials(of: "r.example") == Credentials())
        try file.set("r.example", Credentials(username: "me", password: "s3\"cret"))
        #expect(
            keychain.kept("r.example")
                == #"{"ServerURL":"r.example","Username":"me","Secret":"s3\"cret"}"# + "\n")
        let text = try FileSystem.readText(file.path)
        #expect(text.contains("r.example") && !text.contains("auth\""), "\(text)")
        file = try keychain.file()
        #expect(try file.credentials(of: "r.example") == Credentials(username: "me", password: "s3\"cret"))
        #expect(file.remove("r.example").isEmpty)
        #expect(keychain.kept("r.example") == nil)
        #expect(try keychain.file().credentials(of: "r.example") == Credentials())
    }

    @Test("an identity token travels as the secret of the user <token>")
    func identityToken() throws {
        let keychain = try Keychain(#"{"credsStore":"mem"}"#)
        var file = try keychain.file()
        var credentials = Credentials(username: "me", password: "s3cret")
        credentials.identityToken = "t0ken"
        try file.set("docker.io", credentials)
        #expect(
            keychain.kept("https___index.docker.io_v1_")?.replacing("\\/", with: "/")
                == #"{"ServerURL":"https://index.docker.io/v1/","Username":"<token>","Secret":"t0ken"}"# + "\n")
        let header = try decoded(try keychain.file().header(for: "docker.io"))
        #expect(header.text("identitytoken") == "t0ken" && header["username"] == nil && header["password"] == nil)
    }

    @Test("a registry's own helper goes before the store for all")
    func ownHelper() throws {
        let keychain = try Keychain(#"{"credsStore":"nosuch","credHelpers":{"r.example":"mem","plain.example":""}}"#)
        var file = try keychain.file()
        try file.set("r.example", Credentials(username: "me", password: "x"))
        #expect(keychain.kept("r.example") != nil)
        #expect(!file.hasHelper("plain.example"))
        try file.set("plain.example", Credentials(username: "me", password: "y"))
        #expect(try keychain.file().credentials(of: "plain.example").password == "y")
        let missing = #"exec: "docker-credential-nosuch": executable file not found in $PATH, out: ``"#
        #expect(throws: ClientError.local("error getting credentials - err: \(missing)")) {
            try file.credentials(of: "else.example")
        }
        #expect(throws: ClientError.local("Error saving credentials: error storing credentials - err: \(missing)")) {
            try file.set("else.example", Credentials(username: "me", password: "x"))
        }
        let failures = file.remove("else.example")
        #expect(failures.map(\.key) == ["else.example", "http://else.example", "https://else.example"])
        #expect(failures.first?.error.message == "error erasing credentials - err: \(missing)")
    }

    @Test("what helpers say where they fail")
    func failing() throws {
        let keychain = try Keychain(#"{"credHelpers":{"a":"fails","b":"talks","c":"wants"}}"#)
        try keychain.addHelper("fails", "exec 0<&-; echo locked; exit 3")
        try keychain.addHelper("talks", "cat; echo nonsense")
        try keychain.addHelper("wants", "echo no credentials server URL; exit 1")
        let file = try keychain.file()
        #expect(throws: ClientError.local("error getting credentials - err: exit status 3, out: `locked`")) {
            try file.credentials(of: "a")
        }
        #expect(throws: ClientError.self) { try file.credentials(of: "b") }
        #expect(
            throws: ClientError.local(
                "error getting credentials - err: no credentials server URL, out: `no credentials server URL`")
        ) { try file.credentials(of: "c") }
    }
}
