import Faults
import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing

@testable import Lessons

@Suite struct LessonTests {
    @Test func `an answer is right by the fault's name, or by half of the words that tell it`() throws {
        let down = try #require(Fault.named("L1"))
        #expect(Grade("L1", down).isRight)
        #expect(Grade("docker0 is down", down).isRight)
        #expect(!Grade("the uplink lost its carrier", down).isRight)
        #expect(!Grade("it is not on", down).isRight)
        #expect(Grade("docker0", down).text.contains("warm"))
    }

    @Test func `faults are found by name and by number`() throws {
        #expect(try Hunt.find("l1").id == Fault.matrix[0].id)
        #expect(try Hunt.find("2") == Fault.matrix[1])
        #expect(throws: LabError.self) { try Hunt.find("0") }
        #expect(throws: LabError.self) { try Hunt.find("nonsense") }
    }

    @Test func `arguments that make no sense are refused, those of the lab itself passed on`() throws {
        #expect(try LessonArguments(parsing: ["up"]) == nil)
        #expect(try LessonArguments(parsing: ["tour", "bridge", "--yes"])?.yes == true)
        for wrong in [["tour"], ["tour", "sideways"], ["break", "--yes"], ["break", "1", "2"], ["check", "--lab"]] {
            #expect(throws: LabError.self) { try LessonArguments(parsing: wrong) }
        }
    }

    @Test(.enabled(if: TestLab.isPossible, "labs need root"))
    func `the tour of the bridge fails where it says, mends, and leaves nothing`() throws {
        let name = TestLab.name("tour")
        let output = try ChildProcess.run(
            ChildRequest(TestLab.causeway, ["lab", "tour", "bridge", "--yes", "--lab", name]))
        #expect(output.status.isSuccess, "\(output.text)\(output.errorText)")
        #expect(output.text.contains("Network is unreachable"))
        // Each step fails for its reason, which `why` names.
        for reason in [
            "✗ nobody on brd0 has 7.7.7.1 (proved)", "✗ no default route in red (proved)",
            "✗ forwarding is off (proved)", "✗ masquerade missing (proved)",
        ] { #expect(output.text.contains(reason), "\(reason)") }
        #expect(output.text.contains("brd0 7.7.7.1/24 UP · 2/2 ports forwarding"))
        #expect(output.text.contains("eth0 red"))
        #expect(!output.text.contains("✗ after"))
        #expect(try !Lab(name).exists)
        #expect(!FileSystem.exists("/run/netns/red"))
    }

    @Test(.enabled(if: TestLab.isPossible, "labs need root"))
    func `a fault is made, an answer graded, and all taken back`() throws {
        let lab = try TestLab.up("hunt")
        defer { try? lab.down() }
        func causeway(_ words: String...) throws -> ProcessOutput {
            try ChildProcess.run(ChildRequest(TestLab.causeway, ["lab"] + words + ["--lab", lab.name]))
        }
        #expect(try causeway("check").status.code == 1)
        let made = try causeway("break", "L1")
        #expect(made.status.isSuccess, "\(made.text)\(made.errorText)")
        #expect(try causeway("break", "L1").errorText.contains("already"))
        #expect(try causeway("check", "masquerade missing").status.code == 1)
        let right = try causeway("check", "docker0 is down")
        #expect(right.status.isSuccess && right.text.contains("✓ right: L1"))
        #expect(try causeway("check").text.contains("not mended"))
        #expect(try causeway("break", "--undo").text.contains("It was L1"))
        #expect(try causeway("check").errorText.contains("Nothing is broken"))
    }
}
