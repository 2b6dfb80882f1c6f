import Firewall
import Glibc
import IPAddressing
import NFTables
import SystemCalls
import Testing

private let canMakeNamespaces = getuid() == 0 && (try? IPTablesPrograms.discover()) != nil

/// Whether the kernel and the machine have the older iptables.
private let hasLegacy: Bool = {
    guard canMakeNamespaces, let host = try? Host() else { return false }
    let request = ChildRequest("/usr/sbin/iptables-legacy", ["-t", "nat", "-S"], networkNamespace: host.namespace)
    return (try? ChildProcess.run(request).status.isSuccess) ?? false
}()

/// A network namespace of its own for one test.
private final class Host {
    let path: String
    let namespace: NetworkNamespace
    let folder: String

    init() throws {
        folder = "/tmp/causeway-firewall-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileSystem.makeDirectory(folder)
        path = folder + "/netns"
        _ = try NetworkNamespace.make(at: path)
        namespace = try NetworkNamespace(path: path)
    }

    deinit {
        try? NetworkNamespace.remove(at: path)
        try? FileSystem.removeTree(folder)
    }

    var record: String { folder + "/firewall.rules" }

    var program = "/usr/sbin/iptables"

    @discardableResult
    func iptables(_ arguments: String...) throws -> String {
        let output = try ChildProcess.run(ChildRequest(program, arguments, networkNamespace: namespace))
        #expect(output.status.isSuccess, "\(arguments): \(output.errorText)")
        return output.text
    }

    @discardableResult
    func ip6tables(_ arguments: String...) throws -> String {
        let output = try ChildProcess.run(
            ChildRequest("/usr/sbin/ip6tables", arguments, networkNamespace: namespace))
        #expect(output.status.isSuccess, "\(arguments): \(output.errorText)")
        return output.text
    }

    func expect(_ scenario: Scenario) throws {
        for table in FirewallTableName.allCases {
            #expect(try iptables("-t", table.rawValue, "-S") == scenario.golden(table))
            guard scenario.families.contains(.v6) else { continue }
            #expect(try ip6tables("-t", table.rawValue, "-S") == scenario.golden(table, .v6))
        }
    }
}

@Suite("The kernel's rules, seen with iptables", .enabled(if: canMakeNamespaces, "needs root and iptables"))
struct KernelTests {
    @Test("iptables -S prints the golden listing, and a second apply does nothing", arguments: Scenario.allCases)
    func golden(_ scenario: Scenario) async throws {
        let host = try Host()
        let backend = try IPTablesBackend(networkNamespace: host.namespace)
        #expect(try await !backend.plan(scenario.intent).isEmpty)
        #expect(try await !backend.apply(scenario.intent).isEmpty)
        try host.expect(scenario)
        #expect(try await backend.apply(scenario.intent).isEmpty)
        #expect(try await backend.plan(scenario.intent).isEmpty)
    }

    @Test("The older iptables prints the same", .enabled(if: hasLegacy), arguments: Scenario.allCases)
    func legacy(_ scenario: Scenario) async throws {
        let host = try Host()
        host.program = "/usr/sbin/iptables-legacy"
        let programs = IPTablesPrograms(
            save: "/usr/sbin/iptables-legacy-save", restore: "/usr/sbin/iptables-legacy-restore")
        let backend = IPTablesBackend(namespace: host.namespace, programs: programs)
        try await backend.apply(scenario.intent)
        try host.expect(scenario)
        #expect(try await backend.apply(scenario.intent).isEmpty)
        try await backend.removeEverything()
        #expect(try !host.iptables("-S").contains("DOCKER"))
    }

