import IPAddressing
import RouteNetlink
import SystemCalls

/// The other network namespaces of this machine that cables lead to, and whose they are.
struct Neighbourhood {
    /// A device in another namespace.
    struct End: Hashable {
        var owner: String
        var name: String
        var addresses: [String]
    }

    /// By the number that this namespace gives to the other one, and the device's index there.
    private var ends: [Int32: [Int32: End]] = [:]

    /// Looks at every namespace that a process is in or that is bind-mounted in `/run/netns`, each once.
    ///
    /// - Parameters:
    ///   - names: what processes are called, by pid.
    ///   - socket: rtnetlink of the caller's namespace.
    static func find(names: [Int32: String], socket: RouteSocket) -> Neighbourhood {
        var found = Neighbourhood()
        var seen: Set<UInt64> = []
        if let own = try? NetworkNamespace.current() { seen.insert(own.inode) }
        // Processes with a name of their own first: a container is called by it, not by its program.
        let processes = ((try? FileSystem.list("/proc")) ?? []).compactMap { Int32($0) }
        let named = processes.filter { names[$0] != nil } + processes.filter { names[$0] == nil }
        let mounted = ((try? FileSystem.list("/run/netns")) ?? []).map { ("/run/netns/" + $0, $0) }
        let candidates =
            named.prefix { names[$0] != nil }.map { ("/proc/\($0)/ns/net", names[$0] ?? "") } + mounted
            + named.drop { names[$0] != nil }.map { ("/proc/\($0)/ns/net", program($0)) }
        for (path, owner) in candidates {
            guard let namespace = try? NetworkNamespace(path: path), seen.insert(namespace.inode).inserted,
                let number = try? socket.number(of: namespace), let inside = try? RouteSocket(in: namespace)
            else { continue }
            let addresses = ((try? inside.addresses()) ?? []).filter { $0.prefix.family == .v4 }
            for link in (try? inside.links()) ?? [] where link.kind == "veth" {
                found.ends[number, default: [:]][link.index] = End(
                    owner: owner, name: link.name,
                    addresses: addresses.filter { $0.index == link.index }.map(\.prefix.description))
            }
        }
        return found
    }

    /// The far end of a cable; nil where it is in no namespace that could be looked at.
    func end(namespace: Int32?, index: Int32) -> End? { namespace.flatMap { ends[$0]?[index] } }

    private static func program(_ pid: Int32) -> String {
        let name = (try? FileSystem.readText("/proc/\(pid)/comm")) ?? ""
        return "\(name.prefix { !$0.isNewline }) (pid \(pid))"
    }
}
