import EngineAPI
import ImageStore

/// The filters of `GET /images/json`.
struct ImageFilter {
    private let filters: Filters
    private let before: String?
    private let since: String?

    init(_ filters: Filters, images: ImageStore) throws(APIError) {
        self.filters = filters
        func created(_ key: String) throws(APIError) -> String? {
            guard let name = filters.values(key).first else { return nil }
            guard let image = images.find(name) else {
                throw .notFound("No such image: \(ImageReference.displayName(name))")
            }
            return image.created
        }
        before = try created("before")
        since = try created("since")
        for value in filters.values("dangling") where !["true", "1", "false", "0"].contains(value) {
            throw .badRequest("invalid filter 'dangling=[\(value)]'")
        }
    }

    /// The names to list: with the filter `reference` only those that fit it.
    func tags(of image: StoredImage) -> [String] {
        let references = filters.values("reference")
        guard !references.isEmpty else { return image.repoTags }
        return image.repoTags.filter { tag in references.contains { Self.glob($0, tag) } }
    }

    func matches(_ image: StoredImage) -> Bool {
        let references = filters.values("reference")
        let dangling = filters.values("dangling").first.map { ["true", "1"].contains($0) }
        return
            (references.isEmpty
            || references.contains { pattern in image.repoTags.contains { Self.glob(pattern, $0) } })
            && dangling.map { $0 == image.repoTags.isEmpty } ?? true
            && before.map { image.created < $0 } ?? true
            && since.map { image.created > $0 } ?? true
            && filters.matchesLabels(image.config.labels ?? [:])
    }

    /// Whether a familiar name, with or without its tag, fits a shell pattern of `*` and `?`.
    static func glob(_ pattern: String, _ name: String) -> Bool {
        // A colon before the last slash is that of a registry's port.
        let last = name.lastIndex(of: "/") ?? name.startIndex
        let bare = name[last...].firstIndex(of: ":").map { String(name[..<$0]) } ?? name
        return matches(Array(pattern.utf8)[...], Array(name.utf8)[...])
            || matches(Array(pattern.utf8)[...], Array(bare.utf8)[...])
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        switch first {
        case UInt8(ascii: "*"):
            let rest = pattern.dropFirst()
            return (text.startIndex...text.endIndex).contains { index in
                !text[..<index].contains(UInt8(ascii: "/")) && matches(rest, text[index...])
            }
        case UInt8(ascii: "?"): return !text.isEmpty && matches(pattern.dropFirst(), text.dropFirst())
        default: return text.first == first && matches(pattern.dropFirst(), text.dropFirst())
        }
    }
}
