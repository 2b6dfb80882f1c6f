import Glibc
import SystemCalls

extension Lab {
    /// Ends the lab's host as a loss of power does, and starts it again: every process is killed, mounts, namespaces and
    /// what lives in memory are gone, disks stay as they were. The daemon starts with the options that it had.
    public func reboot(_ progress: LabProgress = .silent) throws(LabError) {
        try LabPrograms.requireRoot("A lab")
        let programs = try LabPrograms.find()
        try exclusively { () throws(LabError) in
            guard exists else {
                throw LabError("The lab '\(name)' is not up.", remedy: "causeway lab up \(name)")
            }
            try progress.step("power off") { () throws(LabError) in try powerOff() }
            try progress.step("network: \(hostNamespace) ══ up0 ══ \(internetNamespace)") { () throws(LabError) in
                try makeNetwork(programs)
                try startServices(programs)
            }
        }
        try progress.step("daemon on \(dockerHost)") { () throws(LabError) in try restartDaemon() }
    }

    private func powerOff() throws(LabError) {
        // The daemon first: it is not to see how its containers end.
        try stopDaemon(crash: true)
        let processes = LabProcesses(self)
        try kill(processes) { _ in true }
        try unmountAll()
        try removeNetwork()
        removeControlGroups(processes.containers)
        try labStep("cannot remove what lived in memory") { () throws(SystemCallError) in
            try FileSystem.removeTree(execRoot)
            try FileSystem.removeFile(pidFile)
            try FileSystem.removeFile(socketPath)
        }
    }
}
