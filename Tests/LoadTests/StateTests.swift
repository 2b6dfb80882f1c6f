import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// The bounded variant of `make torture`'s part `exhaustion`: the state file is damaged while a container runs.
@Suite("a daemon whose state is damaged", .enabled(if: TestLab.isPossible))
struct StateTests {
    @Test("what runs is found again: the container, its network, its addresses and port, the image")
    func damaged() async throws {
        let (before, after, log) = try await BlockingWork.run {
            let lab = try TestLab.up("state")
            defer { try? lab.down() }
            let shell = try LabShell(lab: lab, client: TestLab.ownClient)
            _ = try shell.run("docker network create net", seconds: 30)
            _ = try shell.run("docker run -d --name runs --network net -p 8080:80 busybox sleep 1000", seconds: 30)
            let facts = """
                docker inspect -f '{{.Id}} {{.State.Pid}} {{json .NetworkSettings}}' runs
                docker network inspect net; docker images --no-trunc -q; docker exec runs echo reached
                """
            let before = try shell.run(facts, seconds: 30).text
            try lab.stopDaemon(crash: true)
            for file in ["causeway.db", "causeway.db-wal", "image/repositories.json"] {
                try FileSystem.writeInPlace(lab.dataRoot + "/" + file, String(repeating: "nonsense", count: 9000))
            }
            try lab.restartDaemon()
            return (before, try shell.run(facts, seconds: 30).text, lab.logTail(lines: 40))
        }
        #expect(before.contains("reached"))
        #expect(after == before)
        #expect(log.contains("causeway.db is damaged"))
        #expect(log.contains("the index is damaged"))
    }
}
