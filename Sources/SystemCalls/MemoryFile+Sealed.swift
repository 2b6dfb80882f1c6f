import CLinux

extension MemoryFile {
    /// A copy of `bytes` in memory that nobody can change any more: memfd_create(2) with F_SEAL_SEAL, F_SEAL_SHRINK,
    /// F_SEAL_GROW and F_SEAL_WRITE of fcntl(2). It can be executed through `/proc/self/fd`.
    public static func makeSealed(_ name: String, _ bytes: [UInt8]) throws(SystemCallError) -> FileDescriptor {
        let number = unsafe bytes.withUnsafeBytes { unsafe cw_sealed_memory_file(name, $0.baseAddress, $0.count) }
        return FileDescriptor(owning: try checkWrapper("memfd_create", name, number))
    }
}
