import ContainerNetworking
import ContainerRuntime
import CrashPoints
import EngineAPI
import ImageStore
import SystemCalls

extension Engine {
    /// `POST /containers/{id}/start`.
    public func containerStart(_ reference: String) async throws -> Bool {
        try containers.resolve(reference).schedule(nil)
        runtime.prepareForCreate()
        return try await containers.withContainer(reference) { container in
            let record = container.record
            switch record.status {
            case .running: return false
            case .paused:
                throw APIError.conflict("cannot start a paused container, try unpause instead")
            case .removing, .dead:
                throw APIError.conflict("container is marked for removal and cannot be started")
            case .created, .exited, .restarting: break
            }
            container.update {
                $0.restartCount = 0
                $0.stoppedByUser = false
            }
            container.restartDelay = nil
            try await start(container)
            return true
        }
    }

    /// Brings a container up; the caller holds its lifecycle. All or nothing: a start that fails leaves no mount, no
    /// namespace, no veth and no address taken.
    func start(_ container: Container) async throws {
        let undo = UndoList()
        container.isEnding = false
        do {
            let launched = try await bringUp(container, undo: undo)
            container.update { record in
                record.status = .running
                record.pid = launched.pid
                record.monitorPid = launched.conmonPid
                record.processStart = launched.startTime
                record.exitCode = 0
                record.oomKilled = false
                record.error = ""
                record.startedAt = .now
                record.finishedAt = .zero
                record.end = nil
                record.keptAddresses = nil
                record.isRestarting = nil
                record.beginHealth()
            }
            try await save(container)
            CrashPoint.startSaved.reached()
            publish(.start, of: container)
            watch(container)
            watchHealth(of: container)
            if container.record.networks["bridge"] != nil { await updateLinks(to: container.id) }
        } catch {
            for pending in container.takePendingAttachments() { pending.resolve(nil) }
            await undo.run(logger)
            let failure = startFailure(error, of: container)
            let former = container.record.exitCode
            let exitCode = failure.exitCode ?? (former == 0 ? 128 : former)
            container.update { record in
                record.status = record.startedAt == .zero ? .created : .exited
                record.pid = 0
                record.monitorPid = 0
                record.sandbox = nil
                record.endpoints = []
                record.joined = nil
                record.isRestarting = nil
                record.exitCode = exitCode
                record.error = failure.error.message
                record.finishedAt = record.startedAt == .zero ? record.finishedAt : .now
            }
            try? await save(container)
            container.announceExit(WaitResponse(statusCode: exitCode))
            // Clients of `--rm` wait for the removal, whatever became of the start.
            if container.record.hostConfig.autoRemove { try? await removeStopped(container) }
            throw failure.error
        }
    }

    /// The steps of a start, each with what takes it back.
    private func bringUp(_ container: Container, undo: UndoList) async throws -> LaunchedContainer {
        let id = container.id
        try joinHostname(of: container)
        try checkDeviceRequests(container.record.hostConfig)
        let record = container.record
        let logLimit = try LogOptionRules.limit(record.hostConfig.logConfig)
        _ = try LogDetails.text(record)
        let gateways = await hostGateways()

        // The root file system and the network are made side by side.
        async let rootReady: ContainerRoot = mountRoot(of: record, undo: undo)
        let plugged: Plugged
        do {
            plugged = try await plugIn(container, undo: undo)
        } catch {
            _ = try? await rootReady
            throw error
        }
        // From here on beside all that follows.
        let endpoints = plugged.endpoints
        async let portsLed: Void = leadPorts(of: endpoints)
        let root = try await rootReady
        CrashPoint.startPlugged.reached()
        try await openLinks(of: record, endpoints: plugged.endpoints)
        undo.add("close its links") { [network] in try await network.setLinks([], containerID: id) }
        CrashPoint.startLinksOpened.reached()

        let shared = try await shareNamespaces(of: record, undo: undo)
        let binds = try await mountVolumes(of: record, undo: undo)
        let bundle = try await BlockingWork.run { [self] in
            // A container in another's network has the other's files.
            if plugged.joined == nil {
                try writeNameFiles(of: record, endpoints: plugged.endpoints, gateways: gateways)
                CrashPoint.startNameFilesWritten.reached()
            }
            return try writeBundle(
                of: container.record, root: root, sandbox: plugged.runtimePath, shared: shared, binds: binds)
        }
        CrashPoint.startBundleWritten.reached()
        undo.add("remove the bundle") { try await BlockingWork.run { try FileSystem.removeTree(bundle) } }

        let launched = try await runtime.create(
            LaunchRequest(
                id: id, bundle: bundle, logPath: record.logPath(in: paths), tty: record.config.tty,
                openStdin: record.config.openStdin, stdinOnce: record.config.stdinOnce,
                logLimit: logLimit))
        undo.add("delete the container in the runtime") { [runtime] in try await runtime.delete(id, force: true) }
        forgetMounts(of: container.record, root: root)

        // Whoever attached before the start gets everything from the first byte on.
        for pending in container.takePendingAttachments() {
            pending.resolve(try await runtime.attach(id, tty: record.config.tty))
        }
        try await portsLed
        try await runtime.start(id)
        CrashPoint.startProgramRuns.reached()
        return launched
    }

