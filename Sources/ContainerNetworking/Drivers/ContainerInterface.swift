import IPAddressing
import Netlink
import RouteNetlink
import SystemCalls

/// What is open inside a container's namespace.
struct SandboxDoor: Sendable {
    /// rtnetlink.
    let routes: RouteSocket
    /// The folder of its interfaces' IPv6 parameters; nil where the kernel has no IPv6.
    var parameters: SharedFileDescriptor?

    /// Opens it in a namespace that is there. Blocks for a thread's start.
    init(to namespace: NetworkNamespace) throws(SystemCallError) {
        var parameters: SharedFileDescriptor?
        routes = try RouteSocket(try namespace.openRoutes(parameters: &parameters))
        self.parameters = parameters
    }

    /// Makes the namespace, at a path.
    init(making path: String) throws(SystemCallError) {
        var parameters: SharedFileDescriptor?
        routes = try RouteSocket(try NetworkNamespace.make(at: path, parameters: &parameters))
        self.parameters = parameters
    }
}

/// What an interface inside a container is to be like, whichever driver has made it.
struct ContainerInterface: Sendable {
    /// Its name.
    var name: String
    /// Its addresses with their subnets' lengths.
    var addresses: [IPPrefix]
    /// Link-local addresses that were asked for.
    var linkLocalAddresses: [IPPrefix] = []
    /// Whether it speaks IPv6 at all. Where it does not, nobody can talk it into routes or neighbours by IPv6.
    var hasIPv6: Bool
    /// Whether routers on the link may tell it of routes and subnets.
    var acceptsAdvertisements: Bool
    /// Kernel parameters that were asked for.
    var sysctls: [EndpointSysctl] = []
    /// The default routes that lead out of it from now on.
    var routes: [DefaultRouteChange] = []

    /// Brings it up: parameters first, then all else in one batch. Blocks.
    ///
    /// - Parameters:
    ///   - door: to the container's namespace.
    ///   - known: the interface's number, where it is known.
    func configure(_ door: SandboxDoor, in namespace: NetworkNamespace, index known: Int32?) throws {
        guard let index = try known ?? door.routes.link(named: name)?.index else {
            throw NetlinkError("look at \(name)", .noDevice)
        }
        if let folder = door.parameters, !hasIPv6, sysctls.isEmpty {
            try InterfaceParameter.write("disable_ipv6", of: name, in: folder, "1")
        } else {
            try setParameters(in: namespace)
        }
        var batch = [LinkRequest.change(index: index, name: name, LinkChange(up: true))]
        for address in addresses + linkLocalAddresses {
            batch.append(AddressRequest.add(address, to: index, name: name))
        }
        for route in routes { batch.append(route.request(device: index)) }
        try door.routes.apply(batch)
    }

    /// Writes the interface's kernel parameters, those of ours before those that were asked for. On one thread inside.
    private func setParameters(in namespace: NetworkNamespace) throws(NetworkError) {
        let (name, hasIPv6, acceptsAdvertisements, sysctls) = (name, hasIPv6, acceptsAdvertisements, sysctls)
        let failure: NetworkError?
        do {
            failure = try namespace.run { () throws(SystemCallError) -> NetworkError? in
                let folder = "net/ipv6/conf/\(name)/"
                try Self.write(folder + "disable_ipv6", hasIPv6 ? "0" : "1")
                if hasIPv6, !acceptsAdvertisements { try Self.write(folder + "accept_ra", "0") }
                for sysctl in sysctls {
                    do throws(NetworkError) { try sysctl.apply(to: name) } catch { return error }
                }
                return nil
            }
        } catch {
            throw .wrap("cannot set the parameters of \(name)", error)
        }
        if let failure { throw failure }
    }

    /// A kernel without IPv6 has nothing to switch off.
    private static func write(_ name: String, _ value: String) throws(SystemCallError) {
        do throws(SystemCallError) {
            if try Sysctl.read(name) != value { try Sysctl.write(name, value) }
        } catch {
            if error.errno != .noEntry { throw error }
        }
    }
}

/// A default route that a container gets, or that moves.
struct DefaultRouteChange: Hashable, Sendable {
    /// Which family's.
    var family: IPFamily
    /// Its new way.
    var route: DefaultRoute
    /// Whether one of ours is there, whose place it takes.
    var replaces: Bool

    /// - Parameter index: the number of the route's interface.
    func request(device index: Int32) -> NetlinkRequest {
        RouteRequest.setDefault(family, via: route.gateway, device: index, replacing: replaces)
    }
}
