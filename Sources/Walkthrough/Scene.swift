public import Lab
public import SystemCalls

/// Which command line the walkthrough types `docker` with.
public struct Client: Hashable, Sendable {
    /// `docker` or `causeway`.
    public let name: String
    /// Where it is.
    public let path: String

    /// A command line.
    public init(name: String, path: String) {
        self.name = name
        self.path = path
    }
}

/// Where the walkthrough happens: a lab, a command line, two shells; it shows what happens and keeps what was found.
public final class Scene {
    /// The lab.
    public let lab: Lab
    /// The command line behind the word `docker`.
    public let client: Client
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
    public init(lab: Lab, client: Client, show: @escaping (String) -> Void) throws {
        self.lab = lab
        self.client = client
        self.show = show
        // `docker` means the chosen command line, and no configuration of the user's gets in the way.
        try FileSystem.makeDirectory(folder)
        let script = "#!/bin/sh\nexec '\(client.path)' \"$@\"\n"
        try FileSystem.replace(folder + "/docker", Array(script.utf8), mode: 0o755)
    }

    private var folder: String { lab.runDirectory + "/bin" }

    /// Describes a command line to run on the lab's host.
    public func request(_ command: String) throws -> ChildRequest {
        var request = try lab.request(["/bin/sh", "-c", command])
        let path = request.environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? "/usr/bin:/bin"
        request.environment.removeAll { name in
            ["PATH=", "DOCKER_CONFIG=", "LC_ALL=", "TERM=", "DOCKER_CLI_HINTS="].contains { name.hasPrefix($0) }
        }
        request.environment += [
            "PATH=\(folder):/usr/sbin:/sbin:\(path)", "DOCKER_CONFIG=\(folder)", "LC_ALL=C.UTF-8", "TERM=xterm",
            "DOCKER_CLI_HINTS=false",
        ]
        return request
    }

    // MARK: Acting

    /// Runs a command on the lab's host, shows it and what it prints, and returns both of its outputs together.
    @discardableResult
    public func run(_ command: String, seconds: Int = 60) throws -> String {
        try runForStatus(command, seconds: seconds).text
    }

    /// The same, with how it ended.
    public func runForStatus(_ command: String, seconds: Int = 60) throws -> (status: ExitStatus, text: String) {
        show("root@lab:~# " + command)
        var request = try self.request("exec 2>&1; " + command)
        request.arguments = ["--kill-after=5", "\(seconds)", request.path] + request.arguments
        request.path = "/usr/bin/timeout"
        let output = try ChildProcess.run(request)
        showOutput(output.text)
        return (output.status, output.text)
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
