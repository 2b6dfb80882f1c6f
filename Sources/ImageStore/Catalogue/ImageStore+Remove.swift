public import EngineAPI
import Synchronization

/// A container that was made of an image.
public struct ImageUser: Hashable, Sendable {
    /// The container's id.
    public var container: String
    /// Whether it runs (or is paused): no force removes its image then.
    public var isRunning: Bool

    /// Joins the two.
    public init(container: String, isRunning: Bool) {
        self.container = container
        self.isRunning = isRunning
    }
}

extension ImageStore {
    /// Removes a name, or an image with its names (`DELETE /images/{name}`), as Docker does: a name goes alone while
    /// the image has others; an id takes all names with it where they are of one repository; what containers use needs
    /// `force`, and what running ones use stays.
    ///
    /// - Parameters:
    ///   - name: a name, an id, or the beginning of an id.
    ///   - force: whether names in several repositories and stopped containers are no obstacle.
    ///   - users: the containers of an image, asked by image id, while no lock is held.
    /// - Returns: what went, in Docker's order: names, the image, its layers (by chain id) that nothing else needs.
    /// - Throws: `.notFound`, `.invalid`, and `.conflict` with Docker's words.
    public func remove(
        _ name: String, force: Bool, users: (String) -> [ImageUser]
    ) throws(ImageError) -> [ImageDeleteItem] {
        let id = try resolve(name).id
        let users = users(id)
        let (items, removed) = try change { catalogue throws(ImageError) in
            guard catalogue.images[id] != nil else { throw .noSuchImage(ImageReference.displayName(name)) }
            return try catalogue.remove(id, calledAs: name, force: force, users: users)
        }
        return items + removed.map { ImageDeleteItem(deleted: $0.chainID) }
    }

    /// The same, where it is not known which containers run: all are taken to.
    ///
    /// - Parameter inUse: ids of the containers of an image, asked by image id.
    public func remove(
        _ name: String, force: Bool, inUse: (String) -> [String]
    ) throws(ImageError) -> [ImageDeleteItem] {
        try remove(name, force: force) { id in inUse(id).map { ImageUser(container: $0, isRunning: true) } }
    }
}

extension Catalogue {
    /// Works out a removal: see `ImageStore.remove`.
    mutating func remove(
        _ id: String, calledAs name: String, force: Bool, users: [ImageUser]
    ) throws(ImageError) -> [ImageDeleteItem] {
        var items: [ImageDeleteItem] = []
        let names = references(of: id)
        let prefix = name.hasPrefix("sha256:") ? name : "sha256:" + name
        let byName = !id.hasPrefix(prefix)

        if byName {
            if !force, Self.isOneName(names), let user = users.first {
                throw ImageError(
                    .conflict,
                    """
                    conflict: unable to remove repository reference "\(name)" (must force) - container \
                    \(user.container.prefix(12)) is using its referenced image \(ContentDigest.short(id))
                    """)
            }
            let reference = try ImageReference(parsing: name).withDefaultTag
            references[reference.key] = nil
            items.append(ImageDeleteItem(untagged: reference.familiar))
            // Digests of a repository that has no tag left go with the last tag.
            if reference.digest == nil {
                let rest = references(of: id).filter { $0.repository == reference.repository }
                if rest.allSatisfy({ $0.digest != nil }) { items += untag(rest) }
            }
            if !references(of: id).isEmpty { return items }
        } else if Self.isOneName(names) {
            try check(id, force: force, users: users, namesCount: false)
            items += untag(names)
        }

        do throws(ImageError) {
            try check(id, force: force, users: users, namesCount: true)
        } catch {
            // The name is gone, as was asked; the image stays for its containers.
            if byName { return items }
            throw error
        }
        items += untag(references(of: id))
        images[id] = nil
        items.append(ImageDeleteItem(deleted: id))
        return items
    }

    private mutating func untag(_ names: [ImageReference]) -> [ImageDeleteItem] {
        names.map { name in
            references[name.key] = nil
            return ImageDeleteItem(untagged: name.familiar)
        }
    }

    /// Throws Docker's conflict where the image may not go.
    private func check(_ id: String, force: Bool, users: [ImageUser], namesCount: Bool) throws(ImageError) {
        func conflict(_ reason: String, hard: Bool) -> ImageError {
            let remedy = hard ? "cannot be forced" : "must be forced"
            return ImageError(
                .conflict, "conflict: unable to delete \(ContentDigest.short(id)) (\(remedy)) - \(reason)")
        }
        if images.values.contains(where: { $0.note.parent == id }) {
            throw conflict("image has dependent child images", hard: true)
        }
        if let user = users.first(where: \.isRunning) {
            throw conflict("image is being used by running container \(user.container.prefix(12))", hard: true)
        }
        if force { return }
        if namesCount, !references(of: id).isEmpty {
            throw conflict("image is referenced in multiple repositories", hard: false)
        }
        if let user = users.first {
            throw conflict("image is being used by stopped container \(user.container.prefix(12))", hard: false)
        }
    }

    /// Whether an image has at most one name, digests of the same repository not counted.
    private static func isOneName(_ names: [ImageReference]) -> Bool {
        if names.count <= 1 { return true }
        let tags = names.filter { $0.digest == nil }
        let digested = Set(names.filter { $0.digest != nil }.map(\.repository))
        guard tags.count <= 1, digested.count == 1 else { return false }
        return tags.first.map { digested.contains($0.repository) } ?? true
    }
}
