import EngineAPI
import Synchronization

extension ImageStore {
    /// Gives an image a name (`POST /images/{name}/tag`). An image that had the name loses it.
    ///
    /// - Parameters:
    ///   - id: the image's id, or a name of it.
    ///   - reference: the name; the tag is `latest` where it has neither tag nor digest.
    /// - Throws: `.notFound`, `.invalid`, `.io`.
    public func tag(_ id: String, as reference: ImageReference) throws(ImageError) {
        _ = try change { catalogue throws(ImageError) in
            guard let entry = catalogue.entry(id) else { throw .noSuchImage(ImageReference.displayName(id)) }
            try catalogue.name(entry.id, reference, now: .now)
        }
    }

    /// Takes a name away; the image stays, perhaps without any name.
    ///
    /// - Throws: `.notFound` where nothing has the name.
    public func untag(_ reference: ImageReference) throws(ImageError) {
        _ = try change { catalogue throws(ImageError) in
            guard catalogue.references.removeValue(forKey: reference.key) != nil else {
                throw .noSuchImage(reference.familiarName)
            }
        }
    }
}

extension Catalogue {
    /// Gives an image a name and notes the time.
    ///
    /// - Throws: `.invalid` for a name that reads as an image's id, in Docker's words.
    mutating func name(_ id: String, _ reference: ImageReference, now: Timestamp) throws(ImageError) {
        guard reference.familiarRepository != "sha256" else {
            throw ImageError(.invalid, "refusing to create an ambiguous tag using digest algorithm as name")
        }
        references[reference.key] = id
        images[id]?.note.lastTagTime = now.description
    }
}
