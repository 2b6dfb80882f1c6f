import Glibc
import SystemCalls
import Testing

@Suite("Socket activation and readiness")
struct ServiceManagerTests {
    @Test("LISTEN_FDS is read only where it is meant for this process")
    func listenDescriptors() {
        func parse(_ processID: String?, _ count: String?, _ names: String? = nil) -> [String] {
            ListenDescriptors.parse(processID: processID, count: count, names: names, ownProcessID: 42)
                .map { "\($0.number) \($0.name)" }
        }
        #expect(parse("42", "2", "causeway.socket:other") == ["3 causeway.socket", "4 other"])
        #expect(parse("42", "2", ":") == ["3 unknown", "4 unknown"])
        #expect(parse("42", "1") == ["3 unknown"])
        #expect(parse("43", "1").isEmpty && parse(nil, "1").isEmpty && parse("42", nil).isEmpty)
        #expect(
            parse("42", "0").isEmpty && parse("42", "-1").isEmpty && parse("42", "x").isEmpty
                && parse("42", "9999").isEmpty)
    }

    @Test("Readiness is sent only to an address that can be one")
    func notify() {
        #expect(!SystemdNotify.send("READY=1", to: nil))
        #expect(!SystemdNotify.send("READY=1", to: ""))
        #expect(!SystemdNotify.send("READY=1", to: "relative"))
        #expect(!SystemdNotify.send("READY=1", to: "/nowhere/\(String(repeating: "x", count: 200))"))
        #expect(!SystemdNotify.send("READY=1", to: "@causeway-nobody-listens"))
    }

    @Test("The manager gets what is sent, by path and in the abstract name space", arguments: [true, false])
    func delivery(_ abstract: Bool) throws {
        let name = "/tmp/causeway-notify-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { if !abstract { _ = unsafe unlink(name) } }
        let manager = FileDescriptor(owning: socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = abstract ? [0] + Array(name.utf8) : Array(name.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let bound = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(manager.rawValue, $0, length)
            }
        }
        #expect(bound == 0)
        #expect(SystemdNotify.send("READY=1", to: abstract ? "@" + name : name))
        #expect(try String(decoding: manager.read(), as: UTF8.self) == "READY=1")
    }
}
