/// Which of a process' two outputs.
public enum OutputStream: UInt8, Sendable {
    /// Standard output; on a terminal, both.
    case standardOutput = 1
    /// Standard error.
    case standardError = 2
}

/// A piece of output of a container's process.
public struct AttachFrame: Sendable {
    /// Where the process wrote it.
    public var stream: OutputStream
    /// What it wrote; never empty.
    public var bytes: [UInt8]

    /// Joins the two.
    public init(stream: OutputStream, bytes: [UInt8]) {
        self.stream = stream
        self.bytes = bytes
    }
}

/// A live connection to a process' input and output. Output is pulled, so that a slow client slows the process and
/// costs no memory.
public protocol AttachSession: Sendable {
    /// Whether the process has a terminal: its output is then one raw stream.
    var tty: Bool { get }
    /// The next output, or nil when the process has closed its outputs. Ends early where the task is cancelled.
    func nextOutput() async throws -> AttachFrame?
    /// Hands bytes to the process' input.
    func writeInput(_ bytes: [UInt8]) async throws
    /// The end of the process' input.
    func closeInput() async
    /// Lets go of the connection; the process runs on.
    func close() async
}

/// What `GET /containers/{id}/attach` and its like ask for.
public struct AttachOptions: Sendable {
    /// Whether the client sends input.
    public var stdin = false
    /// Whether the client wants standard output.
    public var stdout = false
    /// Whether the client wants standard error.
    public var stderr = false
    /// Whether what was logged so far comes first.
    public var logs = false
    /// Whether live output follows.
    public var stream = false
    /// The keys that detach, in Docker's notation; nil means `ctrl-p,ctrl-q`.
    public var detachKeys: String?

    /// Asks for nothing.
    public init() {}
}

/// What `GET /containers/{id}/logs` asks for.
public struct LogOptions: Sendable {
    /// Whether standard output is wanted.
    public var stdout = false
    /// Whether standard error is wanted.
    public var stderr = false
    /// Whether to wait for more.
    public var follow = false
    /// Whether each line begins with its time.
    public var timestamps = false
    /// Whether each line begins with what the container's log options name: labels, variables, the tag.
    public var details = false
    /// Only lines of this time or later.
    public var since: Timestamp?
    /// Only lines of this time or earlier.
    public var until: Timestamp?
    /// Only the last lines; nil means all.
    public var tail: Int?

    /// Asks for nothing.
    public init() {}
}

/// Log lines that are pulled one by one.
public protocol LogReading: Sendable {
    /// Whether the container has a terminal: frames are then sent raw.
    var tty: Bool { get }
    /// The next piece, or nil at the end. Ends early where the task is cancelled.
    func nextFrame() async throws -> AttachFrame?
    /// Lets go of the log.
    func close() async
}

/// What `POST /containers/{id}/wait` waits for.
public enum WaitCondition: String, Sendable {
    /// The container does not run (now, or once it stops).
    case notRunning = "not-running"
    /// The next time that it stops.
    case nextExit = "next-exit"
    /// It is gone.
    case removed
}

/// A wait that has been registered: whatever happens after it was handed out is not missed.
public struct WaitTicket: Sendable {
    /// Suspends until the condition holds.
    public var result: @Sendable () async throws -> WaitResponse

    /// Wraps the waiting.
    public init(result: @escaping @Sendable () async throws -> WaitResponse) {
        self.result = result
    }
}

/// A body or reply that comes in pieces; nil is its end.
public typealias ByteSource = @Sendable () async throws -> [UInt8]?

/// Something that reports its progress in Docker's JSON lines; nil is its end. Errors after the first line are
/// thrown, and the server writes them in-band.
public typealias ProgressSource = @Sendable () async throws -> ProgressMessage?

/// What the server asks of the engine: the operations of the Docker Engine API, free of HTTP.
///
/// A `reference` is a full id, a name, or an unambiguous prefix of an id. Every operation throws `APIError` with
/// Docker's status code and words.
public protocol EngineService: Sendable {
    // MARK: System

    /// `GET /version`.
    func version() async throws -> SystemVersion
    /// `GET /info`.
    func info() async throws -> SystemInfo
    /// `GET /events`: pulls one event after another; nil when `until` has passed.
    func events(since: Timestamp?, until: Timestamp?, filters: Filters) async throws
        -> @Sendable () async throws ->
        EventMessage?

    // MARK: Containers

