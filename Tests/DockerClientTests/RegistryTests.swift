import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

@Suite(
    "registries through the docker command line", .needsLab,
    .enabled(if: LabRegistries.program != nil, "docker-registry is not installed: scripts/packages.sh lab"),
    .engineLab("registry") { try LabRegistries.prepare() }, .registriesRunning, .serialized, .timeLimit(.minutes(5)))
struct RegistryTests {
    private let plain = LabRegistries.plain
    private let secure = LabRegistries.secure

    @Test func `push, remove, pull, run: the same image comes back, and layers are sent once`() async throws {
        let lab = try EngineLab.current
        let id = try await lab.succeed("docker images -q --no-trunc busybox")
        try await lab.succeed("docker tag busybox \(plain)/box:1")
        let pushed = try await lab.succeed("docker push \(plain)/box:1")
        #expect(pushed.contains("The push refers to repository [\(plain)/box]"), "\(pushed)")
        #expect(pushed.contains(": Preparing") && pushed.contains(": Pushed"), "\(pushed)")
        #expect(
            LinePattern.matches(LinePattern.lines(pushed).last ?? "", "1: digest: sha256:{hex64} size: {any}"),
            "\(pushed)")
        #expect(try await lab.succeed("docker push \(plain)/box:1").contains(": Layer already exists"))
        try await lab.succeed("docker tag busybox \(plain)/other/box:1")
        #expect(try await lab.succeed("docker push \(plain)/other/box:1").contains(": Mounted from box"))

