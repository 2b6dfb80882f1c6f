import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// Who may speak with a registry, and by which way; an extension of `RegistryTests` for its lab.
extension RegistryTests {
    @Test func `a registry with tokens: anybody pulls what is public, who has logged in pushes`() async throws {
        let lab = try EngineLab.current
        let tokens = LabRegistries.tokens
        func docker(_ words: String) -> String { "docker --config \(LabRegistries.folder)/token-config \(words)" }
        try await lab.succeed("docker tag busybox \(tokens)/public/box:1 && docker tag busybox \(tokens)/own/box:1")
        let refused = try await lab.run(docker("push \(tokens)/public/box:1"))
        #expect(refused.code != 0 && refused.errors.contains("authentication required"), "\(refused.errors)")
        let wrong = try await lab.run(docker("login -u me --password-stdin \(tokens)"), input: "guess")
        #expect(wrong.code != 0 && wrong.errors.contains("authentication required"), "\(wrong.errors)")
        let right = try await lab.run(docker("login -u me --password-stdin \(tokens)"), input: "s3cret")
        #expect(right.code == 0 && right.output.contains("Login Succeeded"), "\(right.errors)")
        for name in ["public", "own"] { try await lab.succeed(docker("push -q \(tokens)/\(name)/box:1")) }
        try await lab.succeed("docker rmi \(tokens)/public/box:1 \(tokens)/own/box:1")
        try await lab.succeed("docker pull -q \(tokens)/public/box:1")
        // The docker command line would ask for a password.
        let secret = try await lab.run("\(TestLab.causeway) pull -q \(tokens)/own/box:1")
        #expect(secret.code != 0 && secret.errors.contains("authentication required"), "\(secret.errors)")
        try await lab.succeed(docker("pull -q \(tokens)/own/box:1"))
        #expect(try await lab.succeed("docker run --rm \(tokens)/own/box:1 echo works") == "works")
        try await lab.succeed("docker rmi \(tokens)/public/box:1 \(tokens)/own/box:1")
        #expect(!(try FileSystem.readText(lab.shell.lab.daemonLog)).contains("s3cret"))
    }

    @Test func `a registry that wants the client's certificate gets it from certs.d`() async throws {
        let lab = try EngineLab.current
        let mutual = LabRegistries.mutual
        let trusted = LabRegistries.folder + "/certs.d/" + mutual
        try await lab.succeed("docker tag busybox \(mutual)/box:1")
        let stranger = try await lab.run("docker push -q \(mutual)/box:1")
        #expect(
            stranger.code != 0 && stranger.errors.contains("remote error: tls: bad certificate"), "\(stranger.errors)")
        try await lab.succeed("cp \(LabRegistries.folder)/client.pem \(trusted)/client.cert")
        let half = try await lab.run("docker push -q \(mutual)/box:1")
        #expect(half.code != 0 && half.errors.contains("missing key \(trusted)/client.key"), "\(half.errors)")
        try await lab.succeed("cp \(LabRegistries.folder)/client.key \(trusted)/client.key")
        try await lab.succeed("docker push -q \(mutual)/box:1 && docker rmi \(mutual)/box:1")
        try await lab.succeed("docker pull -q \(mutual)/box:1 && docker rmi \(mutual)/box:1")
    }

    @Test func `a proxy is asked where the daemon has one, and not for who is named in no-proxy`() async throws {
        let lab = try EngineLab.current
        let secure = LabRegistries.secure
        let file = LabRegistries.folder + "/daemon.json"
        let plain = try FileSystem.readText(file)
        func pull(_ proxies: String) async throws -> (EngineLab.Result, String) {
            let log = LabRegistries.folder + "/asked.log"
            try FileSystem.writeInPlace(log, "")
            try FileSystem.writeInPlace(file, String(plain.dropLast()) + ", \"proxies\": {\(proxies)}}")
            try await lab.restartDaemon()
            let result = try await lab.run("docker pull \(secure)/box:1")
            return (result, try FileSystem.readText(log))
        }
        let proxy = "\"https-proxy\": \"http://\(LabRegistries.proxy)\""
        let (through, asked) = try await pull(proxy)
        // The registry wants a password: that it was reached is what counts here.
        #expect(through.errors.contains("no basic auth credentials"), "\(through.errors)")
        #expect(asked.contains("CONNECT \(secure)"), "\(asked)")
        let (direct, silence) = try await pull(proxy + ", \"no-proxy\": \"\(Lab.webAddress)\"")
        #expect(direct.errors.contains("no basic auth credentials") && silence == "", "\(direct.errors) \(silence)")
        let (dead, _) = try await pull("\"https-proxy\": \"http://\(Lab.webAddress):9\"")
        #expect(dead.errors.lowercased().contains("proxy") || dead.errors.contains("refused"), "\(dead.errors)")
        try FileSystem.writeInPlace(file, plain)
        try await lab.restartDaemon()
    }
}
