import Firewall
import IPAddressing

extension NetworkController {
    /// Spreads a container's ports over its endpoints anew, as its default routes are now: after a network was connected
    /// or disconnected while it runs. A port keeps its number of the host where it can. All or nothing.
    ///
    /// - Parameters:
    ///   - requests: all that the container wants published.
    ///   - containerID: whose endpoints, all of them plugged in.
    ///   - ipv4Gateway: the endpoint that gives the IPv4 default route, nil where none does; `ipv6Gateway` likewise.
    /// - Returns: the container's endpoints whose ports have changed, as they are now.
    func movePorts(
        _ requests: [PortRequest], of containerID: String, ipv4Gateway: String?, ipv6Gateway: String?
    ) async throws -> [EndpointRecord] {
        let before = plugged.values.filter { $0.containerID == containerID }.sorted { $0.id < $1.id }
        if requests.isEmpty, before.allSatisfy({ $0.ports.isEmpty }) { return [] }
        try requireFirewall()
        let (after, bound) = try await spread(requests, before, ipv4Gateway, ipv6Gateway)
        let changed = zip(before, after).filter { $0.ports != $1.ports }
        if changed.isEmpty { return [] }
        let former = ports
        for held in bound {
            ports.held[held.port] = held
        }
        // Those that lead elsewhere from now on are led nowhere in between.
        let leaving = changed.flatMap { $0.0.ports }.compactMap(\.onHost)
        ports.proxy?.stop(leaving.filter { ports.proxied.remove($0) != nil })
        for (_, new) in changed {
            plugged[new.id]?.ports = new.ports
            for port in new.ports.compactMap(\.onHost) { ports.books.book(port, .endpoint(new.id)) }
        }
        do {
            for (_, new) in changed { try await publishMoved(new) }
        } catch {
            for (old, new) in changed {
                plugged[old.id]?.ports = old.ports
                for port in new.ports.compactMap(\.onHost) where former.held[port] == nil {
                    ports.books.free(port)
                    ports.held[port] = nil
                }
            }
            for (old, _) in changed {
                for port in old.ports.compactMap(\.onHost) { ports.books.book(port, .endpoint(old.id)) }
                startProxy(for: old)
            }
            throw error
        }
        // What no endpoint has any more.
        await withdrawPorts()
        return changed.map(\.1)
    }

    /// The endpoints with the ports that each is to have, and the sockets that hold them. Nothing is changed.
    private func spread(
        _ requests: [PortRequest], _ endpoints: [EndpointRecord], _ ipv4Gateway: String?, _ ipv6Gateway: String?
    ) async throws -> ([EndpointRecord], [HeldPort]) {
        var groups: [(endpoint: Int, group: PortGroup)] = []
        for (index, endpoint) in endpoints.enumerated() {
            guard let record = records.first(where: { $0.id == endpoint.networkID }) else { continue }
            let duty = PortDuty.of(endpoint.id, ipv4Gateway: ipv4Gateway, ipv6Gateway: ipv6Gateway)
            groups += portGroups(
                requests, ipv4: IPv4Address(endpoint.ipv4Address), ipv6: IPv6Address(endpoint.ipv6Address), on: record,
                duty: duty
            ).map { (index, $0) }
        }
        // Bound in one go, so that no two endpoints of the container are given the same port; and both families of one
        // request together, so that they get the same.
        let merged = PortGroup.merged(groups.map(\.group))
        let choices: [PortChooser.Choice]
        do throws(PortChooser.Refusal) {
            choices = try choose(merged, former: endpoints.flatMap(\.ports), of: Set(endpoints.map(\.id)))
        } catch {
            let first = endpoints.first.map { "\($0.dnsNames.first ?? String($0.containerID.prefix(12))) (\($0.id))" }
            throw await failure(error, of: first ?? "")
        }
        var after = endpoints.map { endpoint in
            var endpoint = endpoint
            endpoint.ports = []
            return endpoint
        }
        for choice in choices {
            let owner = groups.first { group in
                group.group.transport.rawValue == choice.record.transport
                    && group.group.containerPort == choice.record.containerPort
                    && group.group.isRouted == choice.record.isRouted
                    && group.group.bindings.contains { $0.host.description == choice.record.hostAddress }
            }
            // Routed ports are the same on every endpoint of a routed network.
            if choice.record.isRouted {
                for (index, group) in groups
                where group.isRouted && group.transport.rawValue == choice.record.transport
                    && group.containerPort == choice.record.containerPort
                    && group.bindings.contains(where: { $0.host.description == choice.record.hostAddress })
                    && !after[index].ports.contains(choice.record)
                {
                    after[index].ports.append(choice.record)
                }
            } else if let owner {
                after[owner.endpoint].ports.append(choice.record)
            }
        }
        return (after, choices.compactMap(\.held))
    }

    private func publishMoved(_ endpoint: EndpointRecord) async throws {
        if endpoint.ports.isEmpty {
            _ = try await firewall.apply(model.firewall())
        } else {
            try await publish(endpoint)
        }
    }
}

extension PortGroup {
    /// Joins groups of several endpoints that ask for the same port of the host. Routed ones stay as they are.
    static func merged(_ groups: [PortGroup]) -> [PortGroup] {
        var merged: [PortGroup] = []
        for group in groups {
            if let index = merged.firstIndex(where: {
                $0.transport == group.transport && $0.containerPort == group.containerPort
                    && $0.hostPorts == group.hostPorts && $0.isRouted == group.isRouted
            }) {
                merged[index].bindings += group.bindings.filter { !merged[index].bindings.contains($0) }
            } else {
                merged.append(group)
            }
        }
        // The exact ones first, so that none of a range takes their port.
        let isExact = { (group: PortGroup) in group.hostPorts?.count == 1 }
        return merged.filter(isExact) + merged.filter { !isExact($0) }
    }
}
