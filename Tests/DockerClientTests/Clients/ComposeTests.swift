import Lab
import SystemCalls
import Testing
import Walkthrough

@Suite("docker compose", .needsLab, .needsCompose, .engineLab("compose"), .serialized)
struct ComposeTests {
    /// Where the project keeps what is to stay.
    enum Keeping: String, Sendable, CaseIterable {
        case volume, folder

        /// Named volumes only where the engine has them.
        static var possible: [Keeping] { ClientTools.isServed("POST /volumes/create") ? allCases : [.folder] }
    }

    @Test("a project of two services: up, used, down; what it wrote stays", arguments: Keeping.possible)
    func project(_ keeping: Keeping) async throws {
        let lab = try EngineLab.current
        let plugin = try #require(ClientTools.compose)
        try await lab.succeed("mkdir -p $DOCKER_CONFIG/cli-plugins && ln -sf '\(plugin)' $DOCKER_CONFIG/cli-plugins/")
        let folder = lab.shell.lab.stateDirectory + "/" + keeping.rawValue
        try FileSystem.makeDirectory(folder)
        var project = try FileSystem.readText(ClientTools.sources + "/compose/compose.yaml")
        if keeping == .folder {
            project = project.replacing("- data:/data", with: "- \(folder):/data").replacing(
                "volumes:\n  data:\n", with: "")
        }
        let file = folder + "/compose.yaml"
        try FileSystem.writeInPlace(file, project)
        let compose = "docker compose -p shop -f '\(file)'"

        try await lab.succeed("\(compose) up -d --quiet-pull")
        let services = try await lab.succeed("\(compose) ps --format '{{.Service}} {{.State}} {{.Health}}' | sort")
        #expect(services == "shop running\nstore running healthy")
        // Health came first.
        let times = try await lab.succeed("docker inspect -f '{{.State.StartedAt}}' shop-store-1 shop-shop-1")
        #expect(times.split(separator: "\n").sorted() == times.split(separator: "\n"))
        try await lab.wait(for: "the store says 0", from: "busybox nc 127.0.0.1 8088 </dev/null")

        #expect(try await lab.succeed("\(compose) exec -T shop sh -c 'echo $COLOUR'") == "red")
        #expect(try await lab.succeed("docker network inspect -f '{{len .Containers}}' shop_inner") == "2")
        try await lab.succeed("\(compose) exec -T store sh -c 'echo 7 > /data/count'")
        #expect(try await lab.succeed("\(compose) top store").contains("nc -l -p 5000"))

        // A second `up` changes nothing; without the volume's removal what was written stays.
        let before = try await lab.succeed("docker ps -q --no-trunc | sort")
        try await lab.succeed("\(compose) up -d")
        #expect(try await lab.succeed("docker ps -q --no-trunc | sort") == before)
        try await lab.succeed("\(compose) down -t 0")
        #expect(try await lab.succeed("docker volume ls -q") == (keeping == .volume ? "shop_data" : ""))
        try await lab.succeed("\(compose) up -d --wait")
        try await lab.wait(for: "the store says 7", from: "busybox nc 127.0.0.1 8088 </dev/null")

        try await lab.succeed("\(compose) down -t 0 -v")
        #expect(try await lab.succeed("docker ps -aq; docker volume ls -q; docker network ls -q -f name=shop") == "")
        #expect(try await lab.traces() == lab.baseline)
    }
}