    @Test("What was written is remembered, until somebody else changes a rule")
    func memory() async throws {
        let host = try Host()
        // The programs that look, and a line in a file each time.
        var programs = try IPTablesPrograms.discover()
        let looks = host.folder + "/looks"
        for program in [\IPTablesPrograms.save, \.saveIPv6] {
            let script = host.folder + "/save-\(program == \.save ? 4 : 6)"
            let text = "#!/bin/sh\necho look >>\(looks)\nexec \(programs[keyPath: program]) \"$@\"\n"
            try FileSystem.replace(script, Array(text.utf8), mode: 0o755)
            programs[keyPath: program] = script
        }
        func looked() throws -> Int {
            defer { try? FileSystem.removeFile(looks) }
            return (try? FileSystem.readText(looks))?.split(separator: "\n").count ?? 0
        }
        let keeper = try NFTablesKeeper(in: host.namespace)
        let guardian = SpoofingGuard(keeper: keeper)
        let backend = IPTablesBackend(namespace: host.namespace, programs: programs, keeper: keeper)
        try await backend.apply(Scenario.seed.intent)
        #expect(try looked() == 1)
        try await backend.apply(Scenario.ipv6Internal.intent)
        #expect(try looked() == 1)

        for scenario in Scenario.allCases where scenario != .noDrop {
            try await guardian.apply(scenario.intent)
            try await backend.apply(scenario.intent)
            try host.expect(scenario)
            #expect(try await backend.apply(scenario.intent).isEmpty)
        }
        #expect(try looked() == 0)

        try host.iptables("-I", "FORWARD", "-j", "ACCEPT")
        try host.iptables("-t", "nat", "-F", "DOCKER")
        #expect(try await !backend.apply(Scenario.ports.intent).isEmpty)
        #expect(try looked() == 2)
        try host.iptables("-D", "FORWARD", "-j", "ACCEPT")
        try host.expect(.ports)
    }

    @Test("From every scenario to the next and back to the seed")
    func changes() async throws {
        let host = try Host()
        let backend = try IPTablesBackend(networkNamespace: host.namespace)
        for scenario in Scenario.allCases where scenario != .noDrop {
            try await backend.apply(scenario.intent)
            try host.expect(scenario)
        }
        try await backend.apply(Scenario.seed.intent)
        try host.expect(.seed)
    }

    @Test("An engine without IPv6 networks leaves ip6tables alone; the last such network takes its chains along")
    func ipv6() async throws {
        let untouched = "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n"
        var programs = try IPTablesPrograms.discover()
        programs.saveIPv6 = "/nowhere/ip6tables-save"
        let idle = try Host()
        try await IPTablesBackend(namespace: idle.namespace, programs: programs).apply(Scenario.ports.intent)
        #expect(try idle.ip6tables("-S") == untouched)

        let host = try Host()
        let backend = try IPTablesBackend(networkNamespace: host.namespace, recordPath: host.record)
        #expect(try await !backend.apply(Scenario.ipv6Internal.intent).linesIPv6.isEmpty)
        try host.expect(.ipv6Internal)
        let next = try IPTablesBackend(networkNamespace: host.namespace, recordPath: host.record)
        try await next.apply(Scenario.ports.intent)
        #expect(try host.ip6tables("-S") == untouched)
        #expect(try !host.ip6tables("-t", "raw", "-S").contains("br-d"))
        try host.expect(.ports)
    }

    @Test("Everything can be taken away again", arguments: Scenario.allCases)
    func removal(_ scenario: Scenario) async throws {
        let host = try Host()
        let backend = try IPTablesBackend(networkNamespace: host.namespace)
        try await backend.apply(scenario.intent)
        try await backend.removeEverything()
        for table in FirewallTableName.allCases {
            for text in [
                try host.iptables("-t", table.rawValue, "-S"), try host.ip6tables("-t", table.rawValue, "-S"),
            ] {
                #expect(text.split(separator: "\n").allSatisfy { $0.hasPrefix("-P ") }, "\(table): \(text)")
            }
        }
    }

    @Test("A daemon that was killed leaves a record; the next one takes away a network that is gone meanwhile")
    func recordOutlivesDaemon() async throws {
        let host = try Host()
        try await IPTablesBackend(networkNamespace: host.namespace, recordPath: host.record).apply(
            Scenario.twoNetworks.intent)
        let next = try IPTablesBackend(networkNamespace: host.namespace, recordPath: host.record)
        try await next.apply(Scenario.seed.intent)
        try host.expect(.seed)
        try await IPTablesBackend(networkNamespace: host.namespace, recordPath: host.record).removeEverything()
        #expect(try host.iptables("-S") == "-P INPUT ACCEPT\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n")
    }

