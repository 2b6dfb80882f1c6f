import Lab
import SystemCalls
public import Walkthrough

/// All that an engine could leave on its lab's host, or miss there, as lines of text: devices, addresses, routes, rules,
/// ports, mounts, control groups, processes, files, and what the docker command line shows. Names that are made up anew
/// each time (ids, cables, Ethernet addresses) are replaced, so that two moments can be compared.
public struct HostSnapshot: Equatable, Sendable {
    /// The lines, each with what it is about in front, sorted.
    public let lines: [String]

    /// Lines that the other one has and this one has not, with `+`, and the other way round, with `-`.
    public func difference(to other: HostSnapshot) -> [String] {
        other.lines.difference(from: lines).map { change in
            switch change {
            case .insert(_, let line, _): "+ " + line
            case .remove(_, let line, _): "- " + line
            }
        }.sorted()
    }
}

/// Takes snapshots of one lab's host, and remembers which containers it has seen there: control groups of theirs may
/// outlive every other trace.
public final class HostWatch {
    private let shell: LabShell
    private var containers: Set<String> = []

    /// Watches the host of a lab that is up.
    public init(_ shell: LabShell) { self.shell = shell }

    private var lab: Lab { shell.lab }

    /// Remembers the containers that have a folder now.
    public func lookAtContainers() {
        let folders = [
            lab.dataRoot + "/containers", lab.dataRoot + "/overlay", lab.execRoot + "/bundles",
            lab.execRoot + "/runtime",
        ]
        for name in folders.flatMap({ (try? FileSystem.list($0)) ?? [] }) where name.utf8.count == 64 {
            containers.insert(name)
        }
    }

    /// Takes a snapshot. The daemon has to run.
    public func take() throws -> HostSnapshot {
        lookAtContainers()
        var lines: [String] = []
        var section = ""
        let output = try shell.run(Self.script(execRoot: lab.execRoot))
        for line in output.text.split(separator: "\n").map(String.init) {
            if line.hasPrefix("== ") {
                section = String(line.dropFirst(3))
            } else if section == "nft" {
                lines += line.split { "{},".contains($0) }.map { "nft " + Names.replaced(in: trimmed($0)) }
            } else {
                lines.append(section + " " + Names.replaced(in: trimmed(line[...])))
            }
        }
        lines += try mounts() + nameFiles() + groups() + processes() + files()
        return HostSnapshot(lines: lines.filter { !$0.isEmpty }.sorted())
    }

    private func trimmed(_ line: Substring) -> String {
        line.split(separator: " ").joined(separator: " ")
    }

    /// What is asked on the lab's host. Counters and the state of carriers are left out: they change by themselves.
    private static func script(execRoot: String) -> String {
        """
        echo '== device'
        for d in /sys/class/net/*; do
          m=$(readlink $d/master); echo "${d##*/} master=${m##*/} mtu=$(cat $d/mtu)"
        done
        echo '== address'; ip -o addr | awk '{print $2, $3, $4}' | grep -v fe80:
        echo '== route'; (ip route; ip -6 route) | grep -v fe80: | sed 's/ linkdown//; s/ pref medium//'
        echo '== iptables'; iptables-save | grep -v '^#' | sed 's/[[][0-9]*:[0-9]*]//'
        echo '== ip6tables'; ip6tables-save | grep -v '^#' | sed 's/[[][0-9]*:[0-9]*]//'
        echo '== nft'; nft -s list ruleset 2>/dev/null | grep -v 'packets [0-9]* bytes'
        echo '== port'; ss -tulnH | awk '{print $1, $5}'
        echo '== sysctl'; sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding 2>/dev/null
        for n in \(execRoot)/netns/*; do
          [ -e "$n" ] || continue
          echo '== sandbox'; nsenter --net="$n" sh -c 'ip -o addr | cut -d" " -f2-; ip route; ip -6 route; nft -s list ruleset' \\
            2>&1 | grep -v fe80: | awk '{$1=$1; print}' | sed 's/[0-9]*: //; s/ valid_lft.*//; s/ set [0-9]*//; s/@.*dport//; s/ sport [0-9]*//g'
        done
        echo '== container'; docker ps -aq | xargs -r docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{$e.IPAddress}} {{end}}{{json .NetworkSettings.Ports}}{{range .Mounts}} {{.Destination}}{{end}}'
        echo '== network'; docker network ls --format '{{.Name}} {{.Driver}}'
        echo '== volume'; docker volume ls -q
        echo '== image'; docker images --format '{{.Repository}}:{{.Tag}}' 
        """
    }

