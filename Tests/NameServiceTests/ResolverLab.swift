import Glibc
import IPAddressing
import Logging
import SystemCalls
import Synchronization
import Testing

@testable import NameService

/// Whether namespaces can be made here.
let canMakeNamespaces = getuid() == 0 && FileSystem.findProgram("ip") != nil

/// A network namespace of its own with loopback up.
final class LabNamespace: Sendable {
    let path = "/tmp/causeway-names-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let namespace: NetworkNamespace

    init(_ addresses: String...) throws {
        _ = try NetworkNamespace.make(at: path)
        namespace = try NetworkNamespace(path: path)
        try ip("link", "set", "lo", "up")
        for address in addresses { try ip("address", "add", address + "/32", "dev", "lo") }
    }

    deinit { try? NetworkNamespace.remove(at: path) }

    private func ip(_ arguments: String...) throws {
        let program = try #require(FileSystem.findProgram("ip"))
        let output = try ChildProcess.run(ChildRequest(program, arguments, networkNamespace: namespace))
        #expect(output.status.isSuccess, "\(arguments): \(output.errorText)")
    }

    /// Asks a resolver over UDP; nil where no answer came in five seconds.
    func ask(_ port: UInt16, _ message: [UInt8]) throws -> PlainReply? {
        try exchange(.datagram, port, message).map { try PlainReply($0) }
    }

    /// Asks a resolver over TCP.
    func askStream(_ port: UInt16, _ message: [UInt8]) throws -> PlainReply? {
        let frame = [UInt8(message.count >> 8), UInt8(message.count & 255)] + message
        return try exchange(.stream, port, frame).map { try PlainReply(Array($0.dropFirst(2))) }
    }

    /// A socket that is connected to a resolver and waits five seconds for what it reads.
    func connect(_ kind: InternetSocket.Kind, _ port: UInt16) throws -> FileDescriptor {
        let number = try namespace.run { () throws(SystemCallError) in
            let socket = try InternetSocket.make(kind)
            try socket.setNonBlocking(false)
            var limit = timeval(tv_sec: 5, tv_usec: 0)
            _ = unsafe setsockopt(
                socket.rawValue, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            try InternetSocket.connect(socket.rawValue, Sandbox.address, port: port)
            return socket.release()
        }
        return FileDescriptor(owning: number)
    }

    private func exchange(_ kind: InternetSocket.Kind, _ port: UInt16, _ message: [UInt8]) throws -> [UInt8]? {
        let socket = try connect(kind, port)
        try socket.writeAll(message)
        var bytes: [UInt8] = []
        repeat {
            guard let part = try? socket.read(), !part.isEmpty else { return nil }
            bytes += part
        } while kind == .stream && (bytes.count < 2 || bytes.count < 2 + Int(bytes[0]) << 8 + Int(bytes[1]))
        return bytes
    }
}

/// A name server that does what its script says, on its own thread inside a namespace. It notes what it was asked.
final class ScriptedServer: Sendable {
    /// Gets the question's bytes and gives all that is to be sent back for it, in order.
    typealias Script = @Sendable ([UInt8]) -> [[UInt8]]

    private let questions = Mutex<[[UInt8]]>([])
    private let wakeUp: WakeUp

    init(_ address: String, in namespace: NetworkNamespace, _ script: @escaping Script) throws {
        let bytes = try #require(IPAddress(address)).bytes
        wakeUp = try WakeUp()
        let sockets = try namespace.run { () throws(SystemCallError) in
            let datagrams = try InternetSocket.make(.datagram)
            try InternetSocket.bind(datagrams.rawValue, bytes, port: 53)
            let listener = try InternetSocket.make(.stream)
            try InternetSocket.bind(listener.rawValue, bytes, port: 53)
            try InternetSocket.listen(listener.rawValue)
            return (datagrams.release(), listener.release())
        }
        let datagrams = SharedFileDescriptor(FileDescriptor(owning: sockets.0))
        let listener = SharedFileDescriptor(FileDescriptor(owning: sockets.1))
        let events = try EventQueue()
        try events.watch(datagrams.rawValue, for: .readable, token: 1)
        try events.watch(listener.rawValue, for: .readable, token: 2)
        try events.watch(wakeUp.rawValue, for: .readable, token: 3)
        let batch = try DatagramBatch(capacity: 8, size: 4096)
        let parts = Parts(batch)
        try DedicatedThread.start("scripted") { [weak self] in
            var isStopped = false
            while !isStopped {
                events.wait(milliseconds: -1) { token, _ in
                    guard let self, token != 3 else {
                        isStopped = true
                        return
                    }
                    if token == 1 {
                        _ = parts.batch.exchange(datagrams.rawValue) { message, count, peer in
                            let question = [UInt8](copying: message.span, count: count)
                            for answer in self.answers(question, script) {
                                peer.send(answer.span, from: datagrams.rawValue)
                            }
                            return 0
                        }
                    } else {
                        try? self.serveStream(listener.rawValue, script)
                    }
                }
            }
        }
    }

