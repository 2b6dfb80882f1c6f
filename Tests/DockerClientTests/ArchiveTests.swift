import SystemCalls
import Testing
import Walkthrough

@Suite("files of containers", .needsLab, .engineLab("files"), .serialized)
struct ArchiveTests {
    @Test("cp in and out, of a container that runs and of one that does not", arguments: [true, false])
    func copy(_ runs: Bool) async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name files -v inside:/vol busybox sleep 1000")
        if !runs { try await lab.succeed("docker stop -t 0 files") }
        try await lab.succeed("mkdir -p /tmp/cp-test/dir && echo one > /tmp/cp-test/dir/f")
        try await lab.succeed("docker cp /tmp/cp-test/dir files:/copied")
        try await lab.succeed("docker cp /tmp/cp-test/dir/f files:/vol/g")
        #expect(try await lab.succeed("docker cp files:/copied/f - | tar xO") == "one")
        #expect(try await lab.succeed("docker cp files:/vol/g - | tar xO") == "one")
        let missing = try await lab.run("docker cp files:/nosuch -")
        #expect(missing.errors.contains("Could not find the file /nosuch in container files"))
        try await lab.succeed("docker start files")
        #expect(try await lab.succeed("docker exec files cat /copied/f /vol/g") == "one\none")
        try await lab.succeed("docker rm -f files; docker volume rm inside; rm -r /tmp/cp-test")
    }

    @Test("links of the container lead nowhere outside")
    func links() async throws {
        let lab = try EngineLab.current
        try await lab.succeed(
            "docker run -d --name links busybox sh -c 'mkdir /in; ln -s /in /abs; ln -s ../../../../in /up; sleep 1000'"
        )
        try await lab.succeed("rm -rf /in; mkdir -p /tmp/l && echo x > /tmp/l/f")
        try await lab.wait(for: "/in", from: "docker exec links readlink /abs")
        try await lab.wait(for: "../../../../in", from: "docker exec links readlink /up")
        try await lab.succeed("docker cp /tmp/l/f links:/abs/a")
        try await lab.succeed("docker cp /tmp/l/f links:/up/b")
        #expect(try await lab.succeed("docker exec links ls /in") == "a\nb")
        #expect(try await lab.run("test -e /in").code == 1)
        try await lab.succeed("docker rm -f links; rm -r /tmp/l")
    }

    @Test("diff, export and commit")
    func changes() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run --name changes busybox sh -c 'mkdir /n; echo 1 > /n/f; rm /etc/passwd'")
        let diff = try await lab.run("docker diff changes").lines
        #expect(diff.contains("A /n") && diff.contains("A /n/f") && diff.contains("D /etc/passwd"), "\(diff)")
        #expect(try await lab.succeed("docker export changes | tar xO n/f") == "1")
        try await lab.succeed("docker commit -a me -m note -c 'CMD [\"cat\",\"/n/f\"]' changes made:1")
        #expect(try await lab.succeed("docker run --rm made:1") == "1")
        #expect(try await lab.run("docker run --rm made:1 test -e /etc/passwd").code == 1)
        #expect(try await lab.succeed("docker inspect -f '{{.Author}} {{.Comment}}' made:1") == "me note")
        try await lab.succeed("docker rm changes; docker rmi made:1")
    }

    @Test("system df counts")
    func usage() async throws {
        let lab = try EngineLab.current
        let table = try await lab.succeed("docker system df")
        #expect(table.contains("Images") && table.contains("Local Volumes") && table.contains("Build Cache"))
    }
}
