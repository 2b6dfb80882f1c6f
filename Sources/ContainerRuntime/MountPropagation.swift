import SystemCalls

/// How mounts travel between the machine and a container: mount_namespaces(7).
public enum MountPropagation {
    /// Refuses a bind whose source's mount is not such that its mounts can travel as asked, in Docker's words.
    ///
    /// - Parameters:
    ///   - source: a path of the machine.
    ///   - propagation: `rshared`, `rslave` and so on; empty is none.
    /// - Throws: `RuntimeError`, also where the mounts cannot be read.
    public static func check(_ source: String, _ propagation: String) throws(RuntimeError) {
        guard propagation.hasSuffix("shared") || propagation.hasSuffix("slave") else { return }
        let table: String
        do { table = try FileSystem.readText("/proc/self/mountinfo") } catch {
            throw RuntimeError("cannot read the mounts of the machine", error)
        }
        let mount = SharedMount.covering(SharedMount.resolved(source), mountInformation: table)
        if mount.shared { return }
        if propagation.hasSuffix("shared") {
            throw RuntimeError("path \(source) is mounted on \(mount.point) but it is not a shared mount")
        }
        if !mount.slave {
            throw RuntimeError("path \(source) is mounted on \(mount.point) but it is not a shared or slave mount")
        }
    }
}
