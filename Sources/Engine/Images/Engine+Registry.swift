public import EngineAPI
import ImageStore
import RegistryClient
import SystemCalls

extension Engine {
    /// A registry's failure in the API's words.
    func registryFailure(_ error: RegistryError) -> APIError {
        switch error.kind {
        case .notFound: .notFound(error.message)
        case .unauthorized: APIError(status: 401, message: error.message)
        case .denied: .forbidden(error.message)
        case .unsupported: .notImplemented(error.message)
        case .invalid: .badRequest(error.message)
        case .unreachable, .failing, .damaged, .local: .internalFailure(error.message)
        }
    }

    /// The same for an operation on an image, whose name Docker puts before the registry's words.
    private func registryFailure(_ error: RegistryError, _ reference: ImageReference) -> APIError {
        switch (error.code, error.kind) {
        case ("MANIFEST_UNKNOWN", _):
            .notFound("manifest for \(reference.familiarName) not found: \(error.message)")
        case ("NAME_UNKNOWN", _):
            .notFound("repository \(reference.familiarRepository) not found: \(error.message)")
        case (_, .denied):
            .notFound(
                "pull access denied for \(reference.familiarRepository), repository does not exist or may require "
                    + "'docker login': \(error.message)")
        // Only the registry's own refusal makes the docker command line ask for a password.
        case (nil, .unauthorized): .internalFailure(error.message)
        default: registryFailure(error)
        }
    }

    /// `POST /images/create?fromImage=`.
    public func imagePull(
        _ name: String, tag: String, platform: String?, authorization: String?
    ) async throws -> ProgressSource {
        // `pull -a` may send a name that ends in a colon.
        let bare = name.hasSuffix(":") ? String(name.dropLast()) : name
        let (reference, wanted) = try translate { () throws(ImageError) in
            let text = tag.isEmpty ? bare : tag.contains(":") ? "\(bare)@\(tag)" : "\(bare):\(tag)"
            let platform = try platform.flatMap { $0.isEmpty ? nil : $0 }.map { text throws(ImageError) in
                try Platform(parsing: text)
            }
            return (try ImageReference(parsing: text), platform)
        }
        let credentials = try credentials(authorization)
        return progress { [self] report in
            let puller = ImagePuller(
                images: images, registry: registry, credentials: credentials, platform: wanted, report: report)
            do {
                for outcome in try await puller.pull(reference) {
                    publish(
                        "image", "pull", id: outcome.reference.familiar,
                        ["name": outcome.reference.familiarRepository])
                }
            } catch let error as RegistryError {
                throw registryFailure(error, reference)
            }
        }
    }

    private func credentials(_ header: String?) throws(APIError) -> RegistryCredentials {
        do { return try RegistryCredentials(header: header) } catch { throw registryFailure(error) }
    }

    /// `POST /images/{name}/push`.
    public func imagePush(
        _ name: String, tag: String, platform: String?, authorization: String?
    ) async throws -> ProgressSource {
        let reference = try translate { () throws(ImageError) in
            try ImageReference(parsing: tag.isEmpty ? name : "\(name):\(tag)")
        }
        if reference.digest != nil { throw APIError.badRequest("cannot push a digest reference") }
        if let platform, !platform.isEmpty {
            throw APIError.notImplemented(
                "pushing one platform of an image is not built: images of one platform are stored here; leave it out")
        }
        let credentials = try credentials(authorization)
        return progress { [self] report in
            let pusher = ImagePusher(images: images, registry: registry, credentials: credentials, report: report)
            for pushed in try await pusher.push(reference) {
                publish("image", "push", id: pushed.familiar, ["name": pushed.familiarRepository])
            }
        }
    }

    /// `GET /distribution/{name}/json`.
    public func distributionInspect(_ name: String, authorization: String?) async throws -> DistributionInspect {
        let reference = try translate { () throws(ImageError) in try ImageReference(parsing: name).withDefaultTag }
        let credentials = try credentials(authorization)
        do {
            return try await registry.session(
                host: reference.domain, repository: reference.path, purpose: .pull, credentials: credentials
            ) { session in
                let manifest = try await session.manifest(reference.digest ?? reference.tag ?? "latest")
                var inspect = DistributionInspect()
                inspect.descriptor = DistributionDescriptor(
                    mediaType: manifest.mediaType, digest: manifest.digest, size: Int64(manifest.bytes.count))
                switch manifest.document {
                case .index(let manifests):
                    inspect.platforms = manifests.compactMap(\.platform).map {
                        DistributionPlatform(architecture: $0.architecture, os: $0.os, variant: $0.variant)
                    }
                case .image(let image):
                    let config = try await session.document(image.config)
                    inspect.platforms = [try JSONText.decode(DistributionPlatform.self, from: config)]
                }
                return inspect
            }
        } catch let error as RegistryError {
            throw registryFailure(error, reference)
        }
    }

    /// `POST /auth`.
    public func registryLogin(_ body: [UInt8]) async throws -> AuthResponse {
        struct Address: Decodable {
            var serveraddress: String?
        }
        return try await translating {
            let credentials = try RegistryCredentials(json: body)
            let address = try JSONText.decode(Address.self, from: body).serveraddress ?? ""
            let token = try await registry.login(
                host: RegistryClient.registry(ofServerAddress: address), credentials: credentials)
            return AuthResponse(status: "Login Succeeded", identityToken: token ?? "")
        }
    }

    /// What `GET /info` says of registries.
    var registryConfig: SystemRegistryConfig {
        var config = SystemRegistryConfig(insecureRegistryCIDRs: ["::1/128", "127.0.0.0/8"])
        for entry in registry.configuration.insecure {
            switch entry {
            case .range(let prefix): config.insecureRegistryCIDRs.append("\(prefix)")
            case .host(let host):
                config.indexConfigs = config.indexConfigs ?? [:]
                config.indexConfigs?[host] = .object([
                    .init("Name", .string(host)), .init("Mirrors", .array([])), .init("Secure", .bool(false)),
                    .init("Official", .bool(false)),
                ])
            }
        }
        if !registry.configuration.mirrors.isEmpty { config.mirrors = registry.configuration.mirrors }
        return config
    }
}
