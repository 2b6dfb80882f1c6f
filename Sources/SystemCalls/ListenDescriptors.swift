import Glibc

/// A socket that the service manager opened and passed on.
public struct PassedDescriptor: Hashable, Sendable {
    /// The descriptor's number; whoever takes it must close it.
    public let number: CInt
    /// What the unit calls it (`FileDescriptorName=`); `unknown` where it has no name.
    public let name: String
}

/// Socket activation, sd_listen_fds(3): descriptors 3 and up, described by `LISTEN_PID`, `LISTEN_FDS` and
/// `LISTEN_FDNAMES`.
public enum ListenDescriptors {
    /// The first descriptor that is passed.
    public static let first: CInt = 3

    /// Takes over what was passed to this process: sets close-on-exec and removes the variables, so that children do
    /// not take the descriptors for theirs. A second call finds nothing.
    public static func take() -> [PassedDescriptor] {
        func variable(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
        let passed = parse(
            processID: variable("LISTEN_PID"), count: variable("LISTEN_FDS"), names: variable("LISTEN_FDNAMES"),
            ownProcessID: getpid())
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { _ = unsafe unsetenv(name) }
        for descriptor in passed { _ = fcntl(descriptor.number, F_SETFD, FD_CLOEXEC) }
        return passed
    }

    /// Reads the three variables; nothing where they are meant for another process or are no numbers.
    public static func parse(
        processID: String?, count: String?, names: String?, ownProcessID: Int32
    ) -> [PassedDescriptor] {
        guard let processID, Int32(processID) == ownProcessID, let count = count.flatMap({ CInt($0) }),
            (1...1024).contains(count)
        else { return [] }
        let names = names.map { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) } ?? []
        return (0..<count).map { index in
            let name = names.indices.contains(Int(index)) ? names[Int(index)] : ""
            return PassedDescriptor(number: first + index, name: name.isEmpty ? "unknown" : name)
        }
    }
}
