import EngineAPI
import Testing

@testable import Engine

@Suite("docker top")
struct ProcessTableTests {
    @Test func `one column, whose numbers stand at the right`() throws {
        let response = try ProcessTable.select("    PID\n      7\n     42\n1234567\n", pids: ["7", "1234567"])
        #expect(response.titles == ["PID"])
        #expect(response.processes == [["7"], ["1234567"]])
    }

    @Test func `the last column may hold spaces`() throws {
        let response = try ProcessTable.select("PID COMMAND\n  7 sh -c 'a  b'\n  8 x\n", pids: ["7"])
        #expect(response.processes == [["7", "sh -c 'a  b'"]])
    }
}
