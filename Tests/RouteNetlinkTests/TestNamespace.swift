import Glibc
import RouteNetlink
import SystemCalls
import Testing

/// Whether namespaces can be made here.
let canMakeNamespaces = getuid() == 0 && FileSystem.findProgram("ip") != nil

/// A network namespace of its own for one test, and rtnetlink inside it. The machine's own is never touched.
final class TestNamespace {
    let path: String
    let namespace: NetworkNamespace
    let socket: RouteSocket

    init() throws {
        path = "/tmp/causeway-routes-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        socket = try RouteSocket(try NetworkNamespace.make(at: path))
        namespace = try NetworkNamespace(path: path)
    }

    deinit { try? NetworkNamespace.remove(at: path) }

    /// Runs a program in it and returns what it prints.
    @discardableResult
    func run(_ program: String, _ arguments: String...) throws -> String {
        let path = try #require(FileSystem.findProgram(program))
        let output = try ChildProcess.run(ChildRequest(path, arguments, networkNamespace: namespace))
        #expect(output.status.isSuccess, "\(program) \(arguments): \(output.errorText)")
        return output.text
    }

    /// The device of that name, which must be there.
    func link(_ name: String) throws -> Link { try #require(try socket.link(named: name), "no device \(name)") }
}
