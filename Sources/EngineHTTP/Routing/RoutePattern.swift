/// A path with names in it: `/containers/{id}/json`; `{name*}` stands for one segment or more, since images' names
/// have slashes.
struct RoutePattern: Sendable {
    private enum Segment: Sendable {
        case literal(String)
        case one(String)
        case many(String)
    }

    let text: String
    private let segments: [Segment]

    init(_ text: String) {
        self.text = text
        segments = text.split(separator: "/").map { segment in
            guard segment.hasPrefix("{"), segment.hasSuffix("}") else { return .literal(String(segment)) }
            let name = segment.dropFirst().dropLast()
            return name.hasSuffix("*") ? .many(String(name.dropLast())) : .one(String(name))
        }
    }

    /// The first segment, where it is a plain word.
    var firstWord: String? {
        if case .literal(let word)? = segments.first { word } else { nil }
    }

    /// What the names stand for; nil where the path is another.
    func match(_ path: [String]) -> [String: String]? {
        var parameters: [String: String] = [:]
        var position = 0
        for (number, segment) in segments.enumerated() {
            let after = segments.count - number - 1
            switch segment {
            case .literal(let word):
                guard position < path.count, path[position] == word else { return nil }
                position += 1
            case .one(let name):
                guard position < path.count else { return nil }
                parameters[name] = path[position]
                position += 1
            case .many(let name):
                let end = path.count - after
                guard end > position else { return nil }
                parameters[name] = path[position..<end].joined(separator: "/")
                position = end
            }
        }
        return position == path.count ? parameters : nil
    }
}
