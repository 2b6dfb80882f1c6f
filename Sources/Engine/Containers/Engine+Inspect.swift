import ContainerNetworking
public import EngineAPI
import ImageStore
import SystemCalls

extension Engine {
    /// `GET /containers/{id}/json`.
    public func containerInspect(_ reference: String, size: Bool) async throws -> ContainerInspect {
        let container = try containers.resolve(reference)
        let record = container.record
        let images = images
        let root = try await BlockingWork.run { images.root(container: record.id) }
        var inspect = ContainerInspect()
        inspect.id = record.id
        inspect.created = record.created
        inspect.path = record.path
        inspect.args = record.arguments
        inspect.state = state(of: record)
        inspect.image = record.imageID
        inspect.resolvConfPath = record.resolvConfPath(in: paths)
        inspect.hostnamePath = record.hostnamePath(in: paths)
        inspect.hostsPath = record.hostsPath(in: paths)
        inspect.logPath = record.hostConfig.logConfig.type == "none" ? "" : record.logPath(in: paths)
        inspect.name = "/" + record.name
        inspect.restartCount = record.restartCount
        inspect.driver = "overlay2"
        inspect.platform = "linux"
        let execs = container.execs
        inspect.execIDs = execs.isEmpty ? nil : execs
        inspect.hostConfig = record.hostConfig
        if let links = record.links {
            // By the names of now: /red:/blue/db.
            inspect.hostConfig.links = links.sorted { $0.key < $1.key }.compactMap { alias, id in
                containers.container(id: id).map { "/\($0.record.name):/\(record.name)/\(alias)" }
            }
        }
        inspect.graphDriver = GraphDriver(
            data: root.map { root in
                [
                    "ID": record.id, "LowerDir": root.lower.joined(separator: ":"), "MergedDir": root.merged,
                    "UpperDir": root.upper, "WorkDir": root.work,
                ]
            }, name: "overlay2")
        if size {
            let writable = try await BlockingWork.run { images.writableSize(container: record.id) }
            inspect.sizeRw = writable
            inspect.sizeRootFs = writable + (images.find(record.imageID)?.size ?? 0)
        }
        inspect.mounts = record.mounts
        inspect.config = record.config
        inspect.networkSettings = await networkSettings(of: record)
        return inspect
    }

    private func state(of record: ContainerRecord) -> ContainerState {
        var state = ContainerState()
        state.status = record.status.rawValue
        state.running = record.isRunning || record.status == .restarting
        state.paused = record.status == .paused
        state.restarting = record.status == .restarting
        state.oomKilled = record.oomKilled
        state.dead = record.status == .dead
        state.pid = Int(record.pid)
        state.exitCode = record.exitCode
        state.error = record.error
        state.startedAt = record.startedAt
        state.finishedAt = record.finishedAt
        state.health = record.health
        return state
    }

    private func networkSettings(of record: ContainerRecord) async -> NetworkSettings {
        var settings = NetworkSettings()
        if let sandbox = record.sandbox {
            settings.sandboxID = record.id
            settings.sandboxKey = sandbox
        }
        settings.networks = await endpointSettings(of: record)
        // The older fields speak of the default bridge alone.
        if let bridge = settings.networks["bridge"] {
            settings.endpointID = bridge.endpointID
            settings.gateway = bridge.gateway
            settings.ipAddress = bridge.ipAddress
            settings.ipPrefixLen = bridge.ipPrefixLen
            settings.macAddress = bridge.macAddress
            settings.ipv6Gateway = bridge.ipv6Gateway
            settings.globalIPv6Address = bridge.globalIPv6Address
            settings.globalIPv6PrefixLen = bridge.globalIPv6PrefixLen
        }
        settings.ports = PublishedPorts.map(record)
        return settings
    }

