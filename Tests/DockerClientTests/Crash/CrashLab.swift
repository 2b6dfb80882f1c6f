import CrashPoints
import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// A lab whose daemon ends suddenly where a test wants it. One test at a time uses it; all calls block.
final class CrashLab {
    let shell: LabShell
    let watch: HostWatch
    /// Where the test and the daemon talk, see `CrashTrial`.
    private let folder: String

    private init(_ shell: LabShell, folder: String) {
        self.shell = shell
        self.folder = folder
        watch = HostWatch(shell)
    }

    var lab: Lab { shell.lab }

    /// Makes the lab, runs `body` away from Swift's own threads, and takes the lab down.
    static func with(
        _ suffix: String, options: [String] = [], _ body: @escaping @Sendable (CrashLab) throws -> [String]
    ) async throws {
        let docker = try #require(TestLab.docker)
        let losses = try await BlockingWork.run {
            let folder = "/tmp/causeway-crash-\(getpid())-\(suffix)"
            try FileSystem.makeDirectory(folder)
            defer { try? FileSystem.removeTree(folder) }
            let program = folder + "/causewayd"
            let script = "#!/bin/sh\nexport CAUSEWAY_CRASH_POINTS=\(folder)\nexec '\(TestLab.causewayd)' \"$@\"\n"
            try FileSystem.replace(program, Array(script.utf8), mode: 0o755)
            let lab = try TestLab.up(suffix, options: options, daemon: program)
            defer { try? lab.down() }
            return try body(CrashLab(try LabShell(lab: lab, client: docker), folder: folder))
        }
        // Here, since the thread of the body has no test.
        for loss in losses { Issue.record("\(loss)") }
    }

    // MARK: Commands

    /// Runs a command line that must succeed.
    @discardableResult
    func succeed(_ command: String) throws -> String {
        let output = try shell.run(command)
        guard output.status.isSuccess else {
            throw CrashFailure("\(command): \(output.status) \(output.errorText)\n\(lab.logTail(lines: 5))")
        }
        return output.text
    }

    // MARK: The daemon's points

    /// The points that the daemon has passed since the last call, in order.
    func takeReached() throws -> [CrashPoint] {
        let path = folder + "/reached"
        let text = (try? FileSystem.readText(path)) ?? ""
        try FileSystem.removeFile(path)
        return text.split(separator: "\n").compactMap { CrashPoint(rawValue: String($0)) }
    }

    /// The daemon is to end where it passes a point for the nth time from now on.
    func arm(_ point: CrashPoint, _ count: Int) throws {
        try FileSystem.replace(folder + "/armed", Array("\(point.rawValue) \(count)\n".utf8))
    }

    /// Waits for the daemon's end.
    ///
    /// - Returns: whether it came; where it did not, the point is not armed any more.
    func daemonEnds(within milliseconds: Int = 4000) throws -> Bool {
        let armed = folder + "/armed"
        defer { try? FileSystem.removeFile(armed) }
        guard let text = try? FileSystem.readText(lab.pidFile), let pid = Int32(text.prefix { $0.isNumber }) else {
            // It ended before it wrote that file, or did not pass the point at all.
            return !FileSystem.exists(armed)
        }
        var ended = true
        do {
            let handle = try ProcessHandle(pid: pid)
            ended = try handle.waitForEnd(milliseconds: milliseconds)
        } catch {
            if error.errno != .noProcess { throw error }
        }
        var status: CInt = 0
        _ = unsafe waitpid(pid, &status, WNOHANG)
        watch.lookAtContainers()
        return ended
    }

    // MARK: Snapshots

    /// Takes snapshots until two in a row are the same: what is done in the background is done.
    func settled() throws -> HostSnapshot {
        var last = try watch.take()
        for _ in 0..<20 {
            usleep(350_000)
            let next = try watch.take()
            if next == last { return next }
            last = next
        }
        return last
    }

    /// Takes snapshots until one is among those that may be, for five seconds.
    ///
    /// - Returns: which one, or nil with the last difference to the nearest.
    func reaches(_ allowed: [HostSnapshot]) throws -> (which: Int?, difference: [String]) {
        var nearest: [String] = []
        for _ in 0..<15 {
            let now = try watch.take()
            if let which = allowed.firstIndex(of: now) { return (which, []) }
            nearest = allowed.map { $0.difference(to: now) }.min { $0.count < $1.count } ?? []
            usleep(150_000)
        }
        return (nil, nearest)
    }
}

/// Why a trial could not be made.
struct CrashFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
