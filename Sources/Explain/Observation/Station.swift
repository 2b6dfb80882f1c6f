import IPAddressing
import RouteNetlink
import SystemCalls

/// A network namespace as the path sees it: whose it is, how commands get in, and what the kernel tells of it.
final class Station {
    /// `red`, `host`, `netns blue`.
    let label: String
    /// What commands for it begin with: empty for the caller's own.
    let enter: String
    let namespace: NetworkNamespace
    let socket: RouteSocket
    /// A process in it, where there is one.
    let pid: Int32?
    /// Whether it is the caller's own.
    let isOwn: Bool
    private(set) var links: [Link] = []
    private(set) var addresses: [InterfaceAddress] = []
    /// The neighbours, as they are when they are first asked for.
    private(set) lazy var neighbours = (try? socket.neighbours()) ?? []
    private(set) lazy var allRoutes = (try? socket.routes()) ?? []
    /// Its rules, as they are when they are first asked for.
    private(set) lazy var rules = RuleListing.read(self)

    init(_ label: String, enter: String, namespace: NetworkNamespace, pid: Int32?, isOwn: Bool) throws {
        self.label = label
        self.enter = enter
        self.namespace = namespace
        self.pid = pid
        self.isOwn = isOwn
        socket = try RouteSocket(in: namespace)
        links = try socket.links()
        addresses = try socket.addresses()
    }

    func link(_ index: Int32?) -> Link? { index.flatMap { index in links.first { $0.index == index } } }

    func link(named name: String) -> Link? { links.first { $0.name == name } }

    func name(_ index: Int32?) -> String { link(index)?.name ?? "?" }

    /// The device that has an address.
    func owner(of address: IPAddress) -> Link? {
        addresses.first { $0.prefix.address == address }.flatMap { link($0.index) }
    }

    func prefixes(on index: Int32, _ family: IPFamily) -> [IPPrefix] {
        addresses.filter { $0.index == index && $0.prefix.family == family && !($0.scope == 253 && family == .v6) }
            .map(\.prefix)
    }

    /// Routes of the main table.
    func routes(_ family: IPFamily) -> [Route] {
        allRoutes.filter { $0.destination.family == family && $0.table == 254 }
    }

    func neighbour(_ address: IPAddress, on index: Int32) -> Neighbour? {
        neighbours.first { $0.address == address && $0.index == index }
    }

    /// A kernel parameter; nil where it is not there.
    func parameter(_ name: String) -> String? {
        try? namespace.run { () throws(SystemCallError) in try Sysctl.read(name) }
    }

    /// What a program prints in it; nil where it is missing or fails.
    func output(_ program: String, _ arguments: [String]) -> String? {
        guard let path = FileSystem.findProgram(program),
            let output = try? ChildProcess.run(ChildRequest(path, arguments, networkNamespace: namespace)),
            output.status.isSuccess
        else { return nil }
        return output.text
    }

    /// A parameter of a device, or the larger of it and of `all`.
    func number(_ family: IPFamily, _ device: String, _ name: String) -> Int {
        parameter("net/\(family == .v4 ? "ipv4" : "ipv6")/conf/\(device)/\(name)").flatMap { Int($0) } ?? 0
    }

    /// A file of `/proc/net` in it.
    func file(_ name: String) -> String { files([name])[0] }

    /// Several of them, in one visit; empty where they are not there.
    func files(_ names: [String]) -> [String] {
        (try? namespace.run { () throws(SystemCallError) in
            names.map { (try? FileSystem.readText("/proc/thread-self/net/" + $0)) ?? "" }
        }) ?? names.map { _ in "" }
    }
}

/// All stations of the machine, each looked at when it is asked for.
final class Machine {
    private(set) var stations: [Station] = []
    /// Names of processes, by pid.
    let names: [Int32: String]

    /// The caller's own is the first.
    init(names: [Int32: String]) throws {
        self.names = names
        let own = try NetworkNamespace.current()
        stations.append(try Station("host", enter: "", namespace: own, pid: nil, isOwn: true))
        var seen: Set<UInt64> = [own.inode]
        let processes = ((try? FileSystem.list("/proc")) ?? []).compactMap { Int32($0) }
        let named = processes.filter { names[$0] != nil }
        let mounted = (try? FileSystem.list("/run/netns")) ?? []
        var candidates = named.map { ("/proc/\($0)/ns/net", names[$0] ?? "", "nsenter -t \($0) -n ", Int32?($0)) }
        candidates += mounted.map { ("/run/netns/" + $0, $0, "nsenter --net=/run/netns/\($0) ", nil) }
        candidates += processes.filter { names[$0] == nil }.map {
            let label = OtherEngine.containerName(of: $0) ?? "pid \($0)"
            return ("/proc/\($0)/ns/net", label, "nsenter -t \($0) -n ", Int32?($0))
        }
        for (path, label, enter, pid) in candidates {
            guard let namespace = try? NetworkNamespace(path: path), seen.insert(namespace.inode).inserted,
                let station = try? Station(label, enter: enter, namespace: namespace, pid: pid, isOwn: false)
            else { continue }
            stations.append(station)
        }
    }

    /// The station of a name, such as a container's.
    func station(named name: String) -> Int? { stations.firstIndex { $0.label == name } }

    /// The station that a process is in.
    func station(ofProcess pid: Int32) -> Int? {
        guard let namespace = try? NetworkNamespace(path: "/proc/\(pid)/ns/net") else { return nil }
        return stations.firstIndex { $0.namespace.inode == namespace.inode }
    }

    /// The other end of a veth.
    func peer(of link: Link, in station: Int) -> (station: Int, link: Link)? {
        guard link.kind == "veth", let index = link.peerIndex else { return nil }
        guard let number = link.peerNamespace else {
            return stations[station].link(index).map { (station, $0) }
        }
        for (place, other) in stations.enumerated() where place != station {
            guard let end = other.link(index), end.kind == "veth", end.peerIndex == link.index,
                (try? stations[station].socket.number(of: other.namespace)) == number
            else { continue }
            return (place, end)
        }
        return nil
    }
}
