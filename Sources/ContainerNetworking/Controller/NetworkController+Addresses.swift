import AddressAllocation
public import IPAddressing

extension NetworkController {
    /// Takes an endpoint's addresses: those that it asks for, else the lowest free ones, of each family that the
    /// network has. Nothing is awaited, so that from here on the network counts as in use. `giveBack` is the way back.
    ///
    /// - Returns: nil for a family that the network does not have.
    /// - Throws: in Docker's words; nothing is taken then.
    func takeAddresses(
        _ request: EndpointRequest, of record: NetworkRecord
    ) throws(NetworkError) -> (ipv4: IPAddress?, ipv6: IPAddress?) {
        let ipv4 = try take(.v4, request.address.map { .v4($0) }, request, record)
        do throws(NetworkError) {
            return (ipv4, try take(.v6, request.ipv6Address.map { .v6($0) }, request, record))
        } catch {
            if let ipv4 { book.giveBack(ipv4, on: record.id, for: request.containerID) }
            throw error
        }
    }

    /// Gives an endpoint's addresses back. What is set aside for its container stays so.
    func giveBack(_ addresses: [IPAddress?], of networkID: String, for containerID: String) {
        for address in addresses.compactMap({ $0 }) { book.giveBack(address, on: networkID, for: containerID) }
    }

    private func take(
        _ family: IPFamily, _ wanted: IPAddress?, _ request: EndpointRequest, _ record: NetworkRecord
    ) throws(NetworkError) -> IPAddress? {
        guard book.hasPool(family, networkID: record.id) else {
            if wanted == nil { return nil }
            throw NetworkError(
                .invalid,
                "user specified IP address is supported only when connecting to networks with user configured subnets")
        }
        if let wanted {
            if record.pool(family)?.isSubnetGiven == false {
                throw NetworkError(
                    .invalid,
                    "user specified IP address is supported only when connecting to networks with user configured "
                        + "subnets")
            }
            do throws(AddressError) {
                try book.take(wanted, on: record.id, for: request.containerID)
            } catch { throw .address(error, inUse: .forbidden) }
            return wanted
        }
        guard let address = book.takeAny(family, on: record.id, for: request.containerID) else {
            let name = family == .v4 ? "IPv4" : "IPv6"
            throw NetworkError(
                .exhausted,
                "no available \(name) addresses on this network's address pools: \(record.name) (\(record.id))"
            )
        }
        return address
    }

    /// Sets addresses aside for a container that may not be running: nobody else gets them until `release`. Asking
    /// again for the same container replaces what it had on that network.
    ///
    /// - Throws: `.notFound` without the network, `.conflict` where somebody has one of them, `.invalid` where one lies
    ///   outside the subnets. Nothing is changed then.
    public func reserve(
        _ addresses: [IPAddress], on networkID: String, for containerID: String
    ) throws(NetworkError) {
        guard let record = network(networkID) else { throw NetworkError(.notFound, "network \(networkID) not found") }
        var changed = book
        changed.release(containerID: containerID, on: record.id)
        do throws(AddressError) {
            for address in addresses { try changed.reserve(address, on: record.id, for: containerID) }
        } catch { throw .address(error, inUse: .conflict) }
        book = changed
    }

    /// Gives back what `reserve` set aside for a container, on one network or, where nil, on all.
    public func release(containerID: String, on networkID: String?) {
        book.release(containerID: containerID, on: networkID.map { network($0)?.id ?? $0 })
    }
}

extension NetworkError {
    /// A refusal of the address pools, in Docker's words.
    ///
    /// - Parameter kind: of the answer where the address is somebody's.
    static func address(_ error: AddressError, inUse kind: Kind) -> NetworkError {
        if case .outOfSubnet = error.kind {
            return NetworkError(
                .invalid, "invalid address \(error.address): It does not belong to any of this network's subnets")
        }
        return NetworkError(kind, "Address already in use")
    }
}