    /// What a container that runs needed mounted to be started; another's network namespace is not its own to forget.
    func forgetMounts(of record: ContainerRecord, root: ContainerRoot?) {
        let sandbox = record.joined == nil ? record.sandbox : nil
        runtime.forgetMounts(at: [root?.merged, sandbox].compactMap { $0 })
    }

    private func mountRoot(of record: ContainerRecord, undo: UndoList) async throws -> ContainerRoot {
        let images = images
        let root = try await BlockingWork.run {
            guard let root = images.root(container: record.id) else {
                throw APIError.internalFailure("the root file system of container \(record.id) is gone")
            }
            try images.mountRoot(root)
            CrashPoint.startRootMounted.reached()
            return root
        }
        undo.add("unmount the root file system") { try await BlockingWork.run { try images.unmountRoot(root) } }
        return root
    }

    /// What a container got of the network.
    struct Plugged {
        /// The namespace's path, or nil for the host's.
        var sandbox: String?
        /// The same where the runtime finds it: that of another container is not mounted there any more.
        var runtimePath: String?
        var endpoints: [EndpointRecord] = []
        /// The container whose network it shares.
        var joined: String?
    }

    private func plugIn(_ container: Container, undo: UndoList) async throws -> Plugged {
        let record = container.record
        var plugged = Plugged()
        if let reference = record.hostConfig.joinedContainer {
            let target = try joinedContainer(reference, by: record)
            plugged.sandbox = target.sandbox
            plugged.runtimePath = target.sandbox == nil ? nil : "/proc/\(target.pid)/ns/net"
            plugged.joined = target.joined ?? target.id
        } else if record.hostConfig.networkModeName != "host" {
            let network = network
            let sandbox = try await network.makeSandbox(container: container.id)
            CrashPoint.startNamespaceMade.reached()
            undo.add("remove the network namespace") { await network.removeSandbox(sandbox.path) }
            plugged.sandbox = sandbox.path
            plugged.runtimePath = sandbox.path
            plugged.endpoints = try await plugInAll(record, sandbox: sandbox.path, undo: undo)
        }
        let result = plugged
        container.update { record in
            record.sandbox = result.sandbox
            record.endpoints = result.endpoints
            record.joined = result.joined
        }
        if !plugged.endpoints.isEmpty { await configureResolver(of: container.record) }
        for endpoint in plugged.endpoints {
            publishNetwork("connect", endpoint, driver: await network.network(endpoint.networkID)?.driver ?? "bridge")
        }
        return plugged
    }

    /// There is no driver of devices, so none that a client asks for, in the words that compose and people know.
    private func checkDeviceRequests(_ host: HostConfig) throws(APIError) {
        guard let request = host.deviceRequests?.first else { return }
        var driver = ""
        if case .string(let name)? = request["Driver"] { driver = name }
        // As Go prints a list of lists: [[gpu]].
        func text(_ value: JSONValue?) -> String {
            switch value {
            case .string(let word)?: word
            case .array(let list)?: "[\(list.map(text).joined(separator: " "))]"
            default: "[]"
            }
        }
        throw .internalFailure(
            "could not select device driver \"\(driver)\" with capabilities: \(text(request["Capabilities"]))")
    }

    /// A container in another's network has the other's host name.
    private func joinHostname(of container: Container) throws(APIError) {
        guard let reference = container.record.hostConfig.joinedContainer else { return }
        let target = try joinedContainer(reference, by: container.record)
        container.update { record in
            record.config.hostname = target.config.hostname
            record.config.domainname = target.config.domainname
        }
    }

    /// The error to tell the client, and the exit code that the container keeps: 127 for a program that is not there,
    /// 126 for one that cannot be run; nil for anything else: that of its last run stays, or it is 128.
    private func startFailure(_ error: any Error, of container: Container) -> (error: APIError, exitCode: Int?) {
        switch error {
        case let error as RuntimeError:
            let message = error.message
            if let code = error.exitCode { return (.badRequest(message), code) }
            return (.internalFailure(message), nil)
        case let error as APIError: return (error, nil)
        case let error as NetworkError:
            let failure = engineError(error)
            return (
                APIError(status: failure.status, message: "failed to set up container networking: \(failure.message)"),
                nil
            )
        case let error as ImageError: return (engineError(error), nil)
        default: return (.internalFailure("\(error)"), nil)
        }
    }
}
