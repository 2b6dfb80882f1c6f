import ContainerNetworking
import Glibc
import IPAddressing
import Logging
import RouteNetlink
import SystemCalls
import Testing

/// Whether namespaces can be made here.
let canMakeNamespaces =
    getuid() == 0
    && ["ip", "brctl", "busybox", "curl", "iptables", "ping"].allSatisfy { FileSystem.findProgram($0) != nil }

/// A host in a network namespace of its own, with an engine's networks in it. The machine's own is never touched.
final class Host {
    let execRoot: String
    let namespace: NetworkNamespace
    private let path: String

    init() throws {
        execRoot = "/tmp/causeway-networks-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        path = execRoot + "/host"
        try FileSystem.makeDirectory(execRoot)
        _ = try NetworkNamespace.make(at: path)
        namespace = try NetworkNamespace(path: path)
        // A new namespace takes it over from the machine.
        try setForwarding(false)
    }

    deinit {
        for name in (try? FileSystem.list(execRoot + "/netns")) ?? [] {
            try? NetworkNamespace.remove(at: execRoot + "/netns/" + name)
        }
        try? NetworkNamespace.remove(at: path)
        try? FileSystem.removeTree(execRoot)
    }

    func setForwarding(_ on: Bool) throws {
        try namespace.run { () throws(SystemCallError) in try Sysctl.write("net.ipv4.ip_forward", on ? "1" : "0") }
    }

    func sysctl(_ name: String) throws -> String {
        try namespace.run { () throws(SystemCallError) in try Sysctl.read(name) }
    }

    /// The networks' options; each test changes what it is about.
    func configuration(_ change: (inout NetworkConfiguration) -> Void = { _ in }) -> NetworkConfiguration {
        var configuration = NetworkConfiguration(execRoot: execRoot)
        change(&configuration)
        return configuration
    }

    /// An engine's networks before their start.
    func controller(_ configuration: NetworkConfiguration? = nil) -> NetworkController {
        NetworkController(configuration ?? self.configuration(), logger: .quiet, namespace: namespace)
    }

    /// Runs a program on the host, and returns what it prints.
    @discardableResult
    func run(_ program: String, _ arguments: String...) throws -> String {
        try execute(program, arguments, namespace)
    }

    /// Runs a program in a sandbox.
    @discardableResult
    func run(in sandbox: Sandbox, _ program: String, _ arguments: String...) throws -> String {
        try execute(program, arguments, try NetworkNamespace(path: sandbox.path))
    }

    /// Sees an answer to a ping from a sandbox. On a busy machine the kernel takes its time to open a new bridge port.
    func ping(from sandbox: Sandbox, _ address: String) throws {
        let namespace = try NetworkNamespace(path: sandbox.path)
        let program = try #require(FileSystem.findProgram("ping"))
        for _ in 0..<10 {
            let request = ChildRequest(program, ["-c1", "-W1", address], networkNamespace: namespace)
            if try ChildProcess.run(request).status.isSuccess { return }
        }
        Issue.record("no answer from \(address)")
    }

    /// The devices and addresses, without what settles by itself (carrier, operational state).
    func inventory() throws -> [String] {
        let socket = try RouteSocket(in: namespace)
        return try socket.links().map {
            "\($0.index) \($0.name) \($0.mac?.description ?? "") \($0.mtu) \($0.isUp) \($0.master ?? 0) \($0.group)"
        }
            + socket.addresses().filter { $0.prefix.family == .v4 }.map { "\($0.index) \($0.prefix)" }
    }

