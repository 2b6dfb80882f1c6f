import Glibc
import SystemCalls
import Testing

@testable import ContainerRuntime

struct UserAndCapabilityTests {
    let passwd = "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1001::/:/bin/sh\n1234:x:7:8::/:\nbroken\n"
    let group = "root:x:0:\nusers:x:1001:\nwheel:x:10:root,user\naudio:x:63:user\n"

    private func resolve(_ text: String, _ added: [String] = []) throws(RuntimeError) -> ContainerUser {
        try ContainerUser.resolve(text, addedGroups: added, passwd: passwd, group: group)
    }

    @Test func namesAndNumbersAreFound() throws {
        #expect(try resolve("") == ContainerUser(uid: 0, gid: 0, additionalGids: [0, 10]))
        #expect(try resolve("user") == ContainerUser(uid: 1000, gid: 1001, additionalGids: [1001, 10, 63]))
        #expect(try resolve("1000") == ContainerUser(uid: 1000, gid: 1001, additionalGids: [1001, 10, 63]))
        #expect(try resolve("user:wheel") == ContainerUser(uid: 1000, gid: 10, additionalGids: [10]))
        #expect(try resolve("user:77") == ContainerUser(uid: 1000, gid: 77, additionalGids: [77]))
        #expect(try resolve("4321") == ContainerUser(uid: 4321, gid: 0, additionalGids: [0]))
        #expect(try resolve("4321:5") == ContainerUser(uid: 4321, gid: 5, additionalGids: [5]))
        // A name made of digits is a name first.
        #expect(try resolve("1234") == ContainerUser(uid: 7, gid: 8, additionalGids: [8]))
        #expect(try resolve("4321", ["audio", "99"]).additionalGids == [0, 63, 99])
    }

    @Test(arguments: [
        ("nosuch", "unable to find user nosuch: no matching entries in passwd file"),
        ("user:nosuch", "unable to find group nosuch: no matching entries in group file"),
        ("-1", "uids and gids must be in range 0-2147483647"),
        ("4294967296", "uids and gids must be in range 0-2147483647"),
    ])
    func othersAreRefusedInDockersWords(_ text: String, _ words: String) {
        let error = #expect(throws: RuntimeError.self) { try resolve(text) }
        #expect(error?.message == words)
        #expect(error?.kind == .invalid)
    }

    @Test func linksNeverLeadOutOfTheRoot() throws {
        let root = "/tmp/causeway-user-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileSystem.makeDirectory(root + "/etc")
        defer { try? FileSystem.removeTree(root) }
        // An absolute link to the machine's own file, and one by way of the parent folders.
        for target in ["/etc/passwd", "../../../../../../etc/passwd"] {
            try FileSystem.removeFile(root + "/etc/passwd")
            let linked = unsafe symlink(target, root + "/etc/passwd")
            #expect(linked == 0)
            #expect(throws: RuntimeError.self) { try ContainerUser.resolve("daemon", root: root) }
        }
        try FileSystem.removeFile(root + "/etc/passwd")
        let linked = unsafe symlink("/etc/real", root + "/etc/passwd")
        #expect(linked == 0)
        try FileSystem.writeInPlace(root + "/etc/real", "inside:x:5:6::/:\n")
        #expect(try ContainerUser.resolve("inside", root: root).uid == 5)
        // A pipe would hold us up for ever.
        try FileSystem.removeFile(root + "/etc/passwd")
        let made = unsafe mkfifo(root + "/etc/passwd", 0o600)
        #expect(made == 0)
        #expect(throws: RuntimeError.self) { try ContainerUser.resolve("inside", root: root) }
    }

    @Test func capabilitiesAreAddedAndDropped() throws {
        let all = Capabilities.all
        func resolve(_ add: [String], _ drop: [String], privileged: Bool = false) throws(RuntimeError) -> [String] {
            try Capabilities.resolve(add: add, drop: drop, privileged: privileged, available: all)
        }
        #expect(try resolve([], []) == Capabilities.standard)
        #expect(try resolve(["net_admin"], []) == Capabilities.standard + ["CAP_NET_ADMIN"])
        #expect(try resolve(["CAP_CHOWN"], []) == Capabilities.standard)
        #expect(try !resolve([], ["MKNOD"]).contains("CAP_MKNOD"))
        #expect(try resolve(["CAP_NET_RAW"], ["all"]) == ["CAP_NET_RAW"])
        #expect(try resolve([], ["ALL"]) == [])
        #expect(try resolve(["ALL"], ["SYS_ADMIN"]) == all.filter { $0 != "CAP_SYS_ADMIN" })
        #expect(try resolve([], ["ALL"], privileged: true) == all)
        #expect(all.count == 41)
        let error = #expect(throws: RuntimeError.self) { try resolve(["NOSUCH"], []) }
        #expect(error?.message == "invalid CapAdd: unknown capability: \"CAP_NOSUCH\"")
    }
}
