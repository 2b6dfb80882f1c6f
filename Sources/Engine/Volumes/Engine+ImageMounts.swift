import EngineAPI
import ImageStore
import Logging
import SystemCalls

/// Mounts of type `image`: a root file system of the image for each, which holds its layers as long as the container
/// is there, and which nobody writes to.
extension Engine {
    /// The name of a container's image mount among the image store's roots.
    private func rootName(_ number: Int, of container: String) -> String { "\(container)-image-\(number)" }

    /// Makes the root of an image mount.
    ///
    /// - Parameter id: the image's id where it is known; else the name says which.
    func claimImage(
        _ name: String, _ id: String?, number: Int, for container: String
    ) async throws -> ContainerRoot {
        let image = try requireImage(id ?? name)
        let images = images
        let root = rootName(number, of: container)
        return try await BlockingWork.run { try images.makeRoot(container: root, image: image.id) }
    }

    /// Lets go of a container's image mounts.
    func releaseImages(of record: ContainerRecord) async {
        for (number, point) in record.mounts.enumerated() where point.type == "image" {
            let images = images
            let root = rootName(number, of: record.id)
            do {
                try await BlockingWork.run { try images.removeRoot(container: root) }
            } catch {
                logger.warning("an image's root was left", metadata: ["of": "\(record.id)", "error": "\(error)"])
            }
        }
    }

    func mountImage(number: Int, of record: ContainerRecord) async throws {
        let images = images
        let name = rootName(number, of: record.id)
        try await BlockingWork.run {
            guard let root = images.root(container: name) else {
                throw APIError.internalFailure("the root of the image at \(record.mounts[number].destination) is gone")
            }
            try images.mountRoot(root)
        }
    }

    func unmountImage(number: Int, of record: ContainerRecord) async {
        let images = images
        let name = rootName(number, of: record.id)
        do {
            try await BlockingWork.run { if let root = images.root(container: name) { try images.unmountRoot(root) } }
        } catch {
            logger.warning("an image stays mounted", metadata: ["of": "\(record.id)", "error": "\(error)"])
        }
    }
}
