import Glibc
public import SystemCalls

extension Lab {
    /// Describes a program that runs on the lab's host: in its network, with a sysfs that shows its devices
    /// (`brctl` looks there), with the lab's name server, and with `DOCKER_HOST` set. Mounts of control groups stay as
    /// the machine has them.
    ///
    /// - Parameter command: the program, by path or by name, and its arguments.
    public func request(_ command: [String]) throws(LabError) -> ChildRequest {
        guard let program = command.first else { throw LabError("No command was given.") }
        let host = try openHostNamespace()
        return ChildRequest(
            try LabPrograms.resolve(program), Array(command.dropFirst()), environment: environment,
            networkNamespace: host, mountNamespace: try makeMounts(host))
    }

    /// Makes mounts for programs of the lab's host that name namespaces of their own: `/run/netns` is empty in them, and
    /// what `ip netns add` makes there is gone with the last who holds these mounts.
    public func makePrivateMounts() throws(LabError) -> SharedFileDescriptor {
        try makeMounts(try openHostNamespace(), privateNames: true)
    }

    /// The caller's environment with the lab's `DOCKER_HOST`, and with the folder of the running program first in the
    /// path: who built `causeway` without installing it finds the very same there.
    var environment: [String] {
        let replaced = [
            "PATH=", "DOCKER_HOST=", "DOCKER_CONTEXT=", "DOCKER_TLS=", "DOCKER_TLS_VERIFY=", "CAUSEWAY_LAB=",
        ]
        let inherited = ChildRequest.inheritedEnvironment
        let kept = inherited.filter { variable in !replaced.contains { variable.hasPrefix($0) } }
        let path = inherited.first { $0.hasPrefix("PATH=") } ?? "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
        let own = LabPrograms.this.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        return kept + ["PATH=\(own):\(path.dropFirst(5))", "DOCKER_HOST=\(dockerHost)", "CAUSEWAY_LAB=\(name)"]
    }

    private func makeMounts(
        _ host: NetworkNamespace, privateNames: Bool = false
    ) throws(LabError) -> SharedFileDescriptor {
        let resolver = FileSystem.exists(resolverFile) ? resolverFile : nil
        let descriptor = try labStep("cannot prepare the mounts of the lab's host") { () throws(SystemCallError) in
            try MountNamespace.makePrepared(in: host) { () throws(SystemCallError) in
                try LabMounts.mountSystemTree()
                if privateNames { try Mount.mount("tmpfs", on: Self.namespaceFolder, kind: "tmpfs", flags: 0) }
                if let resolver, FileSystem.exists("/etc/resolv.conf") {
                    try Mount.mount(resolver, on: "/etc/resolv.conf", flags: Int(MS_BIND))
                }
            }
        }
        return SharedFileDescriptor(descriptor)
    }
}

/// O_PATH of `<fcntl.h>`, which the C library's module hides: names a place without opening what is there.
private let pathOnly: CInt = 0o10_000_000

/// What the mount namespace of a lab's programs differs in.
enum LabMounts {
    /// Mounts a sysfs of the thread's own network namespace, with everything that was mounted below `/sys` in place
    /// again.
    static func mountSystemTree() throws(SystemCallError) {
        let paths = mountPoints(below: "/sys", table: try FileSystem.readText("/proc/thread-self/mountinfo"))
        var held: [SharedFileDescriptor] = []
        for path in paths { held.append(SharedFileDescriptor(try FileDescriptor.open(path, pathOnly))) }
        try Mount.mount("sysfs", on: "/sys", kind: "sysfs", flags: Int(MS_NOSUID) | Int(MS_NODEV) | Int(MS_NOEXEC))
        for (path, descriptor) in zip(paths, held) {
            try Mount.mount(
                "/proc/thread-self/fd/\(descriptor.rawValue)", on: path, flags: Int(MS_BIND) | Int(MS_REC))
        }
    }

    /// The outermost mount points below a folder, of proc_pid_mountinfo(5)'s table.
    static func mountPoints(below folder: String, table: String) -> [String] {
        var found: [String] = []
        for path in allMountPoints(table) where path.hasPrefix(folder + "/") {
            if !found.contains(where: { path == $0 || path.hasPrefix($0 + "/") }) { found.append(path) }
        }
        return found
    }

    /// Every mount point in the order of mounting, octal escapes resolved.
    static func allMountPoints(_ table: String) -> [String] {
        table.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            return fields.count > 4 ? unescape(fields[4]) : nil
        }
    }

    /// `\040` is a space, and so on.
    private static func unescape(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(3), as: UTF8.self)
            if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let value = UInt8(digits, radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
