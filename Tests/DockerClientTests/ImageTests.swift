import Lab
import SystemCalls
import Testing
import Walkthrough

@Suite("images through the docker command line", .needsLab, .engineLab("images"), .serialized)
struct ImageTests {
    @Test("images lists busybox as docker does")
    func list() async throws {
        let lines = try await EngineLab.current.run("docker images").lines
        let header = (lines.first ?? "").split(separator: " ").joined(separator: " ")
        #expect(header == "REPOSITORY TAG IMAGE ID CREATED SIZE")
        #expect(LinePattern.matches(lines.last ?? "", "busybox      latest    {hex12}   {any}B"), "\(lines)")
    }

    @Test("save, remove, load: the same image comes back and runs")
    func saveAndLoad() async throws {
        let lab = try EngineLab.current
        let archive = lab.shell.lab.stateDirectory + "/saved.tar"
        let id = try await lab.succeed("docker images -q --no-trunc busybox")
        try await lab.succeed("docker tag busybox copy:1")
        try await lab.succeed("docker save -o \(archive) busybox copy:1")
        #expect(try await lab.succeed("docker rmi copy:1").contains("Untagged: copy:1"))
        let removed = try await lab.succeed("docker rmi busybox")
        #expect(removed.contains("Untagged: busybox:latest") && removed.contains("Deleted: \(id)"), "\(removed)")
        #expect(try await lab.succeed("docker images -q") == "")
        let loaded = try await lab.succeed("docker load -i \(archive)")
        #expect(loaded.contains("Loaded image: busybox:latest") && loaded.contains("Loaded image: copy:1"), "\(loaded)")
        #expect(try await lab.succeed("docker images -q --no-trunc busybox") == id)
        #expect(try await lab.succeed("docker run --rm copy:1 echo works") == "works")
        try await lab.succeed("docker rmi copy:1")
    }

    @Test("import makes an image of a root file system, with changes")
    func importRoot() async throws {
        let lab = try EngineLab.current
        let root = lab.shell.lab.stateDirectory + "/root"
        try FileSystem.makeDirectory(root + "/bin")
        try await lab.succeed("cp /bin/busybox \(root)/bin/sh")
        let id = try await lab.succeed(
            "tar -C \(root) -c . | docker import -c 'CMD [\"sh\", \"-c\", \"echo imported\"]' -m note - own:2")
        #expect(LinePattern.matches(id, "sha256:{hex64}"))
        #expect(try await lab.succeed("docker run --rm own:2") == "imported")
        #expect(try await lab.succeed("docker image inspect -f '{{.Comment}}' own:2") == "note")
        try await lab.succeed("docker rmi own:2")
    }

    @Test("an image in use stays; an unknown one is named")
    func removal() async throws {
        let lab = try EngineLab.current
        let container = try await lab.succeed("docker create --name uses busybox")
        let refused = try await lab.run("docker rmi busybox")
        #expect(refused.code == 1)
        #expect(
            refused.errors.contains(
                "conflict: unable to remove repository reference \"busybox\" (must force) - container \(container.prefix(12)) is using its referenced image"
            ),
            "\(refused.errors)")
        try await lab.succeed("docker rm uses")
        #expect(try await lab.run("docker rmi nosuch").errors.contains("No such image: nosuch"))
        #expect(try await lab.run("docker tag busybox UPPER").code != 0)
    }

    @Test("an archive that is garbage, or cut off, is refused whole")
    func badArchives() async throws {
        let lab = try EngineLab.current
        let folder = lab.shell.lab.stateDirectory
        let before = try await lab.succeed("docker images --no-trunc")
        try FileSystem.writeInPlace(folder + "/garbage.tar", String(repeating: "garbage", count: 1000))
        #expect(try await lab.run("docker load -i \(folder)/garbage.tar").code != 0)
        try await lab.succeed(
            "docker save -o \(folder)/whole.tar busybox && head -c 300000 \(folder)/whole.tar > \(folder)/cut.tar")
        #expect(try await lab.run("docker load -i \(folder)/cut.tar").code != 0)
        #expect(try await lab.succeed("docker images --no-trunc") == before)
    }
}
