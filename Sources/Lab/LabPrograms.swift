import Glibc
import SystemCalls

/// The programs that a lab is made with, each with the Debian package that has it.
struct LabPrograms: Sendable {
    let ip: String
    let dnsmasq: String
    let busybox: String

    /// Finds all of them.
    ///
    /// - Throws: an error that names every missing package.
    static func find() throws(LabError) -> LabPrograms {
        var missing: [String] = []
        func locate(_ program: String, _ package: String) -> String {
            if let path = FileSystem.findProgram(program) { return path }
            missing.append(package)
            return ""
        }
        let programs = LabPrograms(
            ip: locate("ip", "iproute2"), dnsmasq: locate("dnsmasq", "dnsmasq-base"),
            busybox: locate("busybox", "busybox-static"))
        guard missing.isEmpty else {
            throw LabError(
                "A lab needs programs that are not installed.",
                remedy: "apt-get install \(missing.joined(separator: " "))")
        }
        return programs
    }

    /// Finds a program by the user's own search path, then where system programs are.
    static func resolve(_ name: String) throws(LabError) -> String {
        let folders =
            ChildRequest.inheritedEnvironment.first { $0.hasPrefix("PATH=") }
            .map { $0.dropFirst(5).split(separator: ":").map(String.init) } ?? []
        if let path = FileSystem.findProgram(name, in: folders) ?? FileSystem.findProgram(name) { return path }
        throw LabError("\(name): no such program.")
    }

    /// The program that runs now.
    static var this: String { FileSystem.linkTarget("/proc/self/exe") ?? "/proc/self/exe" }

    /// Fails with a sentence where the caller is not root.
    static func requireRoot(_ purpose: String) throws(LabError) {
        guard geteuid() == 0 else {
            throw LabError("\(purpose) makes network namespaces, which only root may.", remedy: "Try again with sudo.")
        }
    }
}
