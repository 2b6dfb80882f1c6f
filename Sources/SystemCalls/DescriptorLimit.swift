import CLinux

/// How many descriptors this process may have open (RLIMIT_NOFILE of setrlimit(2)). A published port takes one a
/// family, and a proxied connection two.
public enum DescriptorLimit {
    /// Raises the soft limit to the hard one; the hard one stays as the administrator set it. Children get the former
    /// soft limit.
    ///
    /// - Returns: the limit in force.
    @discardableResult
    public static func raise() throws(SystemCallError) -> Int {
        Int(try checkWrapper("setrlimit", "RLIMIT_NOFILE", cw_raise_descriptor_limit()))
    }

    /// The soft limit in force.
    public static var current: Int { max(256, Int(cw_descriptor_limit())) }
}
