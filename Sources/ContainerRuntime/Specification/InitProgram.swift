import SystemCalls

/// The small program that runs as a container's first process where `--init` asks for one.
enum InitProgram {
    /// Where it is seen in the container, as with Docker.
    static let destination = "/sbin/docker-init"

    /// The machine's: Docker's own, or a statically linked one that takes the same arguments.
    ///
    /// - Throws: `RuntimeError` that names the package to install.
    static func find() throws(RuntimeError) -> String {
        for name in ["docker-init", "tini-static", "catatonit"] {
            if let path = FileSystem.findProgram(name) ?? FileSystem.findProgram("/usr/libexec/podman/" + name) {
                return path
            }
        }
        throw RuntimeError(
            "--init needs an init program on the machine, and there is none: apt-get install tini (or catatonit)",
            kind: .invalid)
    }
}
