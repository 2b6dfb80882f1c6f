import SystemCalls

/// The programs of the iptables back end.
public struct IPTablesPrograms: Hashable, Sendable {
    /// Absolute path of `iptables-save`.
    public var save: String
    /// Absolute path of `iptables-restore`.
    public var restore: String
    /// Absolute path of `ip6tables-save`; not run before there is a network with IPv6.
    public var saveIPv6: String
    /// Absolute path of `ip6tables-restore`; not run before there is a network with IPv6.
    public var restoreIPv6: String

    /// Names the four.
    public init(
        save: String, restore: String, saveIPv6: String = "/usr/sbin/ip6tables-save",
        restoreIPv6: String = "/usr/sbin/ip6tables-restore"
    ) {
        self.save = save
        self.restore = restore
        self.saveIPv6 = saveIPv6
        self.restoreIPv6 = restoreIPv6
    }

    /// Whether these are the programs of iptables-legacy, whose rules are not nftables': the kernel tells nobody of
    /// changes to them.
    public var areLegacy: Bool {
        var path = save
        // Debian's alternatives: two links to the program of many names.
        for _ in 0..<8 {
            guard let target = FileSystem.linkTarget(path) else { break }
            let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
            path = target.hasPrefix("/") ? target : folder + target
        }
        return path.hasSuffix("xtables-legacy-multi") || path.hasSuffix("xtables-multi")
    }

    /// Where the system keeps administration programs.
    public static let systemDirectories = [
        "/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin",
    ]

    /// Looks for the programs. Those of IPv6 may be missing on a host that has no use for them; who needs them then is
    /// told.
    ///
    /// - Parameter directories: where to look, in order.
    /// - Throws: where one of IPv4's is missing; the remedy names the Debian package.
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
        var programs = IPTablesPrograms(save: try find("iptables-save"), restore: try find("iptables-restore"))
        if let path = FileSystem.findProgram("ip6tables-save", in: directories) { programs.saveIPv6 = path }
        if let path = FileSystem.findProgram("ip6tables-restore", in: directories) { programs.restoreIPv6 = path }
        return programs
    }
}
