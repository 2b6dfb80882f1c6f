/// One side of a `cp` command line.
public struct CopyArgument: Hashable, Sendable {
    /// The container; nil for this machine.
    public var container: String?
    /// The path; `-` here means standard input or output where there is no container.
    public var path: String

    /// Takes `CONTAINER:PATH` apart. What begins with `/` or `.` is a path here, colons and all.
    public init(_ text: String) {
        container = nil
        path = text
        guard !text.hasPrefix("/"), !text.hasPrefix("."), let colon = text.firstIndex(of: ":"),
            colon != text.startIndex
        else {
            if text.hasPrefix(":") { path = String(text.dropFirst()) }
            return
        }
        container = String(text[..<colon])
        path = String(text[text.index(after: colon)...])
    }
}

/// Paths as Go's `path/filepath` takes them apart, and what the ends of `cp`'s paths mean.
enum CopyPath {
    /// Without `.`, `..` and doubled slashes, worked out from the text alone; `.` where nothing is left.
    static func clean(_ path: String) -> String {
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if let last = parts.last, last != ".." {
                parts.removeLast()
            } else if !isAbsolute {
                parts.append(part)
            }
        }
        let text = parts.joined(separator: "/")
        return isAbsolute ? "/" + text : text.isEmpty ? "." : text
    }

    /// The last name; `/` for the root, `.` for nothing at all.
    static func base(_ path: String) -> String {
        if path.isEmpty { return "." }
        return path.split(separator: "/").last.map(String.init) ?? "/"
    }

    /// All but the last name, cleaned.
    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return clean(String(path[...slash]))
    }

    /// Two paths in one.
    static func join(_ one: String, _ other: String) -> String { clean(one + "/" + other) }

    /// Whether a path ends in a slash, and so means a directory.
    static func endsInSlash(_ path: String) -> Bool { path.hasSuffix("/") }

    /// Whether a path's last part is `.`, and so means what is in a directory.
    static func endsInDot(_ path: String) -> Bool { base(path) == "." }

    /// A cleaned path with the ending that the original has.
    static func keepingEnd(_ cleaned: String, of original: String) -> String {
        var path = cleaned
        if !endsInDot(path), endsInDot(original) { path += path.hasSuffix("/") ? "." : "/." }
        if !endsInSlash(path), endsInSlash(original) { path += "/" }
        return path
    }

    /// The directory that holds the last name, and that name; a `.` at the end is kept as the name.
    static func split(_ path: String) -> (directory: String, base: String) {
        let cleaned = clean(path) + (endsInDot(path) ? "/." : "")
        return (parent(cleaned), base(cleaned))
    }

    /// Where a link led, with the ending that `path` has, and the name that `path` had, where it is another one.
    static func renamed(_ path: String, resolved: String) -> (path: String, name: String?) {
        var resolved = resolved
        if endsInDot(path), !endsInDot(resolved) { resolved += "/." }
        if endsInSlash(path), !endsInSlash(resolved) { resolved += "/" }
        return (resolved, base(path) == base(resolved) ? nil : base(path))
    }
}
