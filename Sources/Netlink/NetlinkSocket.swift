import CLinux
import Glibc
import Synchronization
public import SystemCalls

/// A conversation with the kernel over one netlink socket. It stays in the network namespace that it was opened in.
///
/// Calls block until the kernel has answered (microseconds; five seconds at most) and run one at a time.
public final class NetlinkSocket: Sendable {
    private let descriptor: FileDescriptor
    private let sequence = Mutex<UInt32>(1)

    /// SOL_NETLINK of `<linux/socket.h>`.
    private static let level: CInt = 270

    /// Takes over an AF_NETLINK socket, such as `NetworkNamespace.make` hands out.
    public init(_ descriptor: consuming FileDescriptor) throws(SystemCallError) {
        self.descriptor = descriptor
        let number = self.descriptor.rawValue
        var on: CInt = 1
        // Extended acknowledgements are a help, strict checking a guard; neither is needed on older kernels.
        for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK] {
            _ = unsafe setsockopt(number, Self.level, CInt(option), &on, socklen_t(MemoryLayout<CInt>.size))
        }
        // A large change is one message.
        var room: CInt = 8 << 20
        _ = unsafe setsockopt(number, SOL_SOCKET, SO_SNDBUFFORCE, &room, socklen_t(MemoryLayout<CInt>.size))
        var buffer: CInt = 1 << 20
        _ = unsafe setsockopt(number, SOL_SOCKET, SO_RCVBUF, &buffer, socklen_t(MemoryLayout<CInt>.size))
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        try check("setsockopt", "SO_RCVTIMEO") {
            unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    /// Opens a socket in the caller's network namespace.
    ///
    /// - Parameter family: `NETLINK_ROUTE` (0) or `NETLINK_NETFILTER` (12).
    public convenience init(family: CInt) throws(SystemCallError) {
        try self.init(
            FileDescriptor(
                owning: try check("socket", "AF_NETLINK") {
                    Glibc.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), family)
                }))
    }

    /// Opens a socket in another network namespace.
    public convenience init(in namespace: NetworkNamespace, family: CInt) throws(SystemCallError) {
        try self.init(try namespace.socket(AF_NETLINK, CInt(SOCK_RAW.rawValue), family))
    }

    /// The socket's own address, by which the kernel's news name who asked for a change; 0 before the first request.
    public var port: UInt32 {
        var address = sockaddr_nl()
        var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor.rawValue, $0, &length)
            }
        }
        return result == 0 ? address.nl_pid : 0
    }

    /// Sends several requests in one message to the kernel, which works them off in order and answers one by one.
    ///
    /// A refused request does not keep the kernel from the next ones: the caller takes back what it must.
    ///
    /// - Throws: the first refusal that its request does not tolerate.
    public func transact(_ requests: [NetlinkRequest]) throws(NetlinkError) {
        if requests.isEmpty { return }
        try sequence.withLock { next throws(NetlinkError) in
            let first = next
            var message: [UInt8] = []
            for (index, request) in requests.enumerated() {
                message += request.encoded(sequence: first &+ UInt32(index), acknowledged: true)
            }
            next = first &+ UInt32(requests.count)
            try send(message, for: requests[0].purpose)
            var pending = requests.count
            var failure: NetlinkError?
            while pending > 0 {
                for reply in try receive(for: requests[0].purpose) {
                    let index = Int(reply.sequence &- first)
                    guard reply.type == NLMSG_ERROR, index < requests.count else { continue }
                    pending -= 1
                    if let refusal = refusal(reply, requests[index]), failure == nil { failure = refusal }
                }
            }
            if let failure { throw failure }
        }
    }

    /// Asks for a list and reads it whole. A list that changed while it was told is asked for again.
    public func dump(_ request: NetlinkRequest) throws(NetlinkError) -> [NetlinkReply] {
        var request = request
        request.flags |= UInt16(NLM_F_ROOT | NLM_F_MATCH)
        for _ in 0..<8 {
            if let replies = try exchange(request, isDump: true) { return replies }
        }
        throw NetlinkError(request.purpose, .busy, detail: "the list kept changing while it was read")
    }

    /// Asks for one thing.
    public func get(_ request: NetlinkRequest) throws(NetlinkError) -> NetlinkReply {
        guard let reply = try exchange(request, isDump: false)?.first else {
            throw NetlinkError(request.purpose, .noEntry)
        }
        return reply
    }

    // MARK: Wire

    /// Sends a batch and reads what the kernel says of it.
    ///
    /// - Parameters:
    ///   - all: the requests, the batch's frame included.
    ///   - acknowledged: the index of the one request that is to be acknowledged.
    func exchangeBatch(
        _ all: [NetlinkRequest], acknowledged: Int, last: NetlinkRequest
    ) throws(NetlinkError) {
        try sequence.withLock { next throws(NetlinkError) in
            let first = next
            next = first &+ UInt32(all.count)
            var message: [UInt8] = []
            for (index, request) in all.enumerated() {
                message += request.encoded(
                    sequence: first &+ UInt32(index), acknowledged: index == acknowledged)
            }
            try send(message, for: last.purpose)
            var failure: NetlinkError?
            // All answers are there when send(2) returns. After a refusal the last request's may be missing.
            while let replies = try receiveNow(for: last.purpose) {
                for reply in replies where reply.type == NLMSG_ERROR {
                    let index = Int(reply.sequence &- first)
                    guard index < all.count else { continue }
                    if failure == nil { failure = refusal(reply, all[index]) }
                    if index == acknowledged {
                        if let failure { throw failure }
                        return
                    }
                }
            }
            throw failure ?? NetlinkError(last.purpose, .timedOut)
        }
    }

    /// What is there to be read; nil where nothing is.
    private func receiveNow(for purpose: String) throws(NetlinkError) -> [NetlinkMessage]? {
        var buffer = [UInt8](repeating: 0, count: 8192)
        do {
            let count = try check("recv", "netlink") {
                unsafe recv(descriptor.rawValue, &buffer, buffer.count, CInt(MSG_DONTWAIT))
            }
            return NetlinkMessage.parse(buffer[..<count])
        } catch {
            if error.errno == .wouldBlock { return nil }
            throw NetlinkError(purpose, error.errno)
        }
    }

    /// - Returns: what the kernel told; nil where the list changed meanwhile.
    private func exchange(_ request: NetlinkRequest, isDump: Bool) throws(NetlinkError) -> [NetlinkReply]? {
        try sequence.withLock { next throws(NetlinkError) in
            let own = next
            next = next &+ 1
            try send(request.encoded(sequence: own, acknowledged: false), for: request.purpose)
            var replies: [NetlinkReply] = []
            var wasInterrupted = false
            while true {
                for message in try receive(for: request.purpose) where message.sequence == own {
                    if message.type == NLMSG_ERROR {
                        if let refusal = refusal(message, request) { throw refusal }
                        return replies
                    }
                    wasInterrupted = wasInterrupted || message.wasInterrupted
                    if message.type == NLMSG_DONE {
                        if let refusal = refusal(message, request) { throw refusal }
                        return wasInterrupted ? nil : replies
                    }
                    replies.append(message.reply)
                    if !isDump { return replies }
                }
            }
        }
    }

    private func send(_ bytes: [UInt8], for purpose: String) throws(NetlinkError) {
        do {
            try check("send", "netlink") {
                unsafe bytes.withUnsafeBytes { unsafe Glibc.send(descriptor.rawValue, $0.baseAddress, $0.count, 0) }
            }
        } catch { throw NetlinkError(purpose, error.errno) }
    }

    private func receive(for purpose: String) throws(NetlinkError) -> [NetlinkMessage] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count: Int
        do {
            count = try check("recv", "netlink") { unsafe recv(descriptor.rawValue, &buffer, buffer.count, 0) }
        } catch { throw NetlinkError(purpose, error.errno == .wouldBlock ? .timedOut : error.errno) }
        return NetlinkMessage.parse(buffer[..<count])
    }

    /// Why the kernel refused; nil for an acknowledgement or a tolerated error.
    private func refusal(_ message: NetlinkMessage, _ request: NetlinkRequest) -> NetlinkError? {
        let verdict = message.verdict
        if verdict.code == 0 || request.tolerated.contains(-verdict.code) { return nil }
        return NetlinkError(request.purpose, Errno(rawValue: verdict.code), detail: verdict.detail)
    }
}
