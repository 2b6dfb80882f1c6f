import Firewall
import Glibc
import IPAddressing
import NFTables
import Netlink
import RouteNetlink
import Synchronization
import SystemCalls

/// Listens to what the kernel tells of changes to the host's network. Nothing is polled.
final class NetworkWatch: Sendable {
    /// A change of a device, or of a family's forwarding.
    struct DeviceNews: Sendable {
        /// The device's name; empty for forwarding.
        var device = ""
        /// What happened to it.
        var change: DeviceChange?
        /// The family whose forwarding was switched off.
        var forwardingOff: IPFamily?
        /// The socket that asked for it, where the kernel tells.
        var port: UInt32
        /// Whose that socket is.
        var culprit: Culprit?

        /// Whether a later piece of news of the same device makes this one void: of a device that was made in several
        /// steps, as the engine's own are, what counts is how it is at the end.
        func isOverridden(by later: DeviceNews) -> Bool {
            guard device == later.device, forwardingOff == nil, later.forwardingOff == nil else { return false }
            switch (change, later.change) {
            case (.link, .link), (.link, .gone), (.gone, .link): return true
            default: return false
            }
        }
    }

    /// What was heard at once.
    struct Heard<News: Sendable>: Sendable {
        var news: [News] = []
        /// Whether more was told than could be kept.
        var wasLost = false
    }

    private let routes: NetlinkNotifications
    private let rules: NetlinkNotifications?
    private let names: Mutex<DeviceNames>
    private let reader = Mutex(RulesetNewsReader())

    /// Listens from now on.
    init(_ host: HostNetwork, _ socket: RouteSocket) throws {
        routes = try NetlinkNotifications(family: 0, groups: RouteNews.groups, in: host.namespace)
        try routes.keepDeviceChanges()
        names = Mutex(DeviceNames(try socket.links()))
        // A kernel without nftables has nothing to tell of it.
        rules = try? NetlinkNotifications(family: 12, groups: RulesetNews.groups, in: host.namespace)
    }

    /// Whether the kernel tells of rules.
    var hearsRules: Bool { rules != nil }

    /// The next changes of devices, as many as come within moments.
    ///
    /// - Throws: where there is nothing more to be heard.
    func devices() async throws(SystemCallError) -> Heard<DeviceNews> {
        var heard = Heard<DeviceNews>()
        heard.wasLost = try await Self.collect(routes) { reply in
            guard let told = RouteNews(reply) else { return }
            // At once: programs like ip(8) end a moment later.
            let culprit = Self.culprit(port: told.port)
            if case .forwarding(let family, let isOn) = told.change {
                if !isOn { heard.news.append(DeviceNews(forwardingOff: family, port: told.port, culprit: culprit)) }
                return
            }
            for (device, change) in names.withLock({ $0.resolve(told.change) }) {
                let news = DeviceNews(device: device, change: change, port: told.port, culprit: culprit)
                heard.news.removeAll { $0.isOverridden(by: news) }
                heard.news.append(news)
            }
        }
        return heard
    }

    /// The next changes of rules.
    ///
    /// - Throws: where there is nothing more to be heard.
    func rulesets() async throws(SystemCallError) -> Heard<RulesetNews> {
        var heard = Heard<RulesetNews>()
        guard let rules else { throw SystemCallError("read", "nfnetlink", .noDevice) }
        heard.wasLost = try await Self.collect(rules) { reply in
            if let news = reader.withLock({ $0.take(reply) }) { heard.news.append(news) }
        }
        if heard.wasLost { reader.withLock { $0.forget() } }
        return heard
    }

    /// Reads what is there, waits a moment for what belongs to it, and reads that.
    ///
    /// - Returns: whether some was lost.
    private static func collect(
        _ socket: NetlinkNotifications, _ take: (NetlinkReply) -> Void
    ) async throws(SystemCallError) -> Bool {
        do throws(SystemCallError) {
            for reply in try await socket.next() { take(reply) }
            try? await Task.sleep(for: .milliseconds(3))
            for reply in try socket.readAll() { take(reply) }
            return false
        } catch {
            if error.errno.rawValue == 105 { return true }
            throw error
        }
    }

    private static let ownPort = UInt32(getpid())
    private static let itself = Culprit(pid: getpid(), program: "causewayd")

    /// Whose a socket is: its port is its owner's process id, unless the owner has several or chose another.
    private static func culprit(port: UInt32) -> Culprit? {
        if port == ownPort { return itself }
        // PID_MAX_LIMIT of `<linux/threads.h>`.
        guard port > 0, port <= 1 << 22 else { return nil }
        let name = (try? FileSystem.readText("/proc/\(port)/comm")) ?? ""
        return Culprit(pid: Int32(port), program: String(name.prefix { !$0.isNewline }))
    }
}
