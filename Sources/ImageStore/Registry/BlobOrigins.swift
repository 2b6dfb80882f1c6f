import EngineAPI
import Logging
import Synchronization
import SystemCalls

/// A compressed form of a layer that a registry has.
public struct BlobOrigin: Codable, Hashable, Sendable {
    /// The digest of the compressed bytes.
    public var digest: String
    /// How many they are.
    public var size: Int64
    /// Full names of repositories that have it: `203.0.113.8:5000/demo`.
    public var repositories: [String]

    /// Joins the parts.
    public init(digest: String, size: Int64, repositories: [String]) {
        self.digest = digest
        self.size = size
        self.repositories = repositories
    }

    private enum CodingKeys: String, CodingKey {
        case digest = "Digest"
        case size = "Size"
        case repositories = "Repositories"
    }
}

/// `distribution.json`: which registries have which layers, by the digest of the uncompressed layer. It is a hint
/// that saves uploads: a registry is always asked, and where the file is lost or damaged, layers are only sent again.
public final class BlobOrigins: Sendable {
    private let path: String
    private let logger: Logger
    private let known: Mutex<[String: [BlobOrigin]]?> = Mutex(nil)

    /// Remembered forms of one layer.
    static let formLimit = 8
    /// Remembered layers; beyond that all but the latest are forgotten.
    static let layerLimit = 4096
    /// Remembered repositories of one form.
    static let repositoryLimit = 32

    init(path: String, logger: Logger) {
        self.path = path
        self.logger = logger
    }

    private func load() -> [String: [BlobOrigin]] {
        guard FileSystem.exists(path) else { return [:] }
        do {
            return try JSONText.decode([String: [BlobOrigin]].self, from: try FileSystem.readBytes(path))
        } catch {
            logger.warning("what registries have is forgotten", metadata: ["path": "\(path)", "error": "\(error)"])
            return [:]
        }
    }

    /// The forms of a layer, those that the repository has first. Blocks on the first call.
    public func forms(of diffID: String, in repository: String) -> [BlobOrigin] {
        known.withLock { known in
            let all = known ?? load()
            known = all
            let forms = all[diffID] ?? []
            return forms.filter { $0.repositories.contains(repository) }
                + forms.filter { !$0.repositories.contains(repository) }
        }
    }

    /// Notes that a repository has layers. Blocks; a failure is only said in the log.
    public func note(_ layers: [(diffID: String, digest: String, size: Int64)], in repository: String) {
        known.withLock { known in
            var all = known ?? load()
            let before = all
            if all.count > Self.layerLimit {
                let kept = Set(layers.map(\.diffID))
                all = all.filter { kept.contains($0.key) }
            }
            for layer in layers {
                var forms = all[layer.diffID] ?? []
                if let index = forms.firstIndex(where: { $0.digest == layer.digest }) {
                    var form = forms.remove(at: index)
                    form.repositories.removeAll { $0 == repository }
                    form.repositories.insert(repository, at: 0)
                    form.repositories = Array(form.repositories.prefix(Self.repositoryLimit))
                    forms.insert(form, at: 0)
                } else {
                    forms.insert(
                        BlobOrigin(digest: layer.digest, size: layer.size, repositories: [repository]), at: 0)
                }
                all[layer.diffID] = Array(forms.prefix(Self.formLimit))
            }
            known = all
            guard all != before else { return }
            do {
                try FileSystem.replace(path, try JSONText.encode(all), mode: 0o600)
            } catch {
                logger.warning("what registries have was not noted", metadata: ["error": "\(error)"])
            }
        }
    }
}
