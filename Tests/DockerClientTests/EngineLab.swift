import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// A lab with a daemon for every test of a suite, and the docker command line to talk to it.
struct EngineLab: Sendable {
    /// Runs commands on the lab's host.
    let shell: LabShell
    /// What `traces()` found before the first container.
    fileprivate(set) var baseline: [String] = []

    /// The lab of the suite that runs now.
    static var current: EngineLab {
        get throws { try #require(Self.running) }
    }

    @TaskLocal fileprivate static var running: EngineLab?

    /// What a command left.
    struct Result {
        /// The shell's exit code.
        var code: Int
        /// Standard output.
        var output: String
        /// Standard error.
        var errors: String
        /// Standard output, a line each, without spaces at the ends.
        var lines: [String] { LinePattern.lines(output) }
        /// Standard output without the last line's end.
        var text: String { lines.joined(separator: "\n") }
    }

    /// Runs a command line on the lab's host.
    @discardableResult
    func run(_ command: String, input: String = "", seconds: Int = 60) async throws -> Result {
        let output = try await BlockingWork.run { try shell.run(command, input: input, seconds: seconds) }
        return Result(code: output.status.code, output: output.text, errors: output.errorText)
    }

    /// Runs a command line that must succeed, and returns its standard output without the last line's end.
    @discardableResult
    func succeed(
        _ command: String, input: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let result = try await run(command, input: input)
        try #require(
            result.code == 0, "\(command): exit code \(result.code): \(result.errors)", sourceLocation: sourceLocation)
        return result.text
    }

    /// Runs a blocking conversation away from Swift's own threads.
    func converse<Value: Sendable>(_ body: @escaping @Sendable (LabShell) throws -> Value) async throws -> Value {
        try await BlockingWork.run { try body(shell) }
    }

    /// Ends the daemon and starts it again, with its options or with others.
    func restartDaemon(crash: Bool = false, options: [String]? = nil) async throws {
        try await converse { shell in
            try shell.lab.stopDaemon(crash: crash)
            try shell.lab.restartDaemon(options: options)
        }
    }

    /// Repeats a command until what it prints is as wanted, for what takes a moment.
    func wait(
        for wanted: String, from command: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var text = ""
        for _ in 0..<100 {
            text = try await run(command).text
            if text == wanted { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("\(command) prints '\(text)', not '\(wanted)'", sourceLocation: sourceLocation)
    }

    /// What a container could leave behind on the host: cables, named namespaces, mounts.
    func traces() async throws -> [String] {
        let cables = try await run("ip -o link show type veth | grep 'master docker0'").lines
        let namespaces = (try? FileSystem.list(shell.lab.execRoot + "/netns")) ?? []
        let mounts = try FileSystem.readText("/proc/self/mountinfo").split(separator: "\n").map(String.init).filter {
            $0.contains(shell.lab.dataRoot + "/") || $0.contains(shell.lab.execRoot + "/")
        }
        return cables.filter { !$0.isEmpty } + namespaces + mounts
    }
}

/// Makes a lab before a suite's first test and takes it down after the last.
struct EngineLabTrait: SuiteTrait, TestScoping {
    let suffix: String
    /// Prepares what the daemon needs and returns more options for it.
    var options: @Sendable () throws -> [String] = { [] }
    /// Where what was prepared is; it goes with the lab.
    var folder: String?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard TestLab.isPossible, let docker = TestLab.docker else { return try await function() }
        let suffix = suffix
        let options = options
        defer { if let folder { try? FileSystem.removeTree(folder) } }
        let shell = try await BlockingWork.run {
            try LabShell(lab: try TestLab.up(suffix, options: try options()), client: docker)
        }
        do {
            var lab = EngineLab(shell: shell)
            lab.baseline = try await lab.traces()
            try await EngineLab.$running.withValue(lab) { try await function() }
        } catch {
            try await BlockingWork.run { try shell.lab.down() }
            throw error
        }
        try await BlockingWork.run { try shell.lab.down() }
    }
}

extension Trait where Self == EngineLabTrait {
    /// A lab with this suffix in its name, for the whole suite; its daemon has these options.
    static func engineLab(_ suffix: String, options: [String] = []) -> EngineLabTrait {
        EngineLabTrait(suffix: suffix, options: { options })
    }

    /// The same, where something is to be prepared before the daemon starts.
    ///
    /// - Parameter folder: where it is prepared, to be removed with the lab.
    static func engineLab(
        _ suffix: String, folder: String? = nil, options: @escaping @Sendable () throws -> [String]
    ) -> EngineLabTrait {
        EngineLabTrait(suffix: suffix, options: options, folder: folder)
    }
}

extension Trait where Self == ConditionTrait {
    /// Only where a lab and the docker command line are possible.
    static var needsLab: ConditionTrait {
        .enabled(if: TestLab.isPossible && TestLab.docker != nil, "labs need root and a docker command line")
    }
}
