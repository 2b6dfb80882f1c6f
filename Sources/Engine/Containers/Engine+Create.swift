import ContainerNetworking
import ContainerRuntime
public import EngineAPI
import ImageStore
import SystemCalls

extension Engine {
    /// `POST /containers/create`.
    public func containerCreate(
        name: String?, platform: String?, request: ContainerCreateRequest
    ) async throws -> ContainerCreateResponse {
        try CreateValidation.check(request, name: name)
        let runtimeName = request.hostConfig.runtime ?? ""
        guard ["", "runc", "io.containerd.runc.v2", runtime.configuration.runtimeName].contains(runtimeName) else {
            throw APIError.badRequest("unknown or invalid runtime name: \(runtimeName)")
        }
        runtime.prepareForCreate()
        guard let image = findImage(request.config.image) else {
            throw APIError.notFound("No such image: \(ImageReference.displayName(request.config.image))")
        }
        let id = Identifier.make()
        let name = try reserveName(name, for: id)
        do {
            let container = Container(try await makeRecord(id: id, name: name, image: image, request: request))
            try await writeFiles(of: container)
            containers.insert(container)
            try await save(container)
            publish(.create, of: container)
            return ContainerCreateResponse(id: id, warnings: CreateValidation.warnings(request))
        } catch {
            containers.release(name: name, of: id)
            if let container = containers.container(id: id) { containers.remove(container) }
            let images = images
            let directory = paths.directory(of: id)
            try? await BlockingWork.run {
                try images.removeRoot(container: id)
                try FileSystem.removeTree(directory)
            }
            throw engineError(error)
        }
    }

    /// Takes the given name, or makes one up.
    private func reserveName(_ name: String?, for id: String) throws(APIError) -> String {
        if var name, !name.isEmpty {
            if name.hasPrefix("/") { name.removeFirst() }
            try containers.reserve(name: name, for: id)
            return name
        }
        for attempt in 0..<8 {
            let name = ContainerName.random(attempt: attempt)
            do {
                try containers.reserve(name: name, for: id)
                return name
            } catch { continue }
        }
        let name = "container_" + Identifier.short(id)
        try containers.reserve(name: name, for: id)
        return name
    }

    private func makeRecord(
        id: String, name: String, image: StoredImage, request: ContainerCreateRequest
    ) async throws -> ContainerRecord {
        var config = ImageDefaults.merge(request.config, image: image.config)
        var hostConfig = request.hostConfig
        HostDefaults.fill(
            &hostConfig, cgroupVersion: runtime.configuration.cgroups.version,
            runtimeName: runtime.configuration.runtimeName)
        if config.hostname.isEmpty {
            config.hostname = hostConfig.networkModeName == "host" ? HostFacts.hostname : Identifier.short(id)
        }
        let command = (config.entrypoint ?? []) + (config.cmd ?? [])
        guard let path = command.first, !path.isEmpty else { throw APIError.badRequest("no command specified") }

        let networks = try await checkNetworks(request, hostConfig: hostConfig)
        let mounts = try MountPlan.make(hostConfig: hostConfig)
        return ContainerRecord(
            id: id, name: name, created: .now, config: config, hostConfig: hostConfig, imageID: image.id, path: path,
            arguments: Array(command.dropFirst()), networks: networks, mounts: mounts)
    }

    /// The networks that the container is to join, each of which must exist.
    private func checkNetworks(
        _ request: ContainerCreateRequest, hostConfig: HostConfig
    ) async throws -> [String: EndpointSettings] {
        let mode = hostConfig.networkModeName
        if mode.hasPrefix("container:") {
            throw APIError.notImplemented(
                "joining another container's network (--network \(mode)) is not built yet in this version of Causeway")
        }
        guard await network.network(mode) != nil else { throw APIError.notFound("network \(mode) not found") }
        var wanted = request.networkingConfig.endpointsConfig
        if let settings = wanted.removeValue(forKey: "default") { wanted[mode] = settings }
        if wanted[mode] == nil { wanted[mode] = EndpointSettings() }
        if let other = wanted.keys.first(where: { $0 != mode }) {
            throw APIError.notImplemented(
                "several networks on one container (\(mode) and \(other)) are not built yet in this version of Causeway"
            )
        }
        return wanted
    }

    /// The container's own directory and its overlay.
    private func writeFiles(of container: Container) async throws {
        let record = container.record
        let images = images
        let directory = paths.directory(of: record.id)
        try await BlockingWork.run {
            _ = try images.makeRoot(container: record.id, image: record.imageID)
            try FileSystem.makeDirectory(directory, mode: 0o710)
        }
    }

    /// Writes hosts, hostname and resolv.conf. In place: a bind mount in a running container keeps the inode.
    func writeNameFiles(of record: ContainerRecord, endpoints: [EndpointRecord]) throws {
        let onHost = record.hostConfig.networkModeName == "host"
        let settings = configuration
        try FileSystem.writeInPlace(record.hostnamePath(in: paths), record.config.hostname + "\n")
        let hosts: String
        if onHost, record.hostConfig.extraHostPairs.isEmpty, let own = try? FileSystem.readText("/etc/hosts") {
            hosts = own
        } else {
            hosts = NameFiles.hosts(
                hostname: record.config.hostname, domainname: record.config.domainname,
                addresses: endpoints.map(\.ipv4Address),
                extra: record.hostConfig.extraHostPairs.map { pair in
                    (
                        pair.address == "host-gateway" ? (endpoints.first?.gateway ?? pair.address) : pair.address,
                        pair.name
                    )
                })
        }
        try FileSystem.writeInPlace(record.hostsPath(in: paths), hosts)
        let hostText = (try? FileSystem.readText("/etc/resolv.conf")) ?? ""
        func first(_ own: [String], _ daemon: [String]) -> [String] { own.isEmpty ? daemon : own }
        let hostConfig = record.hostConfig
        let resolver: String
        if onHost, hostConfig.dnsServers.isEmpty, hostConfig.dnsDomains.isEmpty, hostConfig.dnsSettings.isEmpty {
            resolver = hostText
        } else {
            resolver = NameFiles.resolvConf(
                host: hostText, servers: first(hostConfig.dnsServers, settings.dns),
                search: first(hostConfig.dnsDomains, settings.dnsSearch),
                options: first(hostConfig.dnsSettings, settings.dnsOptions))
        }
        try FileSystem.writeInPlace(record.resolvConfPath(in: paths), resolver)
    }

    /// Writes the OCI bundle and returns its directory.
    func writeBundle(of record: ContainerRecord, root: ContainerRoot, sandbox: String?) throws -> String {
        let bundle = paths.bundle(of: record.id)
        for mount in record.mounts { try MountPlan.makeSource(of: mount) }
        let specification = try SpecificationBuilder.make(
            SpecificationInput(
                containerID: record.id, config: record.config, hostConfig: record.hostConfig, rootfs: root.merged,
                hostname: record.config.hostname, networkNamespacePath: sandbox,
                bindMounts: record.mounts.map(MountPlan.bind), hostsPath: record.hostsPath(in: paths),
                hostnamePath: record.hostnamePath(in: paths), resolvConfPath: record.resolvConfPath(in: paths),
                args: [record.path] + record.arguments, env: record.config.env ?? []))
        try FileSystem.makeDirectory(bundle, mode: 0o700)
        try FileSystem.replace(bundle + "/config.json", specification, mode: 0o600)
        return bundle
    }
}
