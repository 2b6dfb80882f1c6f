import EngineAPI
import Glibc
import SystemCalls

extension ContainerRuntime {
    /// Suspends until a container has ended, however the task fares. Works for containers of an earlier daemon.
    ///
    /// conmon's end is awaited, and its exit file then read. Where conmon was killed and left none, the container has
    /// nobody to hold its output any more: it is killed, and 137 reported. Where nothing is left of either, as after the
    /// machine's restart, the exit code is 255, as with dockerd.
    public func waitForExit(_ id: String, conmonPid: Int32) async -> ContainerExit {
        let noted = processes(of: id)
        // A process id alone may be another's by now.
        if let identity = noted?.conmon, identity.pid == conmonPid, let conmon = ProcessHandle(identity) {
            await conmon.waitForEnd()
        }

        let files = ContainerFiles(configuration, id)
        let group = CrunStatus.read(state: files.state)?.cgroupPath
        guard let text = try? FileSystem.readText(files.exitFile), let code = Int(text), code >= 0,
            let status = FileSystem.status(files.exitFile)
        else {
            if let first = noted?.first, let handle = ProcessHandle(first) {
                _ = try? handle.signal(SIGKILL)
                if let group { configuration.cgroups.killAll(group) }
                await handle.waitForEnd()
            }
            return ContainerExit(
                exitCode: noted == nil ? 255 : 137, finishedAt: .now, oomKilled: FileSystem.exists(files.oomFile))
        }
        let killed =
            FileSystem.exists(files.oomFile)
            || (code != 0 && group.map { configuration.cgroups.outOfMemoryKills($0) > 0 } ?? false)
        let finished = Timestamp(
            nanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
        return ContainerExit(exitCode: code, finishedAt: finished, oomKilled: killed)
    }
}
