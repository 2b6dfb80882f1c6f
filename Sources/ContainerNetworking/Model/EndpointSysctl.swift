import SystemCalls

/// A kernel parameter of an endpoint's interface (`com.docker.network.endpoint.sysctls`), such as
/// `net.ipv4.conf.IFNAME.log_martians=1`.
public struct EndpointSysctl: Hashable, Sendable {
    /// `ipv4`, `ipv6` or `mpls`.
    public let area: String
    /// `conf` or `neigh`.
    public let group: String
    /// `log_martians`.
    public let parameter: String
    /// What it is to be.
    public let value: String

    /// Reads one.
    ///
    /// - Throws: `.invalid` in Docker's words for what does not name a parameter of the interface.
    public init(_ text: String) throws(NetworkError) {
        let parts = text.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false).map(String.init)
        // The command line makes capitals small.
        guard parts.count == 5, parts[0] == "net", ["ipv4", "ipv6", "mpls"].contains(parts[1]),
            ["conf", "neigh"].contains(parts[2]), parts[3] == "IFNAME" || parts[3] == "ifname", !text.contains("/")
        else {
            throw NetworkError(
                .invalid,
                "invalid endpoint settings:\nunrecognised network interface sysctl '\(text)'; represent "
                    + "'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'")
        }
        guard let equals = parts[4].firstIndex(of: "=") else {
            throw NetworkError(.invalid, "expected sysctl '\(text)' to have format name=value")
        }
        area = parts[1]
        group = parts[2]
        parameter = String(parts[4][..<equals])
        value = String(parts[4][parts[4].index(after: equals)...])
        if parameter.isEmpty || parameter.contains(".") {
            throw NetworkError(.invalid, "expected sysctl '\(text)' to have format net.X.Y.IFNAME.Z")
        }
    }

    /// Whether it switches IPv6 off: the interface gets no IPv6 address then.
    var disablesIPv6: Bool { area == "ipv6" && group == "conf" && parameter == "disable_ipv6" && value == "1" }

    /// Writes it for an interface of the caller's namespace.
    func apply(to interface: String) throws(NetworkError) {
        let name = "net/\(area)/\(group)/\(interface)/\(parameter)"
        let path = Sysctl.path(name)
        do {
            if try Sysctl.read(name) == value { return }
        } catch {
            throw NetworkError(.system, "\(path) is not a sysctl file")
        }
        do { try Sysctl.write(name, value) } catch {
            throw NetworkError(.system, "unable to write to '\(path)': write \(path): \(error.errno)")
        }
    }
}
