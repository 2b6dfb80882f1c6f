import Faults
import KernelTestSupport
import Lab
import SystemCalls
import Testing

/// Questions that make no sense, and places where the kernel tells little.
extension WhyTests {
    @Test func `what cannot be asked says why, with a code of its own`() async throws {
        try await BlockingWork.run {
            let lab = try TestLab.up("questions")
            defer { try? lab.down() }
            let bench = FaultLab(lab, causeway: TestLab.causeway)
            try bench.prepare(Fault("H", "nothing", inject: [], cause: ["-"]))
            _ = bench.run("$CAUSEWAY create --name idle busybox true")
            for (source, destination, words) in [
                ("rde", "203.0.113.8", "did you mean red?"), ("red", "bleu", "did you mean blue?"),
                ("idle", "203.0.113.8", "does not run"), ("red", "idle", "does not run"),
                ("red", "203.0.113.256", "is no address"), ("red", "203.0.113.8:99999", "1 to 65535"),
                ("red", "224.0.0.1", "a group"), ("--tcp red", "blue", "needs a port"),
                ("--tcp --udp red", "blue:80", "exclude each other"),
                ("netns:nowhere", "blue", "no container, namespace"),
            ] {
                let answer = bench.why(source, destination)
                #expect(answer.code == 125, "\(source) \(destination): \(answer.code) \(answer.text)")
                #expect(answer.text.contains(words), "\(source) \(destination): \(answer.text)")
            }
            let nobody = bench.run("setpriv --reuid 65534 --regid 65534 --clear-groups $CAUSEWAY why red 203.0.113.8")
            #expect(nobody.code == 125, "\(nobody.text)")
            #expect(nobody.text.contains("sudo") && nobody.text.contains("root"), "\(nobody.text)")
        }
    }

    @Test func `without the rules' own reports nothing is made up`() async throws {
        try await BlockingWork.run {
            let lab = try TestLab.up("untraced")
            defer { try? lab.down() }
            let bench = FaultLab(lab, causeway: TestLab.causeway)
            let fault = try #require(Fault.named("N48a"))
            try bench.prepare(fault)
            #expect(bench.why("--no-rules red", "203.0.113.8").code == 0)
            try bench.inject(fault)
            let answer = bench.why("--no-rules red", "203.0.113.8")
            #expect(answer.code == 2, "\(answer.text)")
            #expect(answer.text.contains("evidence missing: host: rules cannot be traced"), "\(answer.text)")
            bench.undo(fault)
            // What taps and tables tell by themselves needs no reports.
            let other = try #require(Fault.named("A38b"))
            try bench.inject(other)
            #expect(bench.why("--no-rules red", "203.0.113.8").text.contains("forwarding is off on docker0"))
            bench.undo(other)
        }
    }
}