    /// `GET /containers/json`.
    func containerList(all: Bool, limit: Int?, size: Bool, filters: Filters) async throws -> [ContainerSummary]
    /// `POST /containers/create`.
    func containerCreate(name: String?, platform: String?, request: ContainerCreateRequest) async throws
        -> ContainerCreateResponse
    /// `GET /containers/{id}/json`.
    func containerInspect(_ reference: String, size: Bool) async throws -> ContainerInspect
    /// `POST /containers/{id}/start`: false where it runs already.
    func containerStart(_ reference: String) async throws -> Bool
    /// `POST /containers/{id}/stop`: false where it does not run. `timeout` in seconds, -1 for ever, nil the container's own.
    func containerStop(_ reference: String, signal: String?, timeout: Int?) async throws -> Bool
    /// `POST /containers/{id}/restart`.
    func containerRestart(_ reference: String, signal: String?, timeout: Int?) async throws
    /// `POST /containers/{id}/kill`.
    func containerKill(_ reference: String, signal: String?) async throws
    /// `POST /containers/{id}/pause`.
    func containerPause(_ reference: String) async throws
    /// `POST /containers/{id}/unpause`.
    func containerUnpause(_ reference: String) async throws
    /// `POST /containers/{id}/rename`.
    func containerRename(_ reference: String, name: String) async throws
    /// `POST /containers/{id}/wait`: registered when this returns.
    func containerWait(_ reference: String, condition: WaitCondition) async throws -> WaitTicket
    /// `DELETE /containers/{id}`.
    func containerRemove(_ reference: String, force: Bool, volumes: Bool, link: Bool) async throws
    /// `POST /containers/{id}/resize`, in characters.
    func containerResize(_ reference: String, height: Int, width: Int) async throws
    /// `GET /containers/{id}/logs`.
    func containerLogs(_ reference: String, options: LogOptions) async throws -> any LogReading
    /// `POST /containers/{id}/attach`. May be asked before start: output then comes once the container runs.
    func containerAttach(_ reference: String, options: AttachOptions) async throws -> any AttachSession
    /// `GET /containers/{id}/top`.
    func containerTop(_ reference: String, arguments: String?) async throws -> TopResponse
    /// `POST /containers/{id}/update`.
    func containerUpdate(_ reference: String, request: ContainerUpdateRequest) async throws -> ContainerUpdateResponse
    /// `GET /containers/{id}/stats`: pulls one reading after another; nil is the end.
    func containerStats(_ reference: String, stream: Bool, oneShot: Bool) async throws
        -> @Sendable () async throws ->
        ContainerStats?
    /// `POST /containers/prune`.
    func containerPrune(filters: Filters) async throws -> (deleted: [String], reclaimed: Int64)

    // MARK: Exec

    /// `POST /containers/{id}/exec`: the new exec's id.
    func execCreate(_ reference: String, request: ExecCreateRequest) async throws -> String
    /// `POST /exec/{id}/start`: nil where it was started detached.
    func execStart(_ id: String, request: ExecStartRequest) async throws -> (any AttachSession)?
    /// `POST /exec/{id}/resize`.
    func execResize(_ id: String, height: Int, width: Int) async throws
    /// `GET /exec/{id}/json`.
    func execInspect(_ id: String) async throws -> ExecInspect

    // MARK: Images

    /// `GET /images/json`.
    func imageList(all: Bool, filters: Filters) async throws -> [ImageSummary]
    /// `GET /images/{name}/json`.
    func imageInspect(_ name: String) async throws -> ImageInspect
    /// `GET /images/{name}/history`.
    func imageHistory(_ name: String) async throws -> [ImageHistoryItem]
    /// `POST /images/{name}/tag`.
    func imageTag(_ name: String, repository: String, tag: String) async throws
    /// `DELETE /images/{name}`.
    func imageRemove(_ name: String, force: Bool, prune: Bool) async throws -> [ImageDeleteItem]
    /// `POST /images/load`.
    func imageLoad(_ body: @escaping ByteSource, quiet: Bool) async throws -> ProgressSource
    /// `POST /images/create?fromSrc=-`.
    func imageImport(
        _ body: @escaping ByteSource, repository: String, tag: String, message: String, changes: [String],
        platform: String?
    ) async throws -> ProgressSource
    /// `POST /images/create?fromImage=`.
    func imagePull(_ name: String, tag: String, platform: String?, authorization: String?) async throws
        -> ProgressSource
    /// `POST /images/{name}/push`: an empty tag stands for all of the repository.
    func imagePush(_ name: String, tag: String, platform: String?, authorization: String?) async throws
        -> ProgressSource
    /// `POST /images/prune`.
    func imagePrune(filters: Filters) async throws -> ImagePruneResponse
    /// `GET /distribution/{name}/json`.
    func distributionInspect(_ name: String, authorization: String?) async throws -> DistributionInspect
    /// `POST /auth`; the body as it came, since it holds a password.
    func registryLogin(_ body: [UInt8]) async throws -> AuthResponse
    /// `GET /images/get`, `GET /images/{name}/get`.
    func imageSave(_ names: [String]) async throws -> ByteSource