    deinit { wakeUp.raise() }

    /// What it was asked so far.
    var asked: [[UInt8]] { questions.withLock { $0 } }

    private func answers(_ question: [UInt8], _ script: Script) -> [[UInt8]] {
        questions.withLock { $0.append(question) }
        return script(question)
    }

    private func serveStream(_ listener: CInt, _ script: Script) throws {
        guard let client = try InternetSocket.accept(listener) else { return }
        try client.setNonBlocking(false)
        var bytes: [UInt8] = []
        while bytes.count < 2 || bytes.count < 2 + Int(bytes[0]) << 8 + Int(bytes[1]) {
            let part = try client.read()
            if part.isEmpty { return }
            bytes += part
        }
        for answer in answers(Array(bytes.dropFirst(2)), script) {
            try client.writeAll([UInt8(answer.count >> 8), UInt8(answer.count & 255)] + answer)
        }
    }

    /// Carries the batch to the one thread that uses it.
    private final class Parts: @unchecked Sendable {
        let batch: DatagramBatch
        init(_ batch: DatagramBatch) { self.batch = batch }
    }
}

/// A host's namespace, a container's, and a name service between them.
final class ResolverLab {
    let host: LabNamespace
    let container: LabNamespace
    let folder = "/tmp/causeway-names-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let service: NameService

    init(resolvConf: String, patience: Duration = .milliseconds(300), forwardLimit: Int = 1024) throws {
        container = try LabNamespace("198.51.100.53")
        host = try LabNamespace("203.0.113.1", "203.0.113.2", "203.0.113.3")
        try FileSystem.makeDirectory(folder)
        try FileSystem.replace(folder + "/resolv.conf", Array(resolvConf.utf8))
        var configuration = NameServiceConfiguration(
            resolvConfPath: folder + "/resolv.conf", hostNamespace: host.namespace)
        configuration.patience = patience
        configuration.forwardLimit = forwardLimit
        service = try NameService(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    deinit {
        service.shutDown()
        try? FileSystem.removeTree(folder)
    }

    func open(servers: [String] = [], mayForward: Bool = true, networks: [String] = ["n1"]) throws -> ResolverPorts {
        try service.open(sandbox(servers: servers, mayForward: mayForward, networks: networks), in: container.namespace)
    }

    func sandbox(servers: [String] = [], mayForward: Bool = true, networks: [String] = ["n1"]) -> SandboxNames {
        SandboxNames(
            key: "/run/sandbox", containerID: "c0", networkIDs: networks,
            servers: servers.compactMap { IPAddress($0) }, mayForward: mayForward)
    }

    func publish(_ id: String, _ names: [String], _ addresses: [String], network: String = "n1") {
        service.publish(
            EndpointNames(
                endpointID: id, containerID: id, networkID: network, networkName: "front", names: names,
                addresses: addresses.compactMap { IPAddress($0) }))
    }
}

/// The answer with one A record to a question.
@Sendable func answerA(_ question: [UInt8], _ last: UInt8) -> [UInt8] {
    var answer = question
    answer[2] |= 0x80
    answer[3] |= 0x80
    answer[7] = 1
    answer[11] = 0
    // What follows the question, OPT, is dropped.
    let end = question.span.endOfName(at: 12, count: question.count).map { $0 + 4 } ?? question.count
    answer.removeSubrange(end...)
    return answer + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, last]
}

/// An answer without records.
@Sendable func answerCode(_ question: [UInt8], _ code: UInt8, isTruncated: Bool = false) -> [UInt8] {
    var answer = question
    answer[2] |= isTruncated ? 0x82 : 0x80
    answer[3] = 0x80 | code
    return answer
}
