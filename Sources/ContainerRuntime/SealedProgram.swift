import Glibc
import Synchronization
import SystemCalls

/// The OCI runtime's program, kept in sealed memory.
///
/// crun protects its own file from its containers (CVE-2019-5736): at every start it copies itself to sealed memory and
/// executes the copy, unless it runs from such memory already (`is_self_cloned` in its `cloned_binary.c`). One copy
/// that lasts saves 2.5 ms of each start. An upgraded program is noticed and copied anew.
final class SealedProgram: Sendable {
    private struct Copy {
        var inode: UInt64
        var changed: Int64
        var size: Int64
        /// nil where the machine does not run programs from memory.
        var descriptor: SharedFileDescriptor?
    }

    private let path: String
    private let copy = Mutex<Copy?>(nil)

    init(_ path: String) {
        self.path = path
    }

    /// The copy, made where there is none yet; nil where the program itself has to be used. Blocks the thread.
    func current() -> SharedFileDescriptor? {
        guard let status = FileSystem.status(path) else { return nil }
        let now = (UInt64(status.st_ino), Int64(status.st_ctim.tv_sec), Int64(status.st_size))
        return copy.withLock { copy in
            if let copy, (copy.inode, copy.changed, copy.size) == now { return copy.descriptor }
            let descriptor = Self.makeCopy(of: path)
            copy = Copy(inode: now.0, changed: now.1, size: now.2, descriptor: descriptor)
            return descriptor
        }
    }

    /// Copies the program and tries whether the copy runs (`vm.memfd_noexec` may forbid it).
    private static func makeCopy(of path: String) -> SharedFileDescriptor? {
        guard let bytes = try? FileSystem.readBytes(path), let sealed = try? MemoryFile.makeSealed("oci-runtime", bytes)
        else { return nil }
        let shared = SharedFileDescriptor(sealed)
        var request = ChildRequest("/proc/self/fd/3", ["--version"])
        request.descriptors[3] = shared.rawValue
        guard let child = try? ChildProcess.spawn(request), let status = try? child.wait(), status.isSuccess else {
            return nil
        }
        return shared
    }
}