    // MARK: Networks

    /// `GET /networks`.
    func networkList(filters: Filters) async throws -> [NetworkInspect]
    /// `GET /networks/{id}`.
    func networkInspect(_ reference: String) async throws -> NetworkInspect
    /// `POST /networks/create`.
    func networkCreate(_ request: NetworkCreateRequest) async throws -> NetworkCreateResponse
    /// `DELETE /networks/{id}`.
    func networkRemove(_ reference: String) async throws
    /// `POST /networks/{id}/connect`.
    func networkConnect(_ reference: String, request: NetworkConnectRequest) async throws
    /// `POST /networks/{id}/disconnect`.
    func networkDisconnect(_ reference: String, request: NetworkDisconnectRequest) async throws
    /// `POST /networks/prune`: the names of the networks that are gone.
    func networkPrune(filters: Filters) async throws -> [String]

    // MARK: Volumes

    /// `GET /volumes`.
    func volumeList(filters: Filters) async throws -> VolumeListResponse
    /// `GET /volumes/{name}`.
    func volumeInspect(_ name: String) async throws -> VolumeInspect
    /// `POST /volumes/create`; one that is there already is handed out.
    func volumeCreate(_ request: VolumeCreateRequest) async throws -> VolumeInspect
    /// `DELETE /volumes/{name}`; `force` takes a missing one for removed.
    func volumeRemove(_ name: String, force: Bool) async throws
    /// `POST /volumes/prune`: `all` takes named volumes, too.
    func volumePrune(filters: Filters, all: Bool) async throws -> VolumePruneResponse

    // MARK: Files

    /// `HEAD /containers/{id}/archive`.
    func archiveStatus(_ reference: String, path: String) async throws -> PathStatus
    /// `GET /containers/{id}/archive`: a tar archive of what is at a path.
    func archiveGet(_ reference: String, path: String) async throws -> (status: PathStatus, archive: ByteSource)
    /// `PUT /containers/{id}/archive`: unpacks a tar archive, plain or compressed, into a directory.
    ///
    /// - Parameters:
    ///   - keepsKinds: `noOverwriteDirNonDir`.
    ///   - ownedByUser: `copyUIDGID`.
    func archivePut(
        _ reference: String, path: String, keepsKinds: Bool, ownedByUser: Bool, body: @escaping ByteSource) async throws
    /// `GET /containers/{id}/export`: a tar archive of the root file system.
    func containerExport(_ reference: String) async throws -> ByteSource
    /// `GET /containers/{id}/changes`.
    func containerChanges(_ reference: String) async throws -> [FilesystemChange]
    /// `POST /commit`: the new image's id.
    func commit(_ request: CommitRequest) async throws -> String
    /// `GET /system/df`.
    func diskUsage(_ kinds: Set<DiskUsageKind>) async throws -> DiskUsage

    // MARK: Causeway's own

    /// `POST /causeway/networks/{id}/repair`.
    func networkRepair(_ reference: String, dryRun: Bool) async throws -> NetworkRepairResponse
    /// `GET /causeway/map`: docs/explain-api.md describes the value.
    func networkMap() async throws -> any Encodable & Sendable
    /// `GET /causeway/compare`: two bridges or networks, point by point.
    func networkComparison(_ left: String, _ right: String) async throws -> any Encodable & Sendable
    /// `POST /causeway/why`, which also judges sizes and devices, and `POST /causeway/trace`.
    func probe(_ request: ProbeRequest, why: Bool) async throws -> any Encodable & Sendable
    /// `GET /causeway/capture`: what is seen, as it is seen, until nobody pulls any more. `finally` ends it.
    func capture(_ request: CaptureRequest) async throws -> (bytes: ByteSource, finally: @Sendable () async -> Void)
}
