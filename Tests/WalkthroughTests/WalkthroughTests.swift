import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// The rows of the table of what must work, through real command lines in real labs.
@Suite("from a container to the internet", .enabled(if: TestLab.isPossible, "labs need root"))
struct WalkthroughTests {
    @Test(
        "with the docker command line",
        .enabled(if: TestLab.docker != nil, "there is no docker command line; scripts/docker-cli.sh brings one"),
        arguments: Row.allCases)
    func docker(_ row: Row) async throws {
        try await expect(row, in: Self.withDocker.value)
    }

    @Test("with causeway's own command line", arguments: Row.allCases)
    func causeway(_ row: Row) async throws {
        try await expect(row, in: Self.withCauseway.value)
    }

    private func expect(_ row: Row, in results: [RowResult]) throws {
        let result = try #require(results.first { $0.row == row })
        #expect(result.passed, "\(row.title): \(result.failures.joined(separator: "; "))")
    }

    /// Each walkthrough runs once, in a lab of its own; every row's test looks at its results.
    private static let withDocker = Task.detached {
        try await walk("docker", TestLab.docker ?? TestLab.ownClient)
    }
    private static let withCauseway = Task.detached { try await walk("causeway", TestLab.ownClient) }

    private static func walk(_ suffix: String, _ client: Client) async throws -> [RowResult] {
        try await BlockingWork.run {
            let lab = try TestLab.up(suffix)
            let results = Result { try Walkthrough.run(lab: lab, client: client, show: { _ in }) }
            try lab.down()
            return try results.get()
        }
    }
}
