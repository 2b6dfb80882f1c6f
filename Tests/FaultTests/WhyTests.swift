import Faults
import KernelTestSupport
import Lab
import SystemCalls
import Testing

/// Every fault that this kernel can make, and ways that are in order.
@Suite("why", .serialized, .enabled(if: TestLab.isPossible, "labs need root"))
struct WhyTests {
    /// Makes every `labs`-th fault in a lab, asks, mends and asks again.
    private static func work(_ faults: [Fault], _ suffix: String, options: [String] = []) throws {
        let lab = try TestLab.up(suffix, options: options)
        defer { try? lab.down() }
        let bench = FaultLab(lab, causeway: TestLab.causeway)
        for fault in faults where bench.isPossible(fault) {
            try bench.prepare(fault)
            try bench.inject(fault)
            let answer = bench.why(fault)
            #expect(bench.isNamed(fault, answer), "\(fault.id): \(answer.text)")
            if fault.remedy == .printed {
                try bench.mend(answer)
                let after = bench.why(fault)
                #expect(after.code == 0, "\(fault.id), after \(answer.fixes): \(after.text)")
            }
            bench.undo(fault)
        }
    }

    @Test func `every fault is named, and mended where its commands can`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<2 {
                let faults = Fault.matrix.enumerated().filter { $0.offset % 2 == part }.map(\.element)
                group.addTask { try await BlockingWork.run { try Self.work(faults, "faults\(part)") } }
            }
            try await group.waitForAll()
        }
    }

    @Test func `with the nftables back end, too, and what the matrix does not name`() async throws {
        let ids = ["L4", "A37b", "A38b", "N50a", "N54", "X20", "X22", "X50", "X53", "X68", "X72"]
        let faults = ids.compactMap { Fault.named($0) }
        #expect(faults.count == ids.count)
        try await BlockingWork.run {
            try Self.work(faults, "faultsnft", options: ["--firewall-backend=nftables"])
        }
    }
}