    @Test("Flushed by hand, with rules of others about: repaired, theirs kept")
    func repair() async throws {
        let host = try Host()
        let backend = try IPTablesBackend(networkNamespace: host.namespace)
        try await backend.apply(Scenario.seed.intent)
        try host.iptables("-I", "DOCKER-USER", "-s", "198.51.100.7", "-j", "DROP")
        try host.iptables("-F", "FORWARD")
        try host.iptables("-t", "nat", "-F")
        try host.iptables("-A", "FORWARD", "-i", "lo", "-m", "comment", "--comment", "of another", "-j", "ACCEPT")
        try host.iptables("-P", "FORWARD", "ACCEPT")
        try await backend.apply(Scenario.seed.intent)
        let text = try host.iptables("-S")
        #expect(text.contains("-P FORWARD DROP\n"))
        #expect(text.contains("-A DOCKER-USER -s 198.51.100.7/32 -j DROP\n-A DOCKER-USER -j RETURN\n"))
        #expect(
            text.contains(
                "-A FORWARD -i docker0 -o docker0 -j ACCEPT\n-A FORWARD -i lo -m comment --comment \"of another\""))
        #expect(try host.iptables("-t", "nat", "-S") == Scenario.seed.golden(.nat))
        #expect(try await backend.apply(Scenario.seed.intent).isEmpty)
    }

    @Test("Calls made at once are worked off in their order")
    func order() async throws {
        let host = try Host()
        let backend = try IPTablesBackend(networkNamespace: host.namespace)
        async let first = backend.apply(Scenario.twoNetworks.intent)
        async let second = backend.apply(Scenario.twoNetworks.intent)
        let changes = try await [first, second]
        #expect(changes.filter(\.isEmpty).count == 1)
        try host.expect(.twoNetworks)
    }

    @Test("A refused change carries iptables' own words and the line, and changes nothing")
    func refusal() async throws {
        let host = try Host()
        let backend = try IPTablesBackend(networkNamespace: host.namespace)
        var network = Scenario.docker0()
        network.bridge = "a-name-of-sixteen"
        let error = await #expect(throws: FirewallError.self) {
            try await backend.apply(FirewallIntent(networks: [network]))
        }
        #expect(error?.description.contains("a-name-of-sixteen") == true, "\(String(describing: error))")
        #expect(error?.reason.contains("iptables-restore") == true)
        #expect(try host.iptables("-S") == "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n")
    }

    @Test("A missing program names the package")
    func missingProgram() async throws {
        #expect { try IPTablesPrograms.discover(in: ["/nowhere"]) } throws: {
            "\($0)".contains("Debian package iptables")
        }
        let programs = IPTablesPrograms(save: "/nowhere/iptables-save", restore: "/nowhere/iptables-restore")
        await #expect { try await IPTablesBackend(programs: programs).observe() } throws: {
            "\($0)".contains("Debian package iptables")
        }
    }
}

@Suite("A thousand published ports", .enabled(if: canMakeNamespaces, "needs root and iptables"))
struct ManyPortsTests {
    @Test func `one more costs two lines, and taking all away none for each`() async throws {
        let host = try Host()
        let backend = try IPTablesBackend(networkNamespace: host.namespace)
        let ports = (1...1001).map { Scenario.port(.tcp, "0.0.0.0", UInt16(10_000 + $0), "172.17.0.2", UInt16($0)) }
        func apply(_ count: Int) async throws -> [String] {
            try await backend.apply(
                FirewallIntent(networks: [Scenario.docker0(ports: Array(ports.prefix(count)))])
            ).lines
        }
        #expect(try await apply(1000).count > 2000)
        #expect(try await apply(1001).filter { $0.hasPrefix("-") }.count == 2)
        #expect(try await apply(1001).isEmpty)
        #expect(try await apply(0).count < 20)
        #expect(try host.iptables("-t", "nat", "-S") == Scenario.seed.golden(.nat))
    }
}
