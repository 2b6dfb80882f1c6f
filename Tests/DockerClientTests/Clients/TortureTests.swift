import Lab
import Testing
import Walkthrough

@Suite("clients without manners", .needsLab, .engineLab("torture"), .serialized)
struct TortureTests {
    @Test("who hangs up in the middle leaves nothing behind")
    func hangups() async throws {
        let lab = try EngineLab.current
        let result = try await lab.run(
            "python3 '\(ClientTools.sources)/torture.py' hangups \(lab.shell.lab.pidFile) 2>&1", seconds: 120)
        print("  \(result.text)")
        #expect(result.code == 0, "\(result.output)")
    }

    @Test("200 clients on events and logs do not slow the others beyond twice")
    func crowd() async throws {
        let lab = try EngineLab.current
        let result = try await lab.run("python3 '\(ClientTools.sources)/torture.py' crowd 2>&1", seconds: 120)
        print("  \(result.text)")
        #expect(result.code == 0, "\(result.output)")
    }
}
