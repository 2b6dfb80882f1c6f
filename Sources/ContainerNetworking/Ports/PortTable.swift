import IPAddressing

/// The controller's ports of the host.
struct PortTable {
    /// Those that are bound.
    var held: [HostPort: HeldPort] = [:]
    /// Whose each is.
    var books = PortBooks()
    /// Leads what the kernel cannot; nil until something wants it.
    var proxy: PortProxy?
    /// Those that the proxy serves.
    var proxied: Set<HostPort> = []
    /// Addresses of endpoints that went, whose connections are to be forgotten, with their containers' ids.
    var departed: [IPAddress: String] = [:]
    /// Whether somebody is at it.
    var isForgetting = false
}