    private func mounts() throws -> [String] {
        try [lab.dataRoot, lab.execRoot].flatMap { try Mount.points(below: $0) }.map {
            "mount " + Names.replaced(in: $0)
        }
    }

    /// What running containers read of names.
    private func nameFiles() -> [String] {
        let running = (try? FileSystem.list(lab.execRoot + "/bundles")) ?? []
        return running.flatMap { id in
            ["hosts", "resolv.conf"].flatMap { name -> [String] in
                let text = (try? FileSystem.readText("\(lab.dataRoot)/containers/\(id)/\(name)")) ?? ""
                return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
                    "\(name) " + Names.replaced(in: String($0))
                }
            }
        }
    }

    /// Control groups of the lab's containers, with the number of processes in each.
    private func groups() -> [String] {
        let root = "/sys/fs/cgroup"
        let parents = [root + "/docker"] + ((try? FileSystem.list(root)) ?? []).map { "\(root)/\($0)/docker" }
        return containers.flatMap { id in
            parents.compactMap { parent in
                guard let text = try? FileSystem.readText("\(parent)/\(id)/cgroup.procs") else { return nil }
                return "group \(parent)/ID processes=\(text.split(separator: "\n").count)"
            }
        }
    }

    /// The engine's own processes, by their command lines.
    private func processes() -> [String] {
        ((try? FileSystem.list("/proc")) ?? []).compactMap { entry in
            guard let pid = Int32(entry), let line = try? FileSystem.readText("/proc/\(pid)/cmdline"),
                line.contains(lab.execRoot), let name = try? FileSystem.readText("/proc/\(pid)/comm")
            else { return nil }
            let program = String(name.prefix { !$0.isNewline })
            return ["conmon", "crun", "runc", "causewayd"].contains(program) ? "process " + program : nil
        }
    }

    /// Files of both roots, without what containers, images and SQLite write in theirs.
    private func files() -> [String] {
        var found: [String] = []
        func walk(_ folder: String, _ depth: Int) {
            for name in (try? FileSystem.list(folder)) ?? [] {
                let path = folder + "/" + name
                if Self.isVolatile(path) { continue }
                found.append("file " + Names.replaced(in: path))
                let isOpaque = ["diff", "merged", "work", "_data"].contains(name)
                if !isOpaque, depth < 8, FileSystem.linkTarget(path) == nil, FileSystem.isDirectory(path) {
                    walk(path, depth + 1)
                }
            }
        }
        for root in [lab.dataRoot, lab.execRoot] { walk(root, 0) }
        return found
    }

    /// What comes and goes by itself, or stays by design: SQLite's journals, logs, the name files of a container that has
    /// run, notes that are remade or only grow.
    private static func isVolatile(_ path: String) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        return name.hasPrefix("causeway.db") || name.hasSuffix(".log")
            || ["hosts", "hostname", "resolv.conf", "distribution.json", "firewall.rules", "forwarding", "subpaths"]
                .contains(name)
            || ["exec.fifo", "ctl", "winsz", "attach"].contains(name) && path.contains("/bundles/")
    }
}

/// Names that are made up anew.
private enum Names {
    static func replaced(in text: String) -> String {
        var words: [String] = []
        var word = ""
        for character in text {
            if character.isLetter || character.isNumber || character == ":" && isHexadecimal(word) {
                word.append(character)
            } else {
                words.append(name(word) + String(character))
                word = ""
            }
        }
        return words.joined() + name(word)
    }

    private static func isHexadecimal(_ word: String) -> Bool {
        !word.isEmpty && word.utf8.allSatisfy { (48...58).contains($0) || (97...102).contains($0) }
    }

    private static func name(_ word: String) -> String {
        let digits = word.utf8.count
        if word.hasPrefix("veth"), digits == 11, isHexadecimal(String(word.dropFirst(4))) { return "CABLE" }
        guard isHexadecimal(word) else { return word }
        if digits == 17, word.split(separator: ":").count == 6 { return "MAC" }
        if word.contains(":") { return word }
        return digits == 64 ? "ID" : digits == 12 ? "SHORT" : word
    }
}
