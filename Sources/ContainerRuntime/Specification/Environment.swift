/// Environments as Docker puts them together.
enum Environment {
    /// The search path of a container whose image names none.
    static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// A container's: the path, the host name and the kind of terminal, then what was asked for.
    static func make(hostname: String, tty: Bool, asked: [String]) -> [String] {
        var base = ["PATH=" + defaultPath, "HOSTNAME=" + hostname]
        if tty { base.append("TERM=xterm") }
        return merge(base, asked)
    }

    /// Puts `changes` over `base`: a variable that is there keeps its place, a bare name takes it away.
    static func merge(_ base: [String], _ changes: [String]) -> [String] {
        var result = base
        var places: [Substring: Int] = [:]
        for (index, variable) in result.enumerated() { places[name(variable)] = index }
        var removed: Set<Int> = []
        for change in changes {
            let name = name(change)
            guard change.contains("=") else {
                if let place = places.removeValue(forKey: name) { removed.insert(place) }
                continue
            }
            if let place = places[name] {
                result[place] = change
            } else {
                places[name] = result.count
                result.append(change)
            }
        }
        return result.enumerated().filter { !removed.contains($0.offset) }.map(\.element)
    }

    private static func name(_ variable: String) -> Substring {
        variable.prefix { $0 != "=" }
    }
}
