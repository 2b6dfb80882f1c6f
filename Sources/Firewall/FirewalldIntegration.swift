import NFTables
import Synchronization
import SystemCalls

/// Keeps firewalld, where it runs, informed of the bridges. It is asked and told by `firewall-cmd`, and only when the
/// bridges are others than last time or firewalld was started anew: publishing a port costs one look at a file.
///
/// firewalld keeps interfaces in their zones when it is reloaded, but not when it is started anew. That it was, the
/// kernel tells: its table is made anew (`hear`). A reload that flushes the tables of iptables takes the engine's
/// rules along; that is noticed and mended as when anybody else does it.
final class FirewalldIntegration: Sendable {
    private let namespace: NetworkNamespace?
    private let pidFile: String
    private let directories: [String]
    private struct Known {
        var pid = ""
        var bridges: Set<String> = []
        /// What it is to be told; nil before anything is known.
        var wanted: Set<String>?
        /// Whether firewalld has begun anew since it was told.
        var isStale = false
    }
    private let known = Mutex(Known())
    /// Who asks and tells does so alone.
    private let turn = Mutex(())
    private let queue = FirewallQueue("causeway.firewalld")

    /// Sets it up; nothing is looked at yet.
    ///
    /// - Parameters:
    ///   - namespace: whose firewall; nil is the daemon's own network namespace.
    ///   - pidFile: where firewalld writes its process id.
    ///   - directories: where to look for `firewall-cmd`.
    init(
        namespace: NetworkNamespace?, pidFile: String = "/run/firewalld.pid",
        directories: [String] = IPTablesPrograms.systemDirectories
    ) {
        self.namespace = namespace
        self.pidFile = pidFile
        self.directories = directories
    }

    /// Takes note of a transaction of nftables.
    ///
    /// - Returns: whether it is one by which firewalld starts or reloads: `bringAgain` is due then.
    func hear(_ news: RulesetNews) -> Bool {
        guard news.remade.contains(where: { $0.hasSuffix(" firewalld") }) else { return false }
        known.withLock { $0.isStale = true }
        return true
    }

    /// Tells firewalld anew what it was told last, where it has begun anew since.
    ///
    /// - Parameter dryRun: whether firewalld is only asked.
    /// - Returns: the commands that changed something, or would.
    func bringAgain(dryRun: Bool) async throws(FirewallError) -> [String] {
        try await queue.run { () throws(FirewallError) in
            let isDue = self.known.withLock { known in
                defer { known.isStale = false }
                return known.isStale
            }
            guard isDue, let wanted = self.known.withLock({ $0.wanted }) else { return [] }
            do throws(FirewallError) {
                return try self.turn.withLock { _ throws(FirewallError) in
                    try self.tell(wanted, asksAll: true, dryRun: dryRun)
                }
            } catch {
                self.known.withLock { $0.isStale = true }
                throw error
            }
        }
    }

    /// Brings the zone's members to `bridges`. It blocks.
    ///
    /// - Parameter bridges: all that are to be there.
    /// - Returns: the commands that changed something, or would.
    /// - Throws: what `firewall-cmd` said.
    @discardableResult
    func bring(to bridges: Set<String>) throws(FirewallError) -> [String] {
        known.withLock { $0.wanted = bridges }
        guard let pid = runningPid() else { return [] }
        func isTold() -> Bool { known.withLock { $0.pid == pid && $0.bridges == bridges } }
        if isTold() { return [] }
        return try turn.withLock { _ throws(FirewallError) in
            try isTold() ? [] : tell(bridges, asksAll: known.withLock { $0.pid != pid }, dryRun: false)
        }
    }

    /// - Parameter asksAll: whether zone and policy may be missing, too.
    private func tell(_ bridges: Set<String>, asksAll: Bool, dryRun: Bool) throws(FirewallError) -> [String] {
        guard let pid = runningPid() else { return [] }
        let before = known.withLock { $0 }
        guard let program = FileSystem.findProgram("firewall-cmd", in: directories) else { return [] }
        var done: [String] = []
        func tell(_ commands: [[String]]) throws(FirewallError) {
            for command in commands {
                if !dryRun { _ = try words(program, command) }
                done.append("firewall-cmd " + command.joined(separator: " "))
            }
        }
        var hasZone = true
        if asksAll {
            let zones = try words(program, ["--get-zones"])
            let policies = try? words(program, ["--get-policies"])
            try tell(FirewalldPlan.preparation(zones: zones, policies: policies))
            hasZone = !dryRun || zones.contains(FirewalldPlan.zone)
        }
        let present = hasZone ? try words(program, ["--zone=\(FirewalldPlan.zone)", "--list-interfaces"]) : []
        try tell(FirewalldPlan.membership(present: present, former: before.bridges, wanted: bridges))
        if !dryRun {
            known.withLock {
                $0.pid = pid
                $0.bridges = bridges
            }
        }
        return done
    }

    /// The process id of a firewalld that looks after our network namespace; one of another is none of our business.
    private func runningPid() -> String? {
        guard let text = try? FileSystem.readText(pidFile) else { return nil }
        let pid = text.filter(\.isNumber)
        guard !pid.isEmpty, let theirs = try? NetworkNamespace(path: "/proc/\(pid)/ns/net"),
            let ours = namespace ?? (try? NetworkNamespace.current()), ours.inode == theirs.inode
        else { return nil }
        return pid
    }

    private func words(_ program: String, _ arguments: [String]) throws(FirewallError) -> Set<String> {
        let attempt = "tell firewalld of the bridges (firewall-cmd \(arguments.joined(separator: " ")))"
        let output: ProcessOutput
        do {
            output = try ChildProcess.run(
                ChildRequest(program, arguments, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]))
        } catch {
            throw FirewallError(attempt, error.description)
        }
        guard output.status.isSuccess else {
            let words = output.errorText.isEmpty ? "it ended with \(output.status)" : output.errorText
            throw FirewallError(attempt, words, remedy: "see firewall-cmd --state and journalctl -u firewalld")
        }
        return Set(output.text.split { $0 == " " || $0 == "\n" }.map(String.init))
    }
}
