public import Lab

/// The way from a container to the internet, step by step, with every step's claims checked.
///
/// The demonstration prints it, the tests assert on it; both run this one.
public enum Walkthrough {
    /// Runs every step in a lab that is up and has a busybox image. A step that fails does not stop the others.
    ///
    /// - Parameters:
    ///   - lab: where.
    ///   - client: the command line behind the word `docker`.
    ///   - show: prints a line of the story.
    /// - Returns: a result for each row, in the table's order.
    public static func run(lab: Lab, client: Client, show: @escaping (String) -> Void) throws -> [RowResult] {
        let scene = try Scene(lab: lab, client: client, show: show)
        let steps: [(Scene) -> () throws -> Void] = [
            Scene.listNetworks, Scene.inspectEmptyBridge, Scene.showIdleBridge, Scene.restartDaemon,
            Scene.startRed, Scene.startBlue, Scene.showBusyBridge, Scene.inspectBusyBridge, Scene.compareCables,
            Scene.pingNeighbour, Scene.showRoutes, Scene.showRules, Scene.pingInternet, Scene.leave,
        ]
        for step in steps {
            do { try step(scene)() } catch { scene.expect(false, "the step ends (\(error))") }
        }
        return Row.allCases.map { scene.results[$0] ?? RowResult(row: $0) }
    }

    /// The final table, one line a row.
    public static func table(_ results: [RowResult]) -> [String] {
        let width = results.map(\.row.title.count).max() ?? 0
        return results.flatMap { result in
            let padding = String(repeating: " ", count: width - result.row.title.count)
            let count = result.checks.filter(\.passed).count
            let line =
                "  \(result.passed ? "PASS" : "FAIL")  \(result.row.title)\(padding)  \(count)/\(result.checks.count)"
            return [line] + result.failures.map { "          ✗ \($0)" }
        }
    }
}
