import ConnectionTracking
import Firewall
import IPAddressing
import Logging
import Netlink
import SystemCalls

extension NetworkController {
    /// Has the proxy serve what the kernel cannot lead of an endpoint's ports. A port that cannot be served is no reason
    /// to stop a container: all other ways to it are open.
    func startProxy(for endpoint: EndpointRecord) {
        guard configuration.userlandProxy else { return }
        for record in endpoint.ports {
            guard let target = Self.proxyTarget(record, endpoint), let port = record.onHost,
                let held = ports.held[port], held.socket != nil
            else { continue }
            do {
                let proxy = try ports.proxy ?? PortProxy(host)
                ports.proxy = proxy
                try proxy.serve(held, to: target)
                ports.proxied.insert(port)
            } catch {
                logger.warning(
                    "a port is not served for IPv6",
                    metadata: ["port": "\(port)", "error": "\(error)"])
            }
        }
    }

    /// Where the proxy is to lead a port; nil for what the kernel leads by itself. Pure.
    ///
    /// To a container with IPv6 the kernel leads all but what the host sends to ::1: an address that no packet between
    /// two devices may have.
    static func proxyTarget(_ record: PortRecord, _ endpoint: EndpointRecord) -> PortProxy.Target? {
        guard let host = IPAddress(record.hostAddress), host.family == .v6, !record.isRouted, record.transport != "sctp"
        else { return nil }
        if let ipv6 = IPAddress(endpoint.ipv6Address) {
            guard host.isUnspecified || host.isLoopback else { return nil }
            return PortProxy.Target(address: ipv6, port: record.containerPort)
        }
        return IPAddress(endpoint.ipv4Address).map { PortProxy.Target(address: $0, port: record.containerPort) }
    }

    /// Forgets UDP flows that would go on past the rules of a newly published port: the kernel looks at its rules for a
    /// flow's first packet only, and one that came a moment too early went to the host itself.
    func forgetStaleFlows(to endpoint: EndpointRecord) async {
        let published = endpoint.ports.filter { $0.transport == "udp" }.compactMap { $0.published(for: endpoint) }
            .filter { $0.hostPort > 0 }
        if published.isEmpty { return }
        let host = host
        do {
            try await BlockingWork.run { try StaleFlows(try host.openConnections()).forget(before: published) }
        } catch {
            logger.warning("stale UDP flows were left", metadata: ["error": "\(error)"])
        }
    }

    /// Forgets the connections of a container that went, beside whatever else is going on: a next one with its address is
    /// not to get them. The kernel walks through its whole table for it, milliseconds of a processor: once for all who
    /// went within a tenth of a second, or as soon as somebody else gets one of the addresses.
    func forgetFlows(of endpoint: EndpointRecord) {
        for address in [endpoint.ipv4Address, endpoint.ipv6Address].compactMap({ IPAddress($0) }) {
            ports.departed[address] = endpoint.containerID
        }
        guard !ports.departed.isEmpty, !ports.isForgetting else { return }
        ports.isForgetting = true
        Task {
            try? await Task.sleep(for: .milliseconds(100))
            await forgetDepartedFlows()
        }
    }

    /// Sees to an endpoint's addresses that were another's a moment ago. What were its own container's are its again, with
    /// their connections.
    func reclaim(_ endpoint: EndpointRecord) {
        let addresses = [endpoint.ipv4Address, endpoint.ipv6Address].compactMap { IPAddress($0) }
        for address in addresses where ports.departed[address] == endpoint.containerID { ports.departed[address] = nil }
        if addresses.contains(where: { ports.departed[$0] != nil }) { Task { await forgetDepartedFlows() } }
    }

    private func forgetDepartedFlows() async {
        let host = host
        while !ports.departed.isEmpty {
            let addresses = Set(ports.departed.keys)
            ports.departed = [:]
            do {
                try await BlockingWork.run {
                    let tracked = try host.parameter("net/netfilter/nf_conntrack_count").flatMap { Int($0) }
                    if tracked == 0 { return }
                    try StaleFlows(try host.openConnections()).forget(of: addresses, tracked: tracked ?? .max)
                }
            } catch {
                logger.warning("connections of a container that went were left", metadata: ["error": "\(error)"])
            }
        }
        ports.isForgetting = false
    }
}

extension HostNetwork {
    /// Opens the table of tracked connections in it.
    func openConnections() throws(SystemCallError) -> ConnectionSocket {
        guard let namespace else { return try ConnectionSocket() }
        return try ConnectionSocket(in: namespace)
    }
}