    /// What a container has of each of its networks, by the network's name.
    func endpointSettings(of record: ContainerRecord) async -> [String: EndpointSettings] {
        var all: [String: EndpointSettings] = [:]
        for (name, wished) in record.networks {
            var settings = wished
            if !NetworkRecord.builtIn.contains(name) || name == "bridge" && configuration.namesOnDefaultBridge {
                settings.dnsNames = record.names(on: name)
            }
            if let endpoint = record.endpoints.first(where: { $0.networkName == name }) {
                settings.macAddress = endpoint.macAddress
                settings.networkID = endpoint.networkID
                settings.endpointID = endpoint.id
                settings.gateway = endpoint.gateway
                settings.ipAddress = endpoint.ipv4Address
                settings.ipPrefixLen = endpoint.prefixLength
                settings.ipv6Gateway = endpoint.ipv6Gateway
                settings.globalIPv6Address = endpoint.ipv6Address
                settings.globalIPv6PrefixLen = endpoint.ipv6PrefixLength
            } else if record.isRunning || record.startedAt != .zero {
                settings.networkID = await network.network(name)?.id ?? ""
            }
            all[name] = settings
        }
        return all
    }

    /// `POST /containers/{id}/rename`.
    public func containerRename(_ reference: String, name: String) async throws {
        var new = name
        if new.hasPrefix("/") { new.removeFirst() }
        guard !new.isEmpty, !reference.isEmpty else {
            throw APIError.badRequest("Neither old nor new names may be empty")
        }
        guard ContainerName.isValid(new) else {
            throw APIError.badRequest("Invalid container name (\(new)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        }
        let name = new
        try await containers.withContainer(reference) { container in try await rename(container, to: name) }
    }

    /// Renames a container; the caller holds its lifecycle.
    private func rename(_ container: Container, to name: String) async throws {
        let old = container.record.name
        if old == name {
            throw APIError.badRequest("Renaming a container with the same name as its current name")
        }
        try containers.reserve(name: name, for: container.id)
        container.update { $0.name = name }
        do {
            try await save(container)
        } catch {
            container.update { $0.name = old }
            containers.release(name: name, of: container.id)
            throw error
        }
        containers.release(name: old, of: container.id)
        await renameEndpoints(of: container)
        publish(.rename, of: container, ["oldName": "/" + old])
    }

    /// `GET /containers/{id}/top`: ps(1) of the host, cut down to the container's processes.
    public func containerTop(_ reference: String, arguments: String?) async throws -> TopResponse {
        let container = try containers.resolve(reference)
        let record = container.record
        guard record.isRunning else { throw APIError.conflict("container \(record.id) is not running") }
        guard let program = FileSystem.findProgram("ps") else {
            throw APIError.internalFailure("ps is not installed on the host: apt-get install procps")
        }
        let words = (arguments.flatMap { $0.isEmpty ? nil : $0 } ?? "-ef").split(separator: " ").map(String.init)
        let output = try await BlockingWork.run { try ChildProcess.run(ChildRequest(program, words)) }
        guard output.status.isSuccess else {
            throw APIError.internalFailure("ps: \(output.errorText.split(separator: "\n").first ?? "failed")")
        }
        let members = Set(try await processes(of: record).map { String($0) })
        return try ProcessTable.select(output.text, pids: members)
    }

    /// The processes in a container's control group: its process namespace may be the machine's or another's.
    private func processes(of record: ContainerRecord) async throws -> [Int32] {
        let id = record.id
        return try await BlockingWork.run {
            try FileSystem.list("/proc").compactMap { Int32($0) }
                .filter { (try? FileSystem.readText("/proc/\($0)/cgroup"))?.contains(id) == true }
        }
    }
}

/// The output of ps(1) as rows.
enum ProcessTable {
    /// Keeps the processes of these ids. The last column may hold spaces.
    static func select(_ text: String, pids: Set<String>) throws(APIError) -> TopResponse {
        let lines = text.split(separator: "\n")
        let titles = (lines.first ?? "").split(separator: " ").map(String.init)
        guard let column = titles.firstIndex(of: "PID") else {
            throw .internalFailure("Couldn't find PID field in ps output")
        }
        let rows = lines.dropFirst().compactMap { line -> [String]? in
            let fields = line.drop { $0 == " " }.split(separator: " ", maxSplits: titles.count - 1).map(String.init)
            return fields.count > column && pids.contains(fields[column]) ? fields : nil
        }
        return TopResponse(processes: rows, titles: titles)
    }
}
