import ContainerNetworking
import ContainerRuntime
import CrashPoints
public import EngineAPI
import EngineStore
import ImageStore
import Logging
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
        try checkPlatform(platform, of: image, named: request.config.image)
        let id = Identifier.make()
        let name = try reserveName(name, for: id)
        var made: Container?
        do {
            var record = try await makeRecord(id: id, name: name, image: image, request: request)
            let mounts = try MountPlan.make(
                hostConfig: record.hostConfig, volumes: Array((record.config.volumes ?? [:]).keys), from: lentMounts)
            for mount in mounts { try add(mount, to: &record) }
            // An engine that is started in the middle of this removes what there is by then.
            record.status = .removing
            record.removesVolumes = true
            let container = Container(record)
            made = container
            try await save(container)
            CrashPoint.createNoted.reached()
            try await makeMounts(mounts, of: container)
            try await reserveAddresses(of: record)
            try await writeFiles(of: container)
            try await fillVolumes(of: record)
            CrashPoint.createVolumesFilled.reached()
            container.update {
                $0.status = .created
                $0.removesVolumes = nil
            }
            containers.insert(container)
            try await save(container)
            CrashPoint.createSaved.reached()
            publish(.create, of: container)
            return ContainerCreateResponse(id: id, warnings: CreateValidation.warnings(request))
        } catch {
            await takeBack(made, id: id, name: name)
            throw engineError(error)
        }
    }

    /// A client that asks for a platform does not get a container of another; on 404 it pulls the image anew.
    private func checkPlatform(_ text: String?, of image: StoredImage, named reference: String) throws(APIError) {
        guard let text, !text.isEmpty else { return }
        let own = Platform(architecture: image.architecture, os: image.os, variant: image.variant)
        let wanted: Platform
        do throws(ImageError) { wanted = try Platform(parsing: text) } catch {
            let parts = text.split(separator: "/")
            if (2...3).contains(parts.count), parts[0] != "linux" { throw mismatch(text) }
            throw engineError(error)
        }
        if !own.fits(wanted) { throw mismatch(wanted.description) }

        func mismatch(_ wanted: String) -> APIError {
            .notFound(
                "image with reference \(reference) was found but its platform (\(own)) does not match the specified platform (\(wanted))"
            )
        }
    }

    /// Takes back as much of a container as was made.
    private func takeBack(_ made: Container?, id: String, name: String) async {
        await network.release(containerID: id, on: nil)
        defer { containers.release(name: name, of: id) }
        guard let made else { return }
        await releaseVolumes(of: made.record, removing: true)
        containers.remove(made)
        let (images, store) = (images, store)
        let directory = paths.directory(of: id)
        do {
            try await BlockingWork.run {
                try images.removeRoot(container: id)
                try FileSystem.removeTree(directory)
                try made.forget { try store.remove(.container, id: id) }
            }
        } catch {
            logger.warning(
                "what a container that was not made had goes at the next start",
                metadata: ["id": "\(id)", "error": "\(error)"])
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
        let settings = configuration
        LogOptionRules.fill(&hostConfig.logConfig, driver: settings.logDriver, options: settings.logOptions)
        HostDefaults.fill(
            &hostConfig, cgroupVersion: runtime.configuration.cgroups.version,
            runtimeName: runtime.configuration.runtimeName)
        if config.hostname.isEmpty {
            switch hostConfig.networkModeName {
            case "host": config.hostname = HostFacts.hostname
            // The other container's, once this one starts.
            case let mode where mode.hasPrefix("container:"): config.hostname = ""
            default: config.hostname = Identifier.short(id)
            }
        }
        let command = (config.entrypoint ?? []) + (config.cmd ?? [])
        guard let path = command.first, !path.isEmpty else { throw APIError.badRequest("no command specified") }

        let networks = try await wantedNetworks(request, hostConfig: hostConfig)
        if let reference = hostConfig.joinedContainer, let target = try? containers.resolve(reference) {
            hostConfig.networkMode = "container:" + target.id
        }
        try resolveShared(&hostConfig)
        let links = try resolveLinks(hostConfig)
        var record = ContainerRecord(
            id: id, name: name, created: .now, config: config, hostConfig: hostConfig, imageID: image.id, path: path,
            arguments: Array(command.dropFirst()), networks: networks, mounts: [])
        record.links = links.isEmpty ? nil : links
        return record
    }

    /// The container's own directory and its overlay.
    private func writeFiles(of container: Container) async throws {
        let record = container.record
        let images = images
        let directory = paths.directory(of: record.id)
        try await BlockingWork.run {
            _ = try images.makeRoot(container: record.id, image: record.imageID)
            CrashPoint.createRootMade.reached()
            try FileSystem.makeDirectory(directory, mode: 0o710)
            CrashPoint.createFolderMade.reached()
        }
    }

    /// Writes the OCI bundle and returns its directory.
    func writeBundle(
        of record: ContainerRecord, root: ContainerRoot, sandbox: String?, shared: SharedNamespaces, binds: [BindMount]
    ) throws -> String {
        let bundle = paths.bundle(of: record.id)
        let specification = try SpecificationBuilder.make(
            SpecificationInput(
                containerID: record.id, config: record.config, hostConfig: record.hostConfig, rootfs: root.merged,
                hostname: record.config.hostname, networkNamespacePath: sandbox,
                pidNamespacePath: shared.pid, ipcNamespacePath: shared.ipc, sharedMemoryPath: shared.sharedMemory,
                bindMounts: binds, hostsPath: record.hostsPath(in: paths),
                hostnamePath: record.hostnamePath(in: paths), resolvConfPath: record.resolvConfPath(in: paths),
                args: [record.path] + record.arguments,
                env: (record.config.env ?? []) + (try linkVariables(of: record))))
        try FileSystem.makeDirectory(bundle, mode: 0o700)
        try FileSystem.replace(bundle + "/config.json", specification, mode: 0o600)
        return bundle
    }
}
