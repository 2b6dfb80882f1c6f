import IPAddressing
import RouteNetlink
import SystemCalls

/// The other network namespaces of this machine that cables lead to, and whose they are.
struct Neighbourhood {
    /// A namespace and what is in it.
    struct Place {
        var map: NetworkMap.Namespace
        /// The number that this namespace gives to it; nil where no cable leads there.
        var number: Int32?
        /// Its devices by number.
        var links: [Int32: NetworkMap.Device] = [:]
    }

    private(set) var places: [Place] = []

    /// Who could be in a namespace.
    private struct Candidate {
        var path: String
        var owner: String
        var pid: Int32?
        var hasName: Bool
    }

    /// Looks at every namespace that a process is in or that is bind-mounted in `/run/netns`, each once.
    ///
    /// - Parameters:
    ///   - names: what processes are called, by pid.
    ///   - socket: rtnetlink of the caller's namespace.
    static func find(names: [Int32: String], socket: RouteSocket) -> Neighbourhood {
        var found = Neighbourhood()
        var seen: Set<UInt64> = []
        let own = try? NetworkNamespace.current()
        if let own { seen.insert(own.inode) }
        // What has no cable to here is of interest only where the whole machine is looked at.
        let isMachine = own?.inode == (try? NetworkNamespace(ofProcess: 1))?.inode
        let links = (try? socket.links()) ?? []
        for candidate in candidates(names) {
            guard let namespace = try? NetworkNamespace(path: candidate.path),
                seen.insert(namespace.inode).inserted, let inside = try? RouteSocket(in: namespace)
            else { continue }
            let number = try? socket.number(of: namespace)
            let leak = candidate.hasName ? nil : candidate.pid.flatMap { leaked($0, names) }
            guard number != nil || isMachine && leak != nil else { continue }
            let ours = own.flatMap { try? inside.number(of: $0) }
            let parents = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
            var place = look(inside, candidate, parents: parents, ours: ours)
            place.number = number
            place.map.fault = leak
            found.places.append(place)
        }
        return found
    }

    /// Processes with a name of their own first: a container is called by it, not by its program.
    private static func candidates(_ names: [Int32: String]) -> [Candidate] {
        let processes = ((try? FileSystem.list("/proc")) ?? []).compactMap { Int32($0) }.sorted()
        let named = processes.compactMap { pid in
            names[pid].map { Candidate(path: "/proc/\(pid)/ns/net", owner: $0, pid: pid, hasName: true) }
        }
        let mounted = ((try? FileSystem.list("/run/netns")) ?? []).sorted().map {
            Candidate(path: "/run/netns/" + $0, owner: $0, pid: nil, hasName: true)
        }
        let others = processes.filter { names[$0] == nil }.map { pid in
            let container = OtherEngine.containerName(of: pid)
            return Candidate(
                path: "/proc/\(pid)/ns/net", owner: container ?? program(pid), pid: pid, hasName: container != nil)
        }
        return named + mounted + others
    }

    private static func look(
        _ socket: RouteSocket, _ candidate: Candidate, parents: [Int32: String], ours: Int32?
    ) -> Place {
        let links = (try? socket.links()) ?? []
        let names = Dictionary(links.map { ($0.index, $0.name) }) { first, _ in first }
        let addresses = (try? socket.addresses()) ?? []
        let routes = ((try? socket.routes()) ?? []).filter { Words.isShown($0) }
        var place = Place(
            map: NetworkMap.Namespace(
                owner: candidate.owner, path: candidate.path, devices: [],
                routes: routes.map { Words.route($0, names) },
                neighbours: ((try? socket.neighbours()) ?? []).compactMap { Words.station($0, names) }))
        for link in links where link.flags & 0x8 == 0 {
            var device = Words.device(link, addresses)
            if ["macvlan", "ipvlan", "macvtap"].contains(link.kind), let parent = link.peerIndex,
                link.peerNamespace != nil, link.peerNamespace == ours
            {
                device.parent = parents[parent]
            }
            place.links[link.index] = device
            place.map.devices.append(device)
        }
        return place
    }

    /// The far end of a cable; nil where it is in no namespace that could be looked at.
    func end(namespace: Int32?, index: Int32) -> (owner: String, device: NetworkMap.Device)? {
        guard let namespace, let place = places.first(where: { $0.number == namespace }),
            let device = place.links[index]
        else { return nil }
        return (place.map.owner, device)
    }

    /// Why a namespace without a name is one that was lost: a process that belongs to no container keeps it.
    private static func leaked(_ pid: Int32, _ names: [Int32: String]) -> String? {
        let status = (try? FileSystem.readText("/proc/\(pid)/status")) ?? ""
        let ids = status.split(separator: "\n").first { $0.hasPrefix("NSpid:") }?.split(separator: "\t") ?? []
        let group = (try? FileSystem.readText("/proc/\(pid)/cgroup")) ?? ""
        // A process with a process namespace of its own is a container's; a service has a private network by intent.
        if ids.count > 2 || group.contains(".service") { return nil }
        return "leaked: its name is gone, process \(pid) (\(program(pid))) still holds it: kill \(pid)"
    }

    private static func program(_ pid: Int32) -> String {
        let name = (try? FileSystem.readText("/proc/\(pid)/comm")) ?? ""
        return "\(name.prefix { !$0.isNewline }) (pid \(pid))"
    }
}
