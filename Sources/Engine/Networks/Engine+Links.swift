import ContainerNetworking
import EngineAPI
import Firewall
import IPAddressing
import Logging
import SystemCalls

extension Engine {
    /// The links of a container to be: by alias, the ids of the others.
    ///
    /// - Throws: 400 in Docker's words where one is not there.
    func resolveLinks(_ hostConfig: HostConfig) throws(APIError) -> [String: String] {
        var links: [String: String] = [:]
        for text in hostConfig.links ?? [] {
            let link = try ContainerLink(text)
            let target: Container
            do throws(APIError) { target = try containers.resolve(link.target) } catch {
                throw .badRequest("could not get container for \(link.target): \(error.message)")
            }
            if target.record.hostConfig.networkModeName == "host" {
                throw .badRequest(
                    "conflicting options: host type networking can't be used with links. This would result in undefined behavior"
                )
            }
            links[link.alias] = target.id
        }
        return links
    }

    /// A link that is in force.
    struct LiveLink: Sendable {
        var alias: String
        var target: ContainerRecord
        var endpoint: EndpointRecord
    }

    /// The links of a container on the default bridge, where names come from `/etc/hosts`.
    ///
    /// - Throws: where a linked container does not run, or is not on the default bridge, in Docker's words.
    func liveLinks(of record: ContainerRecord) throws(APIError) -> [LiveLink] {
        guard record.networks["bridge"] != nil else { return [] }
        var links: [LiveLink] = []
        for (alias, id) in (record.links ?? [:]).sorted(by: { $0.key < $1.key }) {
            // A container that is gone takes its links with it.
            guard let target = containers.container(id: id)?.record else { continue }
            guard target.isRunning else {
                throw .internalFailure(
                    "Cannot link to a non running container: /\(target.name) AS /\(record.name)/\(alias)")
            }
            guard let endpoint = target.endpoints.first(where: { $0.networkName == "bridge" }) else {
                throw .internalFailure("container /\(target.name) not attached to default bridge network")
            }
            links.append(LiveLink(alias: alias, target: target, endpoint: endpoint))
        }
        return links
    }

    /// Opens the way of a container's links, where its network keeps containers apart.
    func openLinks(of record: ContainerRecord, endpoints: [EndpointRecord]) async throws {
        guard record.links?.isEmpty == false else { return }
        var open: [LinkFirewall] = []
        for link in try liveLinks(of: record) {
            let ports = (link.target.config.exposedPorts ?? [:]).keys.sorted().compactMap(PublishedPorts.Key.init)
            for own in endpoints where own.networkName == link.endpoint.networkName {
                for client in own.addresses.compactMap({ IPAddress($0) }) {
                    for server in link.endpoint.addresses.compactMap({ IPAddress($0) })
                    where server.family == client.family {
                        open += ports.map {
                            LinkFirewall(client: client, server: server, transport: $0.transport, port: $0.number)
                        }
                    }
                }
            }
        }
        try await network.setLinks(open, containerID: record.id)
    }

    /// Variables of the environment that tell of a container's links.
    func linkVariables(of record: ContainerRecord) throws(APIError) -> [String] {
        try liveLinks(of: record).flatMap { link in
            LinkEnvironment.variables(
                alias: link.alias, parent: record.name, address: link.endpoint.ipv4Address,
                exposed: Array((link.target.config.exposedPorts ?? [:]).keys),
                environment: link.target.config.env ?? [])
        }
    }

    /// A container has another address than before: those that link to it get their `/etc/hosts` written anew.
    func updateLinks(to id: String) async {
        for container in containers.linked(to: id) {
            let record = container.record
            guard record.isRunning, record.joined == nil else { continue }
            await rewriteHosts(of: record)
            do {
                try await openLinks(of: record, endpoints: record.endpoints)
            } catch {
                logger.warning(
                    "a link was not opened", metadata: ["container": "\(record.shortID)", "error": "\(error)"])
            }
        }
    }

    /// `DELETE /containers/{name}?link=1`: takes a link away, named `/red/alias`.
    func removeLink(_ reference: String) async throws {
        let words = reference.split(separator: "/").map(String.init)
        guard words.count == 2 else {
            throw APIError.badRequest("Conflict, cannot remove the default link name of the container")
        }
        let container = try containers.resolve(words[0])
        try await container.lifecycle.withLock {
            let removed = container.update { $0.links?.removeValue(forKey: words[1]) }
            guard removed != nil else { throw APIError.notFound("Could not get parent \(reference)") }
            try await save(container)
        }
        if container.record.isRunning { await rewriteHosts(of: container.record) }
    }
}
