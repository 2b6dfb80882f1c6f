import Glibc
import SystemCalls
import Testing

@testable import Firewall

@Suite("firewalld is told of the bridges")
struct FirewalldTests {
    @Test func `a zone and a policy are made once, and loaded`() {
        let all = FirewalldPlan.preparation(zones: ["public"], policies: ["allow-host-ipv6"])
        #expect(all.contains(["--permanent", "--zone=docker", "--set-target=ACCEPT"]))
        #expect(all.contains(["--permanent", "--policy=docker-forwarding", "--add-egress-zone=docker"]))
        #expect(all.last == ["--reload"])
        #expect(FirewalldPlan.preparation(zones: ["docker"], policies: ["docker-forwarding"]).isEmpty)
        #expect(FirewalldPlan.preparation(zones: ["docker"], policies: nil).isEmpty, "older than 0.9: no policies")
    }

    @Test func `bridges come and go, those of others stay`() {
        #expect(
            FirewalldPlan.membership(
                present: ["docker0", "br-old", "of-another"], former: ["docker0", "br-old", "br-lost"],
                wanted: ["docker0", "br-new"])
                == [["--zone=docker", "--remove-interface=br-old"], ["--zone=docker", "--change-interface=br-new"]])
    }

    /// A `firewall-cmd` that writes down what it is told, and a pid file that names this process.
    @Test func `it is asked only when the bridges change, and never for another network namespace`() throws {
        let folder = "/tmp/causeway-firewalld-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileSystem.makeDirectory(folder)
        defer { try? FileSystem.removeTree(folder) }
        let log = folder + "/log"
        try FileSystem.writeInPlace(log, "")
        try FileSystem.writeInPlace(
            folder + "/firewall-cmd",
            "#!/bin/sh\necho \"$@\" >> \(log)\ncase \"$1\" in --get-zones) echo public docker;; "
                + "--get-policies) echo docker-forwarding;; esac\n")
        #expect(unsafe chmod(folder + "/firewall-cmd", 0o755) == 0)
        try FileSystem.writeInPlace(folder + "/pid", "\(getpid())\n")

        let own = FirewalldIntegration(namespace: nil, pidFile: folder + "/pid", directories: [folder])
        try own.bring(to: ["docker0"])
        let first = try FileSystem.readText(log)
        #expect(first.hasSuffix("--zone=docker --change-interface=docker0\n"), "\(first)")
        try own.bring(to: ["docker0"])
        #expect(try FileSystem.readText(log) == first)
        try own.bring(to: ["docker0", "br-1"])
        #expect(try FileSystem.readText(log).contains("--zone=docker --change-interface=br-1\n"))

        let absent = FirewalldIntegration(namespace: nil, pidFile: folder + "/none", directories: [folder])
        let before = try FileSystem.readText(log)
        try absent.bring(to: ["docker0"])
        if getuid() == 0 {
            _ = try NetworkNamespace.make(at: folder + "/netns")
            defer { try? NetworkNamespace.remove(at: folder + "/netns") }
            let other = FirewalldIntegration(
                namespace: try NetworkNamespace(path: folder + "/netns"), pidFile: folder + "/pid",
                directories: [folder])
            try other.bring(to: ["docker0"])
        }
        #expect(try FileSystem.readText(log) == before)
    }
}
