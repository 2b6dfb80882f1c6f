import Testing

@Suite("docker-py", .needsLab, .needsPythonClients, .engineLab("py"), .serialized)
struct DockerPyTests {
    @Test("behaves as with Docker", arguments: ClientTools.tests(in: "docker_py"))
    func behaves(_ test: ClientTools.PythonTest) async throws {
        try await ClientTools.run(test, in: EngineLab.current)
    }

    @Test("has its tests found") func found() {
        #expect(ClientTools.tests(in: "docker_py").count > 50)
    }
}

@Suite("Testcontainers for Python", .needsLab, .needsPythonClients, .engineLab("testc"), .serialized)
struct TestcontainersTests {
    @Test("starts a container and reads its port", arguments: ClientTools.tests(in: "testcontainers"))
    func behaves(_ test: ClientTools.PythonTest) async throws {
        try await ClientTools.run(test, in: EngineLab.current)
    }
}
