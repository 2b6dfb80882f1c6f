import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// An authority with a server and a client, and another authority's client, made with openssl.
enum LabCertificates {
    static let folder = "/tmp/causeway-lab-tls-\(getpid())"

    /// Makes them, and returns the options of a daemon with TLS on every address.
    static func prepare() throws -> [String] {
        let script = """
            set -e; mkdir -p \(folder); cd \(folder)
            key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            for ca in ca other; do openssl req -x509 $key -keyout $ca-key.pem -out $ca.pem -days 2 -subj /CN=$ca; done
            make() {
              mkdir -p $1; cp ca.pem $1
              openssl req $key -keyout $1/key.pem -out $1/csr -subj /CN=$1; printf "$3" > $1/ext
              openssl x509 -req -in $1/csr -CA $2.pem -CAkey $2-key.pem -days 2 -extfile $1/ext -out $1/cert.pem
            }
            make server ca 'subjectAltName=IP:\(Lab.hostAddress),IP:127.0.0.1,IP:\(Lab.hostIPv6Address)'
            make me ca extendedKeyUsage=clientAuth
            make stranger other extendedKeyUsage=clientAuth
            """
        let output = try ChildProcess.run(ChildRequest("/bin/sh", ["-c", script]))
        try #require(output.status.isSuccess, "\(output.errorText)")
        return ["-H", "tcp://[::]:2376", "--tlsverify"] + files
    }

    static var files: [String] {
        [
            "--tlscacert", folder + "/ca.pem", "--tlscert", folder + "/server/cert.pem", "--tlskey",
            folder + "/server/key.pem",
        ]
    }
}

@Suite(
    "TCP with TLS", .needsLab, .engineLab("tls", folder: LabCertificates.folder) { try LabCertificates.prepare() },
    .serialized)
struct TLSTests {
    /// The docker command line with a certificate, on the lab's host or in its internet.
    private func docker(
        _ arguments: String, as who: String = "me", at address: String = Lab.hostAddress + ":2376",
        internet: Bool = true, input: String = ""
    ) async throws -> EngineLab.Result {
        let lab = try EngineLab.current
        let place = internet ? "nsenter --net=\(lab.shell.lab.internetNamespacePath) " : ""
        return try await lab.run(
            "\(place)env DOCKER_HOST=tcp://\(address) DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=\(LabCertificates.folder)/\(who) "
                + "timeout 20 docker \(arguments)", input: input)
    }

