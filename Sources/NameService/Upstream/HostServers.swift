import Glibc
import Logging
import Synchronization
import SystemCalls

/// The servers that sandboxes without their own ask: the daemon's, or the host's as its resolv.conf has them now.
final class HostServers: Sendable {
    /// The file that is followed; nil where the daemon was given servers.
    let path: String?
    private let servers: Mutex<[UpstreamServer]>
    private let logger: Logger

    init(fixed: [UpstreamServer], logger: Logger) {
        path = nil
        servers = Mutex(fixed)
        self.logger = logger
    }

    init(following path: String, logger: Logger) {
        self.path = path
        servers = Mutex([])
        self.logger = logger
        reload()
    }

    /// The servers now, in the order to ask them.
    var current: [UpstreamServer] { servers.withLock { $0 } }

    /// Reads the file again. One that is missing changes nothing: whoever replaces it may have removed it first.
    func reload() {
        guard let path else { return }
        let text: String
        do { text = try FileSystem.readText(path) } catch {
            logger.debug("the host's name servers stay as they are", metadata: ["reason": "\(error)"])
            return
        }
        let fresh = UpstreamServer.parse(resolvConf: text)
        let changed = servers.withLock { servers in
            defer { servers = fresh }
            return servers != fresh
        }
        if changed {
            logger.info("name servers of the host", metadata: ["file": "\(path)", "servers": "\(fresh)"])
        }
    }
}

/// Tells when a file changes, however it is replaced: inotify(7) on the file, its directory, and the directory of what
/// it links to.
final class FileWatch {
    /// Readable when something happened. Does not block.
    let descriptor: FileDescriptor
    private let path: String

    init(_ path: String) throws(SystemCallError) {
        self.path = path
        descriptor = FileDescriptor(
            owning: try check("inotify_init1", path) {
                inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK))
            })
        rearm()
    }

    /// Takes note of what happened and watches what is there now.
    func clear() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while unsafe read(descriptor.rawValue, &buffer, buffer.count) > 0 {}
        rearm()
    }

    private func rearm() {
        let whole = UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_CREATE) | UInt32(IN_ATTRIB)
        let targets = [path, Self.folder(of: path), FileSystem.linkTarget(path).map { Self.folder(of: resolve($0)) }]
        for case let target? in targets { _ = unsafe inotify_add_watch(descriptor.rawValue, target, whole) }
    }

    /// The path of a link's target, seen from the link.
    private func resolve(_ target: String) -> String {
        target.hasPrefix("/") ? target : Self.folder(of: path) + "/" + target
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
