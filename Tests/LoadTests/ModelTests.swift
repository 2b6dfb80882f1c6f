import KernelTestSupport
import Lab
import SystemCalls
import Testing

@testable import Load

/// The bounded variant of `make torture`'s part `model`.
@Suite("random clients against a model", .enabled(if: TestLab.isPossible))
struct ModelTests {
    @Test("twenty seconds: no reply contradicts, nothing is left")
    func model() async throws {
        let lab = try await BlockingWork.run { try TestLab.up("model") }
        let result = await Result { try await Self.run(lab) }
        try await BlockingWork.run { try lab.down() }
        let (outcome, left) = try result.get()
        #expect(outcome.contradictions == [])
        #expect(outcome.total > 100)
        #expect(left == [])
    }

    private static func run(_ lab: Lab) async throws -> (ModelRun.Outcome, [String]) {
        try await BlockingWork.run {
            var run = ModelRun(socket: lab.socketPath, seed: UInt64.random(in: 1...999_999))
            run.seconds = 20
            let outcome = try run.run()
            print("model: seed \(run.seed), \(outcome.total) replies")
            let folders = ["/netns", "/bundles"].map { lab.execRoot + $0 } + [lab.dataRoot + "/containers"]
            return (outcome, folders.flatMap { (try? FileSystem.list($0)) ?? [] })
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
