import CrashPoints
import KernelTestSupport
import Lab
import SystemCalls
import Walkthrough

/// Cuts operations short at their steps, and keeps count.
struct CrashWalk {
    let lab: CrashLab
    /// The host with nothing on it.
    private var base: HostSnapshot
    /// Points at which the daemon has ended.
    private(set) var ended: Set<CrashPoint> = []
    /// Points that a start passes with nothing to recover.
    private(set) var passedAtStart: Set<CrashPoint> = []
    /// What was tried and lost, by the operation's name.
    private(set) var rows: [Row] = []

    /// One operation's outcome.
    struct Row: Sendable {
        var name: String
        var tried = 0
        var losses: [String] = []
    }

    init(_ lab: CrashLab) throws {
        self.lab = lab
        // Forwarding, once on, stays on, and what has been a table stays one: both belong to the beginning.
        try lab.succeed("docker network create --ipv6 n0 >/dev/null && docker network rm n0 >/dev/null")
        try lab.succeed("docker run --rm -p 8080:80 -v /d busybox true")
        base = try lab.settled()
        _ = try lab.takeReached()
    }

    var losses: [String] { rows.flatMap(\.losses) }

    /// Cuts one operation short at its steps, each in turn.
    ///
    /// - Parameter steps: which; nil is all that it passes, at every time that it passes them.
    mutating func walk(_ operation: CrashOperation, at steps: Set<CrashPoint>? = nil) throws {
        var row = Row(name: operation.name)
        for command in operation.before { try lab.succeed(command) }
        let before = try lab.settled()
        _ = try lab.takeReached()
        try lab.succeed(operation.command)
        let after = try lab.settled()
        let reached = try lab.takeReached()
        try clear(operation, &row, "done")
        var counts: [CrashPoint: Int] = [:]
        for point in reached {
            counts[point, default: 0] += 1
            guard steps?.contains(point) ?? true else { continue }
            row.tried += 1
            let step = "\(operation.name) at \(point.rawValue) \(counts[point] ?? 0)"
            do {
                try cut(operation, point, counts[point] ?? 1, before, after, &row, step)
            } catch {
                row.losses.append("\(step): \(error)")
                try revive()
            }
            try clear(operation, &row, step)
        }
        rows.append(row)
    }

    /// One trial: the daemon ends in the middle of it, the next one finds all as it was before or as it is after.
    private mutating func cut(
        _ operation: CrashOperation, _ point: CrashPoint, _ count: Int, _ before: HostSnapshot, _ after: HostSnapshot,
        _ row: inout Row, _ step: String
    ) throws {
        for command in operation.before { try lab.succeed(command) }
        try lab.arm(point, count)
        let began = ContinuousClock.now
        _ = try lab.shell.run(operation.command)
        if ContinuousClock.now - began > .seconds(30) { row.losses.append("\(step): the client was kept waiting") }
        // What is done side by side does not pass its points in the same order each time.
        guard try lab.daemonEnds() else { return row.tried -= 1 }
        ended.insert(point)
        try lab.lab.restartDaemon()
        let (which, difference) = try lab.reaches([before, after])
        guard let which else {
            row.losses.append("\(step): neither before nor after:\n" + difference.joined(separator: "\n"))
            return
        }
        if which == 1 { return }
        try lab.succeed(operation.command)
        let again = try lab.reaches([after])
        if again.which == nil {
            row.losses.append("\(step): the next attempt:\n" + again.difference.joined(separator: "\n"))
        }
    }

    /// Takes everything away, and looks whether the host is as at the very beginning.
    private mutating func clear(_ operation: CrashOperation, _ row: inout Row, _ step: String) throws {
        for command in operation.after { try lab.succeed(command) }
        let (which, difference) = try lab.reaches([base])
        if which != nil { return }
        row.losses.append("\(step): left at the end:\n" + difference.joined(separator: "\n"))
        base = try lab.settled()
    }

    /// The daemon runs again, whatever happened.
    private func revive() throws {
        if lab.lab.daemonPID != nil { try lab.lab.stopDaemon(crash: true) }
        try lab.lab.restartDaemon()
    }

    /// Cuts a start with nothing to recover short.
    mutating func walkStart() throws {
        var row = Row(name: "start of the daemon")
        try lab.lab.stopDaemon()
        _ = try lab.takeReached()
        try lab.lab.restartDaemon()
        passedAtStart = Set(try lab.takeReached())
        for step in passedAtStart.sorted(by: { $0.rawValue < $1.rawValue }) {
            row.tried += 1
            try lab.lab.stopDaemon()
            try lab.arm(step, 1)
            do { try lab.lab.restartDaemon() } catch {}
            if try lab.daemonEnds(within: 100) { ended.insert(step) } else { row.tried -= 1 }
            if lab.lab.daemonPID == nil { try lab.lab.restartDaemon() }
            let (which, difference) = try lab.reaches([base])
            if which == nil { row.losses.append("start at \(step.rawValue):\n" + difference.joined(separator: "\n")) }
        }
        rows.append(row)
    }

    /// Cuts the recovery itself short: the daemon ends in the middle of a start, and the next one in the middle of its own.
    mutating func walkRecovery(_ operation: CrashOperation, cutAt point: CrashPoint) throws {
        var row = Row(name: "recovery of " + operation.name)
        for command in operation.before { try lab.succeed(command) }
        let before = try lab.settled()
        try lab.succeed(operation.command)
        let after = try lab.settled()
        try clear(operation, &row, "done")
        /// Leaves the daemon ended in the middle of the operation.
        func leave() throws -> Bool {
            for command in operation.before { try lab.succeed(command) }
            try lab.arm(point, 1)
            _ = try lab.shell.run(operation.command)
            return try lab.daemonEnds()
        }
        guard try leave() else { throw CrashFailure("\(operation.name) does not pass \(point.rawValue)") }
        _ = try lab.takeReached()
        try lab.lab.restartDaemon()
        let reached = try lab.takeReached()
        try clear(operation, &row, "recovered")
        var counts: [CrashPoint: Int] = [:]
        for step in reached {
            counts[step, default: 0] += 1
            let name = "\(row.name) at \(step.rawValue) \(counts[step] ?? 0)"
            guard try leave() else { continue }
            row.tried += 1
            try lab.arm(step, counts[step] ?? 1)
            do { try lab.lab.restartDaemon() } catch {}
            if try lab.daemonEnds(within: 100) { ended.insert(step) } else { row.tried -= 1 }
            if lab.lab.daemonPID == nil { try lab.lab.restartDaemon() }
            let (which, difference) = try lab.reaches([before, after])
            if which == nil { row.losses.append("\(name):\n" + difference.joined(separator: "\n")) }
            try clear(operation, &row, name)
        }
        rows.append(row)
    }
}
