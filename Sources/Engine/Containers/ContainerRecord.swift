import ContainerNetworking
import EngineAPI

/// Where a container is in its life. The raw values are Docker's.
enum ContainerStatus: String, Codable, Sendable {
    case created, running, paused, restarting, removing, exited, dead
}

/// How a run of a container ended.
struct RunEnd: Codable, Sendable {
    var exitCode: Int
    var finishedAt: Timestamp
    var oomKilled: Bool
}

/// All that is known of a container and outlives the daemon: one document in the store.
struct ContainerRecord: Codable, Sendable {
    /// 64 hex digits.
    var id: String
    /// Without Docker's leading slash.
    var name: String
    var created: Timestamp
    /// What the client asked for, with the image's defaults merged in.
    var config: ContainerConfig
    var hostConfig: HostConfig
    /// The image's id, `sha256:…`.
    var imageID: String
    /// The program and its arguments: entrypoint and command joined.
    var path: String
    var arguments: [String]
    /// What the client asked of each network, by the network's name.
    var networks: [String: EndpointSettings]
    /// Directories and files of the host that appear inside.
    var mounts: [MountPoint]

    var status: ContainerStatus = .created
    /// The process with pid 1 inside, as the host sees it; 0 where none runs.
    var pid: Int32 = 0
    /// Its monitor.
    var monitorPid: Int32 = 0
    /// Ticks since boot when the process began: tells it from a later one with the same pid.
    var processStart: UInt64?
    var exitCode = 0
    var oomKilled = false
    /// Why the last start failed; empty otherwise.
    var error = ""
    var startedAt: Timestamp = .zero
    var finishedAt: Timestamp = .zero
    var restartCount = 0
    /// Whether the last stop was asked for: restart policies then leave it down.
    var stoppedByUser = false
    /// The network namespace's path while it runs; nil on the host's network.
    var sandbox: String?
    /// What it is plugged into while it runs.
    var endpoints: [EndpointRecord] = []
    /// While it runs in another container's network: whose namespace and name files those are.
    var joined: String?
    /// What its health check has found in the present or last run; nil without a check.
    var health: ContainerHealth?
    /// Containers that it links to (`--link`): their ids by alias.
    var links: [String: String]?
    /// How the last run ended, while what it held is given back; nil before and after. An engine that is started then
    /// finds it here: by that time the runtime may have forgotten it.
    var end: RunEnd?
    /// Whether the wiring of the running container is being changed: networks connected or disconnected. An engine that
    /// finds this at its start settles it.
    var isRewiring: Bool?
    /// Whether it was stopped only to be started again (`restart`).
    var isRestarting: Bool?
    /// Where it is to be removed, running or not: whether the volumes go with it that were made for it without a name.
    var removesVolumes: Bool?
    /// Addresses by the network's id, which the container had when the host or the engine ended under it, and gets again.
    var keptAddresses: [String: [String]]?
    /// What its mounts are beyond what `inspect` shows, by destination.
    var mountDetails: [String: MountDetail]?

    /// The first twelve digits.
    var shortID: String { Identifier.short(id) }
    /// Whether a process of it exists.
    var isRunning: Bool { status == .running || status == .paused }
}