    /// Gives the host an uplink up0 with 198.51.100.2 to a neighbour of its own, 198.51.100.1.
    func uplink() throws -> NetworkNamespace {
        let path = execRoot + "/outside"
        _ = try NetworkNamespace.make(at: path)
        let outside = try NetworkNamespace(path: path)
        defer { try? NetworkNamespace.remove(at: path) }
        try run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "isp0")
        let holder = try ChildProcess.spawn(
            ChildRequest(try #require(FileSystem.findProgram("sleep")), ["60"], networkNamespace: outside))
        defer {
            kill(holder.pid, SIGKILL)
            _ = try? holder.wait()
        }
        try run("ip", "link", "set", "isp0", "netns", "\(holder.pid)")
        try run("ip", "link", "set", "lo", "up")
        try run("ip", "addr", "add", "198.51.100.2/24", "dev", "up0")
        try run("ip", "link", "set", "up0", "up")
        _ = try execute("ip", ["addr", "add", "198.51.100.1/24", "dev", "isp0"], outside)
        _ = try execute("ip", ["link", "set", "isp0", "up"], outside)
        return outside
    }

    /// A web server, in the foreground of a process of its own.
    struct Server {
        let child: ChildProcess
        var pid: Int32 { child.pid }
        func stop() {
            kill(child.pid, SIGKILL)
            _ = try? child.wait()
        }
    }

    /// Starts a web server whose page is one word.
    func serve(in namespace: NetworkNamespace, _ port: String, says word: String) throws -> Server {
        let folder = execRoot + "/www-" + word
        try FileSystem.makeDirectory(folder)
        try FileSystem.writeInPlace(folder + "/index.html", word)
        let busybox = try #require(FileSystem.findProgram("busybox"))
        let child = try ChildProcess.spawn(
            ChildRequest(busybox, ["httpd", "-f", "-p", port, "-h", folder], networkNamespace: namespace))
        // It listens when the kernel's table says so.
        let number = String(UInt16(port.split(separator: ":").last ?? "") ?? 0, radix: 16, uppercase: true)
        let mark = ":" + String(repeating: "0", count: 4 - number.count) + number + " "
        for _ in 0..<500 {
            let tables = try namespace.run { () throws(SystemCallError) in
                try FileSystem.readText("/proc/thread-self/net/tcp") + FileSystem.readText("/proc/thread-self/net/tcp6")
            }
            if tables.contains(mark) { break }
            usleep(10_000)
        }
        return Server(child: child)
    }

    func serve(in sandbox: Sandbox, _ port: String, says word: String) throws -> Server {
        try serve(in: NetworkNamespace(path: sandbox.path), port, says: word)
    }

    /// What a web server says; nil where none answers.
    func fetch(in namespace: NetworkNamespace, _ address: String) throws -> String? {
        let curl = try #require(FileSystem.findProgram("curl"))
        let request = ChildRequest(curl, ["-sf", "-m", "5", "http://\(address)/"], networkNamespace: namespace)
        let output = try ChildProcess.run(request)
        return output.status.isSuccess ? output.text : nil
    }

    private func execute(_ program: String, _ arguments: [String], _ namespace: NetworkNamespace) throws -> String {
        let path = try #require(FileSystem.findProgram(program))
        let output = try ChildProcess.run(ChildRequest(path, arguments, networkNamespace: namespace))
        #expect(output.status.isSuccess, "\(program) \(arguments): \(output.text)\(output.errorText)")
        return output.text
    }

    /// The names of the host's devices.
    func devices() throws -> [String] { try RouteSocket(in: namespace).links().map(\.name) }

    /// The names of the cables' host ends.
    func cables() throws -> [String] { try devices().filter { $0.hasPrefix("veth") } }

    /// The namespaces that have a name.
    func sandboxes() throws -> [String] { try FileSystem.list(execRoot + "/netns") }
}

extension Logger {
    /// Says nothing.
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

extension NetworkController {
    /// Starts as the engine does.
    func startUp(
        _ networks: [NetworkRecord] = [], endpoints: [EndpointRecord] = [], sandboxes: [String] = []
    ) async throws -> [NetworkRecord] {
        try await startUp(
            networks: networks, endpoints: endpoints, sandboxes: sandboxes, now: "2023-09-22T23:54:48.214177336Z")
    }

    /// A container's id from a name, and its endpoint on the default network.
    func plugIn(_ name: String, address: String? = nil) async throws -> (Sandbox, EndpointRecord) {
        let id = containerID(name)
        let sandbox = try await makeSandbox(container: id)
        let endpoint = try await attach(
            EndpointRequest(
                containerID: id, sandboxPath: sandbox.path, network: "bridge",
                address: address.flatMap { IPv4Address($0) }))
        return (sandbox, endpoint)
    }
}

/// 64 hex digits that begin with the name's bytes.
func containerID(_ name: String) -> String {
    let digits = name.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return String((digits + String(repeating: "0", count: 64)).prefix(64))
}