    @Test(arguments: [Lab.hostAddress + ":2376", "[\(Lab.hostIPv6Address)]:2376", "127.0.0.1:2376"])
    func `a client with a certificate does all that it does on the socket`(address: String) async throws {
        let internet = !address.hasPrefix("127")
        func run(_ arguments: String, input: String = "") async throws -> EngineLab.Result {
            try await docker(arguments, at: address, internet: internet, input: input)
        }
        // The end of the input travels as TLS' own goodbye, and the output goes on after it.
        let piped = try await run("run -i --rm --name piped busybox sh -c 'cat; echo end'", input: "in\n")
        #expect(piped.lines == ["in", "end"], "\(piped.errors)")
        #expect(try await run("run -d --name far busybox sh -c 'echo a; sleep 0.3; echo b; exec sleep 1000'").code == 0)
        let zeros = String(repeating: "0", count: 2_000_000)
        #expect(try await run("exec -i far wc -c", input: zeros).text == "2000000")
        #expect(
            try await run("exec far sh -c 'head -c 3000000 /dev/zero | tr \"\\0\" x'").output.utf8.count == 3_000_000)
        #expect(try await run("exec far sh -c 'exit 7'").code == 7)
        let followed = try await run("logs -f far & sleep 1; docker -H \(shellHost()) stop -t 0 far >/dev/null; wait")
        #expect(followed.lines == ["a", "b"], "the log is followed to the container's end: \(followed.errors)")
        let events = try await run("events --since 60s --until 0s --filter container=far --format '{{.Action}}'")
        #expect(events.lines.contains("create") && events.lines.contains("start"), "\(events.text) \(events.errors)")
        #expect(try await run("cp far:/etc/passwd - | tar xO").text.contains("root:"))
        #expect(try await run("rm -f far").code == 0)
    }

    private func shellHost() throws -> String { try EngineLab.current.shell.lab.dockerHost }

    @Test func `who has no certificate of the authority is refused, and so is old TLS`() async throws {
        let lab = try EngineLab.current
        let stranger = try await docker("version", as: "stranger")
        #expect(stranger.code == 1 && stranger.errors.contains("tls: "), "\(stranger.errors)")
        let inside = "nsenter --net=\(lab.shell.lab.internetNamespacePath) "
        let address = Lab.hostAddress + ":2376"
        #expect(try await lab.run(inside + "curl -sk --max-time 5 https://\(address)/_ping").output == "")
        #expect(try await lab.run(inside + "curl -s --max-time 5 http://\(address)/_ping").output == "")
        #expect(try await lab.run(inside + "curl -s --max-time 5 http://\(Lab.hostAddress):2375/_ping").code == 7)
        let me = LabCertificates.folder + "/me"
        let known = "curl -sk --max-time 5 --cert \(me)/cert.pem --key \(me)/key.pem"
        #expect(try await lab.run(inside + "\(known) https://\(address)/_ping").output == "OK")
        let old = "--tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0"
        #expect(try await lab.run(inside + "\(known) \(old) https://\(address)/_ping").output == "")
        #expect(lab.shell.lab.logTail(lines: 20).contains("TLS handshake error"))
    }

    @Test func `a daemon whose certificates cannot be used names the file and makes nothing`() async throws {
        let lab = try EngineLab.current
        let program = TestLab.causeway + "d"
        let start =
            "timeout 20 \(program) --data-root /nowhere/d --exec-root /nowhere/e --pidfile '' -H tcp://127.0.0.1:9 "
        let folder = LabCertificates.folder
        let cases = [
            ("", "binding to IP address without --tlsverify is insecure"),
            (
                "--tlsverify --tlscacert /nosuch --tlscert \(folder)/server/cert.pem --tlskey \(folder)/server/key.pem",
                "could not read CA certificate \"/nosuch\": No such file or directory"
            ),
            ("--tls --tlscert /nosuch", "could not load X509 key pair (cert: \"/nosuch\""),
            (
                "--tls --tlscacert \(folder)/ca.pem --tlscert \(folder)/server/cert.pem --tlskey \(folder)/me/key.pem",
                "or not the certificate's"
            ),
        ]
        for (options, words) in cases {
            let result = try await lab.run(start + options)
            #expect(result.code == 1 && result.errors.contains(words), "\(options): \(result.errors)")
        }
        #expect(!FileSystem.exists("/nowhere"))
    }

    @Test func `without verification, or without TLS, only where that is asked for, and with warnings`() async throws {
        let lab = try EngineLab.current
        try await lab.restartDaemon(
            options: ["-H", "tcp://0.0.0.0:2376", "--tls", "--tlsverify=false"] + LabCertificates.files)
        let address = "https://\(Lab.hostAddress):2376"
        let curl = "nsenter --net=\(lab.shell.lab.internetNamespacePath) curl -s --max-time 5 "
        #expect(
            try await lab.run(curl + "--cacert \(LabCertificates.folder)/ca.pem \(address)/_ping").output == "OK")
        #expect(try await lab.succeed("docker info 2>&1").contains("2376 without TLS client verification."))
        try await lab.restartDaemon(options: ["-H", "tcp://127.0.0.1:2375", "--tls=false"])
        #expect(try await lab.succeed("docker -H tcp://127.0.0.1:2375 version -f '{{.Server.Os}}'") == "linux")
        #expect(try await lab.succeed("docker info 2>&1").contains("2375 without encryption."))
        #expect(try await lab.run(curl + "http://\(Lab.hostAddress):2375/_ping").code == 7, "only on the loopback")
        #expect(lab.shell.lab.logTail(lines: 9).contains("gives root access on this machine to everyone"))
        let status = try await lab.succeed("stat -c '%a %U' \(lab.shell.lab.socketPath)")
        #expect(status == "660 root")
        try await lab.restartDaemon(options: ["--group", "nogroup"])
        #expect(try await lab.succeed("stat -c '%a %U %G' \(lab.shell.lab.socketPath)") == "660 root nogroup")
        // Who is in the group may, who is not may not.
        let path = lab.shell.lab.socketPath
        let ask = "curl -s --max-time 5 --unix-socket \(path) http://d/_ping"
        #expect(try await lab.run("setpriv --reuid 65534 --regid 65534 --clear-groups \(ask)").output == "OK")
        #expect(try await lab.run("setpriv --reuid 12345 --regid 12345 --clear-groups \(ask)").output == "")
    }
}
