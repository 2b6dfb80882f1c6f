import IPAddressing
import RouteNetlink

/// Where the host has its IPv6 default route from a router's advertisement, it would lose it as soon as it forwards:
/// a router takes no other router's word unless `accept_ra` is 2 (the kernel's Documentation/networking/ip-sysctl.rst).
enum AdvertisedRoute {
    /// RTPROT_RA of `<linux/rtnetlink.h>`.
    private static let advertisement: UInt8 = 9

    /// The steps that keep it. Blocks.
    static func keep(_ host: HostNetwork, _ socket: RouteSocket) throws -> [PlanStep] {
        let routes = try socket.routes().filter {
            $0.origin == advertisement && $0.destination.family == .v6 && $0.destination.length == 0
        }
        let devices = Set(routes.compactMap(\.index))
        if devices.isEmpty { return [] }
        var steps: [PlanStep] = []
        for link in try socket.links() where devices.contains(link.index) {
            let name = NetworkModel.Parameter.acceptAdvertisements(link.name)
            if try host.parameter(name) == "1" { steps.append(.setSysctl(name, "2")) }
        }
        return steps
    }
}
