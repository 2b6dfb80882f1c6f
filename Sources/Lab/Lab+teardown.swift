import Glibc
import SystemCalls

extension Lab {
    /// Ends everything in the lab and removes every trace of it. Works on what is left after a crash, and on nothing.
    /// Goes on past a failure, and reports them all at the end.
    ///
    /// The caller and its parents are left alone, even where they run in the lab.
    public func down(_ progress: LabProgress = .silent) throws(LabError) {
        try LabPrograms.requireRoot("Taking a lab down")
        guard exists || FileSystem.exists(stateDirectory) else {
            progress.say("The lab '\(name)' is not up.")
            return
        }
        try exclusively { () throws(LabError) in try remove(progress) }
    }

    /// Removes everything; the caller has the lock.
    func remove(_ progress: LabProgress = .silent) throws(LabError) {
        var failures: [String] = []
        func attempt(_ title: String, _ body: () throws(LabError) -> Void) {
            do throws(LabError) { try progress.step(title, body) } catch { failures.append(error.description) }
        }
        let processes = LabProcesses(self)
        attempt("processes ended") { () throws(LabError) in try endProcesses(processes) }
        attempt("mounts and namespaces removed") { () throws(LabError) in
            try unmountAll()
            try removeNetwork()
        }
        attempt("files and control groups removed") { () throws(LabError) in
            removeControlGroups(processes.containers)
            try labStep("cannot remove the lab's files") { () throws(SystemCallError) in
                try FileSystem.removeTree(runDirectory)
                try FileSystem.removeTree(stateDirectory)
            }
            // Only where no other lab is left.
            _ = unsafe rmdir(Self.runRoot)
            _ = unsafe rmdir(Self.stateRoot)
        }
        if !failures.isEmpty { throw LabError(failures.joined(separator: "\n")) }
    }

    /// The daemon first, so that it starts nothing again; then containers; then whatever else is there.
    private func endProcesses(_ processes: LabProcesses) throws(LabError) {
        let daemonPID = daemonPID
        let daemon = daemonPID.flatMap { try? ProcessHandle(pid: $0) }
        try labStep("cannot stop the daemon") { () throws(SystemCallError) in try daemon?.send(SIGTERM) }
        // A daemon that waits for its containers on its way out need not: they end now.
        try kill(processes) { $0.inContainer }
        if let daemon {
            try labStep("cannot stop the daemon") { () throws(SystemCallError) in
                if try !daemon.waitForEnd(milliseconds: 10_000) { try daemon.send(SIGKILL) }
            }
        }
        try kill(processes) { _ in true }
        // Where this very process started the daemon, it is this process' to reap.
        var status: CInt = 0
        if let daemonPID { _ = unsafe waitpid(daemonPID, &status, WNOHANG) }
    }

    /// Kills until no such process is left: one may have made another in between.
    func kill(_ processes: LabProcesses, _ which: (LabProcesses.Member) -> Bool) throws(LabError) {
        for _ in 0..<100 {
            let targets = processes.members().filter { which($0) && !LabProcesses.hasEnded($0.pid) }
            if targets.isEmpty { return }
            for target in targets {
                try labStep("cannot end process \(target.pid) (\(target.name))") { () throws(SystemCallError) in
                    try Self.end(target, processes)
                }
            }
        }
        throw LabError("Processes of the lab '\(name)' keep coming back: \(processes.members().map(\.name)).")
    }

    /// Kills one, unless its number belongs to something else by now.
    private static func end(_ target: LabProcesses.Member, _ processes: LabProcesses) throws(SystemCallError) {
        let handle: ProcessHandle
        do { handle = try ProcessHandle(pid: target.pid) } catch {
            if error.errno == .noProcess { return }
            throw error
        }
        guard processes.member(target.pid) != nil else { return }
        try handle.send(SIGKILL)
        _ = try handle.waitForEnd(milliseconds: 2000)
    }

    /// Takes every mount below the lab's folders away, the innermost first.
    func unmountAll() throws(LabError) {
        try labStep("cannot unmount") { () throws(SystemCallError) in
            let table = try FileSystem.readText("/proc/self/mountinfo")
            let folders = [runDirectory + "/", stateDirectory + "/"]
            for path in LabMounts.allMountPoints(table).reversed()
            where folders.contains(where: { path.hasPrefix($0) }) {
                try Mount.detach(path)
            }
        }
    }

    /// Removes the containers' control groups, and groups above them that are left empty.
    func removeControlGroups(_ containers: Set<String>) {
        let root = "/sys/fs/cgroup"
        for controller in [""] + ((try? FileSystem.list(root)) ?? []).map({ "/" + $0 }) {
            if !containers.isEmpty { Self.removeGroups(root + controller, containers, depth: 4) }
            // The group that engines put their containers into; it stays where one is still in use.
            _ = unsafe rmdir(root + controller + "/docker")
        }
    }

    private static func removeGroups(_ folder: String, _ containers: Set<String>, depth: Int) {
        guard depth > 0 else { return }
        for name in (try? FileSystem.list(folder)) ?? [] {
            let path = folder + "/" + name
            guard let information = FileSystem.status(path, followLinks: false),
                information.st_mode & S_IFMT == S_IFDIR
            else { continue }
            if containers.contains(where: { name.contains($0) }) {
                removeGroupTree(path)
                // The kernel refuses where another group or a process is still in it.
                if depth < 4 { _ = unsafe rmdir(folder) }
            } else {
                removeGroups(path, containers, depth: depth - 1)
            }
        }
    }

    /// Groups go by rmdir(2), the innermost first; their files go with them.
    private static func removeGroupTree(_ path: String) {
        for name in (try? FileSystem.list(path)) ?? [] where FileSystem.isDirectory(path + "/" + name) {
            removeGroupTree(path + "/" + name)
        }
        _ = unsafe rmdir(path)
    }
}
