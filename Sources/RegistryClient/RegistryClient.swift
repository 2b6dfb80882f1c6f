import Synchronization

/// Speaks the OCI distribution protocol with registries. One for a daemon: sessions share its connections, its
/// limits, and downloads of the same blob.
///
/// It costs nothing until the first session, and little again once it has not been used for a while.
public final class RegistryClient: Sendable {
    /// What the daemon's options say.
    public let configuration: RegistryConfiguration
    let transport: HTTPTransport
    let downloads: SharedDownloads
    let uploads: TransferGate
    /// Which of a registry's endpoints answered last; saves a vain attempt with TLS.
    private let answering = Mutex<[String: RegistryEndpoint]>([:])

    /// Takes over settings; opens nothing.
    public init(_ configuration: RegistryConfiguration) {
        self.configuration = configuration
        transport = HTTPTransport(configuration)
        downloads = SharedDownloads(gate: TransferGate(configuration.maxConcurrentDownloads))
        uploads = TransferGate(configuration.maxConcurrentUploads)
    }

    /// Opens a session and lends it to `body`.
    ///
    /// - Parameters:
    ///   - host: the registry as it stands in images' names.
    ///   - repository: the repository in it.
    ///   - credentials: who asks.
    /// - Throws: `.unreachable` where no endpoint of the registry answers, and what `body` throws. Where a mirror
    ///   fails, `body` runs again with the next endpoint: it must not have told anybody of success before.
    public func session<Value: Sendable>(
        host: String, repository: String, purpose: RegistryPurpose, credentials: RegistryCredentials,
        _ body: @Sendable (RegistrySession) async throws -> Value
    ) async throws -> Value {
        try await transport.using {
            var endpoints = RegistryEndpoint.all(for: host, pulls: purpose == .pull, configuration)
            let known = answering.withLock { $0[host] }
            if let known, !known.isMirror, endpoints.contains(known), endpoints.first?.isMirror == false {
                endpoints = [known] + endpoints.filter { $0 != known }
            }
            var failure: any Error = RegistryError(.unreachable, "the registry \(host) has no address")
            for endpoint in endpoints {
                let session = RegistrySession(
                    host: host, repository: repository, purpose: purpose, endpoint: endpoint,
                    credentials: credentials, transport: transport, configuration: configuration)
                do {
                    try await session.ping()
                } catch let error as RegistryError where error.kind == .unreachable || error.kind == .failing {
                    failure = error
                    continue
                }
                do {
                    let value = try await body(session)
                    answering.withLock { $0[host] = endpoint }
                    return value
                } catch let error as RegistryError where endpoint.isMirror {
                    failure = error
                }
            }
            throw failure
        }
    }

    /// Downloads a blob to a file, or joins its download where it is on its way.
    ///
    /// - Parameters:
    ///   - makePath: names a file for it, which must not exist.
    ///   - report: told how it goes.
    /// - Throws: `.damaged` where it is not what the descriptor says; CancellationError.
    public func download(
        _ descriptor: BlobDescriptor, from session: RegistrySession, makePath: () -> String,
        report: @Sendable (BlobEvent) -> Void
    ) async throws -> DownloadedBlob {
        try await downloads.download(descriptor, from: session, makePath: makePath, report: report)
    }

    /// Whether it holds connections and a thread.
    public var isWarm: Bool { transport.isWarm }
}

extension RegistryClient {
    /// Runs an upload once there is a place for it among `maxConcurrentUploads`.
    ///
    /// - Parameter onWait: called where there is none at once.
    public func upload<Value>(onWait: () -> Void, _ body: () async throws -> Value) async throws -> Value {
        try await uploads.pass(onWait: onWait, body)
    }
}
