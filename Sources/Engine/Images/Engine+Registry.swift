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
        let credentials: RegistryCredentials
        do {
            credentials = try RegistryCredentials(header: authorization)
        } catch {
            throw registryFailure(error)
        }
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
}
