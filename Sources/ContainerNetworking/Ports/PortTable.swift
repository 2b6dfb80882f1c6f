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
    /// Addresses of containers that went, whose connections are to be forgotten.
    var departed: Set<IPAddress> = []
    /// Whether somebody is at it.
    var isForgetting = false
}
