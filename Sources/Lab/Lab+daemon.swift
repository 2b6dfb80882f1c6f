import Glibc
import SystemCalls

extension Lab {
    /// Starts the daemon on the lab's host and waits until it answers.
    ///
    /// - Parameters:
    ///   - program: path of `causewayd`.
    ///   - options: more of the daemon's options.
    public func startDaemon(_ program: String, options: [String] = []) throws(LabError) {
        guard let path = FileSystem.findProgram(program) else {
            throw LabError(
                "There is no daemon at \(program).",
                remedy: "Build it (swift build), or name it: causeway lab up --daemon PATH")
        }
        let host = try openHostNamespace()
        let arguments =
            [
                "-H", dockerHost, "--data-root", dataRoot, "--exec-root", execRoot, "--pidfile", pidFile,
                "--dns", Self.nameServerAddress,
            ] + options
        let child = try labStep("cannot start \(path)") { () throws(SystemCallError) in
            try FileSystem.makeDirectory(dataRoot, mode: 0o710)
            try FileSystem.makeDirectory(execRoot, mode: 0o700)
            let log = try FileDescriptor.open(daemonLog, O_WRONLY | O_CREAT | O_APPEND)
            try FileSystem.writeInPlace(commandFile, ([path] + options).joined(separator: "\0"))
            return try ChildProcess.spawn(
                ChildRequest(
                    path, arguments, directory: "/", descriptors: [1: log.rawValue, 2: log.rawValue],
                    networkNamespace: host, newSession: true))
        }
        try waitForAnswer(child)
    }

    /// Starts the daemon again.
    ///
    /// - Parameters:
    ///   - program: path of `causewayd`, or nil for the one that ran last.
    ///   - options: its options, or nil for those that it had.
    public func restartDaemon(_ program: String? = nil, options: [String]? = nil) throws(LabError) {
        let last = ((try? FileSystem.readText(commandFile)) ?? "").split(
            separator: "\0", omittingEmptySubsequences: false
        ).map(String.init)
        guard let path = program ?? last.first, !path.isEmpty else {
            throw LabError("The lab '\(name)' has had no daemon yet.", remedy: "Name it: --daemon PATH")
        }
        try startDaemon(path, options: options ?? Array(last.dropFirst()))
    }

    /// Whether the daemon mends what others change in its network. For those who break it on purpose: it is started
    /// again, with `--network-repair=warn` or without, where that is not so yet. Other engines know nothing of it.
    public func setRepairing(_ repairs: Bool) throws(LabError) {
        let last = ((try? FileSystem.readText(commandFile)) ?? "").split(separator: "\0").map(String.init)
        guard let program = last.first, program.hasSuffix("/causewayd") else { return }
        let wanted = "--network-repair=warn"
        guard last.contains(wanted) == repairs else { return }
        try stopDaemon()
        try startDaemon(program, options: last.dropFirst().filter { $0 != wanted } + (repairs ? [] : [wanted]))
    }

    /// Where the daemon's program and options are kept for a restart.
    private var commandFile: String { runDirectory + "/causewayd.command" }

    /// Waits for the socket; the daemon's own end comes first where it refuses to start.
    private func waitForAnswer(_ child: ChildProcess) throws(LabError) {
        try labStep("cannot watch the daemon") { () throws(SystemCallError) in
            let handle = try ProcessHandle(pid: child.pid)
            let deadline = ContinuousClock.now + .seconds(30)
            while ContinuousClock.now < deadline {
                if EnginePing.answers(socketPath) { return }
                if try handle.waitForEnd(milliseconds: 5) { break }
            }
        }
        if EnginePing.answers(socketPath) { return }
        var status: CInt = 0
        let ended = unsafe waitpid(child.pid, &status, WNOHANG) == child.pid
        let what = ended ? "ended with \(ExitStatus(waitStatus: status))" : "does not answer on \(socketPath)"
        throw LabError("The daemon \(what). Its log (\(daemonLog)) ends so:\n\(logTail(lines: 8))")
    }

    /// The last lines of the daemon's log.
    public func logTail(lines: Int) -> String {
        let text = (try? FileSystem.readText(daemonLog)) ?? ""
        return text.split(separator: "\n").suffix(lines).map { "  " + $0 }.joined(separator: "\n")
    }

    /// The daemon's process id, or nil where it does not run. The number in the process file counts only where that
    /// process is in the lab's host namespace.
    public var daemonPID: Int32? {
        guard let text = try? FileSystem.readText(pidFile),
            let pid = Int32(text.split(whereSeparator: \.isWhitespace).first ?? ""),
            let host = NamespaceIdentity(path: hostNamespacePath),
            NamespaceIdentity(path: "/proc/\(pid)/ns/net") == host
        else { return nil }
        return pid
    }

    /// Ends the daemon alone: containers, networks and its state stay as they are.
    ///
    /// - Parameter crash: whether it gets no chance to tidy up (SIGKILL in place of SIGTERM).
    public func stopDaemon(crash: Bool = false) throws(LabError) {
        guard let pid = daemonPID else { return }
        let ended = try labStep("cannot stop the daemon") { () throws(SystemCallError) in
            let handle = try ProcessHandle(pid: pid)
            try handle.send(crash ? SIGKILL : SIGTERM)
            return try handle.waitForEnd(milliseconds: 30_000)
        }
        // Where this process started it, it is this process' to reap.
        var status: CInt = 0
        _ = unsafe waitpid(pid, &status, WNOHANG)
        if !ended { throw LabError("The daemon (process \(pid)) did not stop within 30 seconds.") }
    }
}
