import Testing

@testable import Faults

@Suite("The fault matrix")
struct MatrixTests {
    @Test func `faults have names of their own and words to be known by`() {
        #expect(Set(Fault.matrix.map(\.id)).count == Fault.matrix.count)
        for fault in Fault.matrix { #expect(!fault.cause.isEmpty && !fault.cause.contains(""), "\(fault.id)") }
        #expect(Fault.named("l1")?.cause == ["docker0 is administratively down"])
    }

    @Test func `the commands of a fix are read from the answer`() {
        let text = """
            ✗ x (proved)
              evidence
            fix  causeway repair bridge
                 iptables -A A
                 # a hint
            """
        #expect(FaultLab.fixes(text) == ["iptables -A A"])
    }
}
