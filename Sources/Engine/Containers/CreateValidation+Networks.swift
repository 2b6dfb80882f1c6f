import ContainerNetworking
import EngineAPI
import IPAddressing

extension CreateValidation {
    /// Refuses what does not go with the network mode, in Docker's words.
    static func checkNetworking(_ request: ContainerCreateRequest) throws(APIError) {
        let (config, host) = (request.config, request.hostConfig)
        let mode = host.networkModeName
        for text in host.links ?? [] { _ = try ContainerLink(text) }
        let mac = config.macAddress ?? ""
        if host.utsMode == "host", !config.hostname.isEmpty {
            throw .badRequest("conflicting options: hostname and the UTS mode")
        }
        if let target = host.joinedContainer {
            try checkJoined(target, config, host)
        } else if mode == "host" {
            if host.links?.isEmpty == false {
                throw .badRequest(
                    "conflicting options: host type networking can't be used with links. This would result in undefined behavior"
                )
            }
            if !mac.isEmpty { throw .badRequest("conflicting options: mac-address and the network mode") }
        }
        if !mac.isEmpty {
            if MACAddress(mac).map(\.isMulticast) != false {
                throw .badRequest("invalid config for network \(mode): invalid MAC address \(mac)")
            }
            let own = request.networkingConfig.endpointsConfig[mode]?.macAddress ?? ""
            if !own.isEmpty, MACAddress(own) != MACAddress(mac) {
                throw .badRequest(
                    "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty"
                )
            }
        }
    }

    private static func checkJoined(
        _ target: String, _ config: ContainerConfig, _ host: HostConfig
    ) throws(APIError) {
        func conflict(_ what: String) -> APIError { .badRequest("conflicting options: \(what)") }
        if target.isEmpty { throw .badRequest("invalid container format container:<name|id>") }
        if !config.hostname.isEmpty { throw conflict("hostname and the network mode") }
        if host.links?.isEmpty == false {
            throw conflict(
                "container type network can't be used with links. This would result in undefined behavior")
        }
        if !host.dnsServers.isEmpty { throw conflict("dns and the network mode") }
        if host.extraHosts?.isEmpty == false {
            throw conflict("custom host-to-IP mapping and the network mode")
        }
        if config.macAddress ?? "" != "" { throw conflict("mac-address and the network mode") }
        if host.portBindings?.isEmpty == false || host.publishAllPorts {
            throw conflict("port publishing and the container type network mode")
        }
        if config.exposedPorts?.isEmpty == false {
            throw conflict("port exposing and the container type network mode")
        }
    }
}

extension Engine {
    /// What a container to be asks of each of its networks, by the network's name. A network that is not there yet is
    /// no reason to refuse: the start looks again.
    func wantedNetworks(
        _ request: ContainerCreateRequest, hostConfig: HostConfig
    ) async throws(APIError) -> [String: EndpointSettings] {
        let mode = hostConfig.networkModeName
        if hostConfig.joinedContainer != nil { return [:] }
        var asked = request.networkingConfig.endpointsConfig
        if let settings = asked.removeValue(forKey: "default") { asked[mode] = asked[mode] ?? settings }
        if asked.isEmpty { asked[mode] = EndpointSettings() }
        var wanted: [String: EndpointSettings] = [:]
        for (reference, settings) in asked.sorted(by: { $0.key < $1.key }) {
            let found = try? await findNetwork(reference)
            if let found, found.isConfigOnly {
                throw .forbidden("configuration network \"\(found.name)\" is not to be connected to")
            }
            if let reason = EndpointCheck.refusal(
                settings, network: found?.name ?? reference, asked: found.map { networkWishes[$0.id] })
            {
                throw .badRequest("invalid config for network \(reference): \(reason)")
            }
            wanted[found?.name ?? reference] = settings.wish
        }
        if wanted.count > 1, let alone = ["host", "none"].first(where: { wanted[$0] != nil }) {
            throw .badRequest(
                alone == "host"
                    ? "container sharing network namespace with another container or host cannot be connected to any other network"
                    : "container cannot be connected to multiple networks with one of the networks in private (none) mode"
            )
        }
        return wanted
    }
}
