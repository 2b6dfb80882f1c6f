public import Netlink
public import SystemCalls

/// rtnetlink(7) of one network namespace: reads what is there, and makes changes in batches.
public final class RouteSocket: Sendable {
    private let socket: NetlinkSocket

    /// Takes over a NETLINK_ROUTE socket, such as `NetworkNamespace.make` hands out.
    public init(_ descriptor: consuming FileDescriptor) throws(SystemCallError) {
        socket = try NetlinkSocket(descriptor)
    }

    /// Opens one in the caller's network namespace.
    public init() throws(SystemCallError) {
        socket = try NetlinkSocket(family: 0)
    }

    /// Opens one in another network namespace.
    public init(in namespace: NetworkNamespace) throws(SystemCallError) {
        socket = try NetlinkSocket(in: namespace, family: 0)
    }

    /// What the kernel's news name this socket by; see `NetlinkSocket.port`.
    public var port: UInt32 { socket.port }

    /// Makes changes: one message to the kernel, worked off in order. See `NetlinkSocket.transact`.
    public func apply(_ requests: [NetlinkRequest]) throws(NetlinkError) { try socket.transact(requests) }

    /// Every device.
    public func links() throws(NetlinkError) -> [Link] { try socket.dump(LinkRequest.dump()).compactMap(Link.init) }

    /// The device of that name, or nil.
    public func link(named name: String) throws(NetlinkError) -> Link? {
        do {
            return Link(try socket.get(LinkRequest.get(name: name)))
        } catch {
            if error.errno == .noDevice { return nil }
            throw error
        }
    }

    /// Every address of both families.
    public func addresses() throws(NetlinkError) -> [InterfaceAddress] {
        try socket.dump(AddressRequest.dump()).compactMap { InterfaceAddress($0) }
    }

    /// Every route of all tables and both families.
    public func routes() throws(NetlinkError) -> [Route] {
        try socket.dump(RouteRequest.dump()).compactMap { Route($0) }
    }

    /// Every neighbour of both families.
    public func neighbours() throws(NetlinkError) -> [Neighbour] {
        try socket.dump(RouteRequest.dumpNeighbours()).compactMap(Neighbour.init)
    }

    /// Asks for a list.
    func dump(_ request: NetlinkRequest) throws(NetlinkError) -> [NetlinkReply] { try socket.dump(request) }

    /// Asks for one thing.
    func get(_ request: NetlinkRequest) throws(NetlinkError) -> NetlinkReply { try socket.get(request) }
}
