import SystemCalls

/// The programs of the iptables back end.
public struct IPTablesPrograms: Hashable, Sendable {
    /// Absolute path of `iptables-save`.
    public var save: String
    /// Absolute path of `iptables-restore`.
    public var restore: String

    /// Names the two.
    public init(save: String, restore: String) {
        self.save = save
        self.restore = restore
    }

    /// Where the system keeps administration programs.
    public static let systemDirectories = [
        "/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin",
    ]

    /// Looks for the two programs.
    ///
    /// - Parameter directories: where to look, in order.
    /// - Throws: where one is missing; the remedy names the Debian package.
    public static func discover(
        in directories: [String] = systemDirectories
    ) throws(FirewallError) -> IPTablesPrograms {
        func find(_ name: String) throws(FirewallError) -> String {
            if let path = FileSystem.findProgram(name, in: directories) { return path }
            throw FirewallError(
                "set up the firewall", "\(name) is not installed",
                remedy: "install the Debian package iptables (apt-get install iptables), or start with --iptables=false"
            )
        }
        return IPTablesPrograms(save: try find("iptables-save"), restore: try find("iptables-restore"))
    }
}
