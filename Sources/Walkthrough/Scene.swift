import Lab
import SystemCalls

/// Where the walkthrough happens: a lab, a command line, two shells; it shows what happens and keeps what was found.
final class Scene {
    /// The lab.
    let lab: Lab
    /// What runs commands there.
    let shell: LabShell
    /// Red's shell, once it is there.
    var red: TerminalSession?
    /// Blue's shell, once it is there.
    var blue: TerminalSession?
    /// docker0's MAC address, once it was seen.
    var bridgeAddress: String?

    private(set) var results: [Row: RowResult] = [:]
    private var row = Row.networks
    private let show: (String) -> Void

    /// Sets the scene.
    ///
    /// - Parameter show: prints a line.
    init(lab: Lab, client: Client, show: @escaping (String) -> Void) throws {
        self.lab = lab
        self.show = show
        shell = try LabShell(lab: lab, client: client)
    }

    // MARK: Acting

    /// Runs a command on the lab's host, shows it and what it prints, and returns both of its outputs together.
    @discardableResult
    func run(_ command: String, seconds: Int = 60) throws -> String {
        show("root@lab:~# " + command)
        let text = try shell.run("exec 2>&1; " + command, seconds: seconds).text
        showOutput(text)
        return text
    }

    /// Types a command into a container's shell, and shows both.
    func type(_ command: String, into shell: TerminalSession?, _ name: String, seconds: Int = 20) throws -> String {
        guard let shell else { throw ConversationError(description: "\(name) has no shell") }
        show("\(name) / # " + command)
        let text = try shell.shell(command, seconds: seconds)
        showOutput(text)
        return text
    }

    /// Shows a line of explanation.
    func explain(_ text: String) { show("    " + text) }

    /// Shows what a program printed.
    func showOutput(_ text: String) {
        for line in LinePattern.lines(text) { show(line) }
    }

    /// Shows a command without running it here: it runs on a terminal, or in the background.
    func showCommand(_ command: String) { show("root@lab:~# " + command) }

    // MARK: Judging

    /// Begins a step of a row.
    func begin(_ row: Row, _ title: String, why: String) {
        self.row = row
        if results[row] == nil { results[row] = RowResult(row: row) }
        show("")
        show("── \(title)")
        explain(why)
    }

    /// Notes whether something is as expected.
    func expect(_ passed: Bool, _ expectation: String) {
        results[row, default: RowResult(row: row)].checks.append(Check(expectation: expectation, passed: passed))
        show("  \(passed ? "✓" : "✗") \(expectation)")
    }
}
