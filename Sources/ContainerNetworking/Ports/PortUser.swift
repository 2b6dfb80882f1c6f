import Firewall
import IPAddressing
import SystemCalls

/// The process that has a port of the host, for errors that help.
struct PortUser: Hashable, CustomStringConvertible {
    let pid: Int32
    let name: String

    /// `process 4711, nginx`.
    var description: String { "process \(pid), \(name)" }

    /// Finds it by way of `/proc`; nil where the kernel does not tell. Slow with many processes: for errors only.
    static func find(_ port: HostPort, in host: HostNetwork) -> PortUser? {
        let inodes = [port.transport.rawValue, port.transport.rawValue + "6"].flatMap { table -> [String] in
            guard let text = try? host.readText("/proc/thread-self/net/\(table)") else { return [] }
            return sockets(on: port.number, table: text)
        }
        if inodes.isEmpty { return nil }
        let targets = Set(inodes.map { "socket:[\($0)]" })
        for pid in ((try? FileSystem.list("/proc")) ?? []).compactMap({ Int32($0) }) {
            for number in (try? FileSystem.list("/proc/\(pid)/fd")) ?? [] {
                guard let target = FileSystem.linkTarget("/proc/\(pid)/fd/\(number)"), targets.contains(target) else {
                    continue
                }
                let name = (try? FileSystem.readText("/proc/\(pid)/comm")) ?? ""
                return PortUser(pid: pid, name: String(name.prefix { !$0.isNewline }))
            }
        }
        return nil
    }

    /// Inodes of the sockets bound to a port, from a table as `/proc/net/tcp` has it (proc_net_tcp.txt of the kernel's
    /// documentation): local address in hex, inode in the tenth column.
    static func sockets(on port: UInt16, table: String) -> [String] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: " ")
            guard columns.count > 9, let hex = columns[1].split(separator: ":").last, UInt16(hex, radix: 16) == port,
                columns[9] != "0"
            else { return nil }
            return String(columns[9])
        }
    }
}
