import Faults
import KernelTestSupport
import Lab
import SystemCalls
import Testing

/// Every fault that this kernel can make, and ways that are in order.
@Suite("why", .serialized, .enabled(if: TestLab.isPossible, "labs need root"))
struct WhyTests {
    @Test func `every fault is named, and mended where its commands can`() async throws {
        try await BlockingWork.run {
            let lab = try TestLab.up("faults")
            defer { try? lab.down() }
            let bench = FaultLab(lab, causeway: TestLab.causeway)
            for fault in Fault.matrix {
                try bench.prepare(fault)
                try bench.inject(fault)
                let answer = bench.why(fault)
                let headline = answer.text.split(separator: "\n").first.map(String.init) ?? ""
                for words in fault.cause { #expect(headline.contains(words), "\(fault.id): \(answer.text)") }
                if fault.remedy == .printed {
                    try bench.mend(answer)
                    let after = bench.why(fault)
                    #expect(after.code == 0, "\(fault.id), after \(answer.fixes): \(after.text)")
                }
                bench.undo(fault)
            }
        }
    }

    @Test func `what is in order has no fault, containers or hand-made`() async throws {
        try await BlockingWork.run {
            let lab = try TestLab.up("healthy")
            defer { try? lab.down() }
            let bench = FaultLab(lab, causeway: TestLab.causeway)
            try bench.prepare(Fault("H", "nothing", inject: [], cause: ["-"]))
            let hand = "causeway-\(lab.name)-hand"
            // Named here, not in the lab's own mount namespace, which ends with each command.
            let ip = FileSystem.findProgram("ip") ?? "/usr/sbin/ip"
            _ = try ChildProcess.run(ChildRequest(ip, ["netns", "add", hand]))
            defer { _ = try? ChildProcess.run(ChildRequest(ip, ["netns", "del", hand])) }
            let made = bench.run(
                """
                ip link add brd0 type bridge && ip addr add 7.7.7.1/24 dev brd0 && ip link set brd0 up && \
                ip link add vhand type veth peer name eth0 netns \(hand) && \
                ip link set vhand master brd0 up && ip -n \(hand) addr add 7.7.7.2/24 dev eth0 && \
                ip -n \(hand) link set eth0 up
                """)
            #expect(made.code == 0, "\(made.text)")
            let internet = "netns:\(lab.internetNamespace)"
            for (source, destination) in [
                ("red", "203.0.113.8"), ("red", "blue"), ("blue", "red:80"), ("red", "host"), ("host", "red"),
                ("host", "red:80"), ("host", "203.0.113.8"), ("host", "203.0.113.8:80"), ("red", "203.0.113.8:80"),
                ("red", "example.test"), ("red", "internet"), (internet, "198.51.100.2:8080"), ("docker0", ""),
                ("up0", ""), ("brd0", ""), ("netns:\(hand)", "7.7.7.1"), ("host", "netns:\(hand)"),
            ] {
                let answer = bench.why(source, destination)
                #expect(answer.code == 0, "\(source) → \(destination): \(answer.text)")
            }
            let lost = bench.why("netns:\(hand)", "203.0.113.8")
            #expect(lost.code == 1)
            #expect(lost.text.contains("no default route in \(hand)"), "\(lost.text)")
            let typo = bench.why("rde", "203.0.113.8")
            #expect(typo.text.contains("did you mean red?"), "\(typo.text)")
            #expect(bench.run("nft list tables").text.contains("causeway_trace") == false)
        }
    }
}