        try await lab.succeed("docker rmi \(plain)/box:1 \(plain)/other/box:1 busybox")
        #expect(try await lab.succeed("docker images -q") == "")
        let ran = try await lab.run("docker run --rm \(plain)/box:1 echo works")
        #expect(ran.text == "works")
        #expect(ran.errors.contains("Unable to find image '\(plain)/box:1' locally"), "\(ran.errors)")
        #expect(ran.errors.contains("Status: Downloaded newer image for \(plain)/box:1"), "\(ran.errors)")
        #expect(try await lab.succeed("docker images -q --no-trunc \(plain)/box:1") == id)
        #expect(
            try await lab.succeed("docker pull \(plain)/box:1").contains(
                "Status: Image is up to date for \(plain)/box:1"))

        let digest = try await lab.succeed("docker inspect -f '{{index .RepoDigests 0}}' \(plain)/box:1")
        #expect(LinePattern.matches(digest, "\(plain)/box@sha256:{hex64}"))
        #expect(try await lab.succeed("docker images --digests").contains(String(digest.split(separator: "@")[1])))
        try await lab.succeed("docker rmi \(plain)/box:1")
        try await lab.succeed("docker pull -q \(digest)")
        #expect(try await lab.succeed("docker run --rm \(digest) echo works") == "works")
        try await lab.succeed("docker tag \(digest) busybox && docker rmi \(digest)")
    }

    @Test func `all tags come with -a; what is not there is told in Docker's words`() async throws {
        let lab = try EngineLab.current
        for tag in ["a", "b"] { try await lab.succeed("docker tag busybox \(plain)/tags:\(tag)") }
        try await lab.succeed("docker push -a -q \(plain)/tags && docker rmi \(plain)/tags:a \(plain)/tags:b")
        try await lab.succeed("docker pull -a \(plain)/tags")
        #expect(try await lab.succeed("docker images --format '{{.Tag}}' \(plain)/tags | sort") == "a\nb")
        try await lab.succeed("docker rmi \(plain)/tags:a \(plain)/tags:b")
        let missing = try await lab.run("docker pull \(plain)/tags:none")
        #expect(missing.code != 0)
        #expect(
            missing.errors.contains("manifest for \(plain)/tags:none not found: manifest unknown"), "\(missing.errors)")
        #expect(
            try await lab.run("docker push \(plain)/never:1").errors.contains(
                "An image does not exist locally with the tag: \(plain)/never"))
        #expect(try await lab.run("docker search box").errors.contains("searching is not available"))
        let nobody = try await lab.run("docker pull \(Lab.webAddress):5999/x")
        #expect(nobody.code != 0 && nobody.errors.lowercased().contains("connection refused"), "\(nobody.errors)")
    }

    @Test func `TLS and a password: login, push, pull; without them a clear refusal`() async throws {
        let lab = try EngineLab.current
        let config = LabRegistries.folder + "/docker-config"
        func docker(_ words: String) -> String { "docker --config \(config) \(words)" }
        try await lab.succeed("docker tag busybox \(secure)/box:1")
        let refused = try await lab.run(docker("push \(secure)/box:1"))
        #expect(refused.code != 0 && refused.errors.contains("no basic auth credentials"), "\(refused.errors)")
        let wrong = try await lab.run(docker("login -u me --password-stdin \(secure)"), input: "guess")
        #expect(wrong.code != 0 && wrong.errors.contains("401 Unauthorized"), "\(wrong.errors)")
        let right = try await lab.run(docker("login -u me --password-stdin \(secure)"), input: "s3cret")
        #expect(right.code == 0 && right.output.contains("Login Succeeded"), "\(right.errors)")
        try await lab.succeed(docker("push \(secure)/box:1") + " && docker rmi \(secure)/box:1")
        #expect(try await lab.run(docker("run --rm \(secure)/box:1 echo works")).text == "works")
        try await lab.succeed("docker rmi \(secure)/box:1")
        let log = try FileSystem.readText(lab.shell.lab.daemonLog)
        #expect(!log.contains("s3cret") && !log.contains("bWU6czNjcmV0"))
        let told = try await lab.succeed("docker events --since 10m --until 0s; docker info")
        #expect(!told.contains("s3cret") && !told.contains("bWU6czNjcmV0"))
        let kept = "grep -rlE 's3cret|bWU6czNjcmV0' \(lab.shell.lab.dataRoot) \(lab.shell.lab.execRoot)"
        #expect(try await lab.run(kept).output == "", "no record holds a password")

        // The same registry by an address that no certificate is kept for.
        let untrusted = try await lab.run(docker("pull \(Lab.nameServerAddress):5443/box:1"))
        #expect(
            untrusted.code != 0 && untrusted.errors.contains("certificate signed by unknown authority"),
            "\(untrusted.errors)")
        // Plain HTTP where TLS is wanted.
        let unencrypted = try await lab.run(docker("pull \(Lab.nameServerAddress):5000/box:1"))
        #expect(
            unencrypted.code != 0 && unencrypted.errors.contains("server gave HTTP response to HTTPS client"),
            "\(unencrypted.errors)")
    }

    @Test func `Causeway's own commands log in, push, pull and log out`() async throws {
        let lab = try EngineLab.current
        func causeway(_ words: String) -> String {
            "DOCKER_CONFIG=\(LabRegistries.folder)/own-config \(TestLab.causeway) \(words)"
        }
        try await lab.succeed("docker tag busybox \(secure)/own:1")
        let login = try await lab.run(causeway("login -u me --password-stdin \(secure)"), input: "s3cret\n")
        #expect(login.text == "Login Succeeded", "\(login.errors)")
        #expect(try await lab.succeed(causeway("push \(secure)/own:1")).contains("1: digest: sha256:"))
        try await lab.succeed("docker rmi \(secure)/own:1")
        #expect(try await lab.succeed(causeway("pull \(secure)/own:1")).contains("Downloaded newer image"))
        try await lab.succeed("docker rmi \(secure)/own:1")
        #expect(
            try await lab.succeed(causeway("logout \(secure)")).contains("Removing login credentials for \(secure)"))
        #expect(try await lab.run(causeway("pull \(secure)/own:1")).errors.contains("no basic auth credentials"))
    }

    @Test func `a credential helper serves both command lines`() async throws {
        let lab = try EngineLab.current
        let folder = LabRegistries.folder + "/helper-config"
        try FileSystem.makeDirectory(folder)
        try FileSystem.writeInPlace(folder + "/config.json", #"{"credsStore":"lab"}"#)
        // One registry's credentials in one file: enough here.
        try FileSystem.writeInPlace(
            folder + "/docker-credential-lab",
            """
            #!/bin/sh
            kept=\(folder)/kept
            none() { echo credentials not found in native keychain; exit 1; }
            case $1 in
            store) cat > $kept ;;
            get) cat > /dev/null; cat $kept 2> /dev/null || none ;;
            erase) cat > /dev/null; rm $kept 2> /dev/null || none ;;
            esac
            """, mode: 0o755)
        func with(_ program: String, _ words: String) -> String {
            "PATH=$PATH:\(folder) DOCKER_CONFIG=\(folder) \(program) \(words)"
        }
        for (one, other) in [("docker", TestLab.causeway), (TestLab.causeway, "docker")] {
            try await lab.succeed("docker tag busybox \(secure)/helped:1")
            let login = try await lab.run(
                with(one, "login -u me --password-stdin \(secure)"), input: "s3cret\n")
            #expect(login.text == "Login Succeeded" && !login.errors.contains("unencrypted"), "\(login.errors)")
            #expect(try !FileSystem.readText(folder + "/config.json").contains("\"auth\""))
            try await lab.succeed(with(other, "push -q \(secure)/helped:1"))
            try await lab.succeed("docker rmi \(secure)/helped:1")
            try await lab.succeed(with(other, "run --rm \(secure)/helped:1 true"))
            try await lab.succeed("docker rmi \(secure)/helped:1")
            try await lab.succeed(with(other, "logout \(secure)"))
            let refused = try await lab.run(with(one, "pull \(secure)/helped:1"))
            #expect(refused.errors.contains("no basic auth credentials"), "\(refused.errors)")
        }
    }

    @Test func `distribution tells what the registry has`() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker tag busybox \(plain)/told:1 && docker push -q \(plain)/told:1")
        let reply = try await lab.succeed(
            "curl -s --unix-socket \(lab.shell.lab.socketPath) http://d/v1.47/distribution/\(plain)/told:1/json")
        #expect(reply.contains(#""mediaType":"application/vnd.docker.distribution.manifest.v2+json""#), "\(reply)")
        #expect(reply.contains(#""Platforms":[{"architecture":"#), "\(reply)")
        let missing = try await lab.succeed(
            "curl -s -o /dev/null -w '%{http_code}' --unix-socket \(lab.shell.lab.socketPath) http://d/distribution/\(plain)/told:2/json"
        )
        #expect(missing == "404")
        try await lab.succeed("docker rmi \(plain)/told:1")
    }

    @Test func `a client that hangs up in the middle of a pull leaves nothing`() async throws {
        let lab = try EngineLab.current
        let root = lab.shell.lab.stateDirectory + "/big"
        try await lab.succeed("mkdir -p \(root) && head -c 40000000 /dev/urandom > \(root)/noise")
        try await lab.succeed("tar -C \(root) -c . | docker import - \(plain)/big:1 && docker push -q \(plain)/big:1")
        try await lab.succeed("docker rmi \(plain)/big:1 && rm -r \(root)")
        let before = try await lab.succeed("docker images --no-trunc; ls \(lab.shell.lab.dataRoot)/image/layers/sha256")
        // The registry stands still once the first bytes are there, so that the client surely goes in the middle.
        let pid = try FileSystem.readText(LabRegistries.folder + "/plain.pid")
        defer { try? LabRegistries.signal("plain", SIGCONT) }
        let heard = try await lab.run(
            """
            curl -sN --unix-socket \(lab.shell.lab.socketPath) -X POST \
            'http://d/images/create?fromImage=\(plain)/big&tag=1' | grep -m1 -o '"Downloading"' && kill -STOP \(pid)
            """, seconds: 20)
        #expect(heard.text == "\"Downloading\"", "\(heard.errors)")
        try await lab.wait(for: "", from: "ls \(lab.shell.lab.dataRoot)/image/tmp")
        #expect(
            try await lab.succeed("docker images --no-trunc; ls \(lab.shell.lab.dataRoot)/image/layers/sha256")
                == before)
        try LabRegistries.signal("plain", SIGCONT)
        try await lab.succeed("docker pull -q \(plain)/big:1 && docker rmi \(plain)/big:1")
    }

    @Test func `prune removes what has no tag, and with -a what no container uses`() async throws {
        let lab = try EngineLab.current
        let root = lab.shell.lab.stateDirectory + "/prune"
        try await lab.succeed("mkdir -p \(root) && echo one > \(root)/one")
        let id = try await lab.succeed("tar -C \(root) -c . | docker import -")
        try await lab.succeed("docker tag busybox kept:1")
        let pruned = try await lab.succeed("docker image prune -f")
        #expect(pruned.contains("deleted: \(id)") && pruned.contains("Total reclaimed space: "), "\(pruned)")
        #expect(try await lab.succeed("docker images -q kept:1") != "")
        let container = try await lab.succeed("docker create busybox")
        try await lab.succeed("tar -C \(root) -c . | docker import - gone:1")
        #expect(try await lab.succeed("docker image prune -a -f").contains("untagged: gone:1"))
        #expect(try await lab.succeed("docker images -q busybox") != "")
        try await lab.succeed("docker rm \(container) && docker rmi kept:1; rm -r \(root)")
    }
}

/// Starts the lab's registries before the suite's first test.
struct RegistriesTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        if TestLab.isPossible, TestLab.docker != nil { try await LabRegistries.start(in: try EngineLab.current) }
        defer { try? FileSystem.removeTree(LabRegistries.folder) }
        try await function()
    }
}

extension Trait where Self == RegistriesTrait {
    /// The lab's registries; behind the lab among a suite's traits.
    static var registriesRunning: RegistriesTrait { RegistriesTrait() }
}
