import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// A firewalld on a lab's host, with a system bus of its own: both see the machine's files with theirs laid over, and the
/// lab's network alone.
private final class PrivateFirewalld {
    private let lab: EngineLab
    private let folder: String
    private let bus: ChildProcess
    private var daemon: ChildProcess?
    /// What has to be there to be covered, and goes again.
    private let made = [PrivateFirewalld.pidFile, "/run/firewalld", "/run/dbus"].filter { !FileSystem.exists($0) }

    private static let pidFile = "/run/firewalld.pid"

    init(_ lab: EngineLab, tree: String) throws {
        self.lab = lab
        folder = lab.shell.lab.stateDirectory + "/firewalld"
        try FileSystem.makeDirectory(folder + "/bus")
        try FileSystem.writeInPlace(folder + "/pid", "")
        try FileSystem.writeInPlace(
            folder + "/bus.conf",
            """
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen>
            <policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/>
            <allow receive_type="*"/></policy></busconfig>
            """)
        let script = """
            set -e
            mkdir -p /run/dbus /run/firewalld '\(folder)/upper' '\(folder)/work'
            [ -e \(Self.pidFile) ] || : > \(Self.pidFile)
            mount -t overlay overlay -o 'lowerdir=\(tree)/usr:/usr' /usr
            mount -t overlay overlay -o 'lowerdir=\(tree)/etc:/etc,upperdir=\(folder)/upper,workdir=\(folder)/work' /etc
            mount --bind '\(folder)/bus' /run/dbus
            mount --bind '\(folder)/pid' \(Self.pidFile)
            exec dbus-daemon --nofork --nopidfile --config-file='\(folder)/bus.conf'
            """
        var request = try lab.shell.request("")
        request.path = "/usr/bin/unshare"
        request.arguments = ["-m", "/bin/sh", "-c", script]
        bus = try ChildProcess.spawn(request)
    }

    /// What a command line is to begin with to see what firewalld sees.
    private var inside: String { "nsenter --mount=/proc/\(bus.pid)/ns/mnt" }

    /// Starts firewalld and waits until it answers.
    func start() async throws {
        let socket = folder + "/bus/system_bus_socket"
        try await lab.succeed("for i in $(seq 100); do [ -S '\(socket)' ] && exit; sleep 0.05; done; exit 1")
        let request = try lab.shell.request("exec \(inside) firewalld --nofork --log-target=console")
        daemon = try ChildProcess.spawn(request)
        try await lab.succeed("for i in $(seq 60); do \(inside) firewall-cmd --state && exit; sleep 0.1; done; exit 1")
    }

    /// Ends it as systemd does.
    func stop() throws {
        guard let daemon else { return }
        kill(daemon.pid, SIGTERM)
        _ = try daemon.wait()
        self.daemon = nil
        try FileSystem.writeInPlace(folder + "/pid", "")
    }

    /// `firewall-cmd`.
    func ask(_ words: String) async throws -> String { try await lab.succeed("\(inside) firewall-cmd \(words)") }

    /// Starts the lab's daemon anew, where it finds this firewalld.
    func restartEngine(_ backend: Backend) async throws {
        let program = folder + "/causewayd"
        let own = String(TestLab.causeway.dropLast("causeway".count)) + "causewayd"
        try FileSystem.replace(program, Array("#!/bin/sh\nexec \(inside) \(own) \"$@\"\n".utf8), mode: 0o755)
        try await lab.converse { shell in
            try shell.lab.stopDaemon()
            try shell.lab.restartDaemon(program, options: ["--firewall-backend=\(backend.rawValue)"])
        }
    }

    /// Waits until the zone has these interfaces.
    func waitForZone(_ interfaces: [String]) async throws {
        let all = interfaces.sorted().joined(separator: " ")
        try await lab.wait(
            for: all, from: "\(inside) firewall-cmd --zone=docker --list-interfaces | xargs -n1 | sort | xargs")
    }

    /// Ends all of it.
    func end() throws {
        try stop()
        kill(bus.pid, SIGTERM)
        _ = try bus.wait()
        for path in made { try FileSystem.removeTree(path) }
    }
}

@Suite(
    "firewalld", .needsLab, .enabled(if: TestLab.firewalld != nil, "scripts/firewalld.sh fetches one"), .serialized,
    .engineLab("fwd"))
struct FirewalldTests {
    @Test func `containers reach out and are reached while firewalld runs, is reloaded, and is started anew`()
        async throws
    {
        let lab = try EngineLab.current
        let site = NetworkLab(lab: lab)
        let firewalld = try PrivateFirewalld(lab, tree: try #require(TestLab.firewalld))
        do {
            try await firewalld.start()
            for backend in Backend.allCases {
                try await firewalld.restartEngine(backend)
                try await site.docker("network create fenced")
                let bridge = "br-" + (try await site.docker("network inspect -f '{{slice .Id 0 12}}' fenced"))
                try await site.serve("web", "--network fenced -p 8080:80")
                func check(_ when: String) async throws {
                    try await firewalld.waitForZone(["docker0", bridge])
                    try await site.reaches(.internet, "198.51.100.2", 8080, "web")
                    #expect(try await site.pings(.container("web"), "203.0.113.8"), "\(backend), \(when)")
                }
                try await check("at the start")
                #expect(try await firewalld.ask("--zone=docker --list-all").contains("target: ACCEPT"))
                #expect(try await firewalld.ask("--info-policy=docker-forwarding").contains("egress-zones: docker"))
                _ = try await firewalld.ask("--reload")
                try await check("after a reload")
                if backend == .nftables {
                    try firewalld.stop()
                    try await firewalld.start()
                    try await check("after a restart")
                }
                try await site.docker("rm -f web")
                try await site.docker("network rm fenced")
            }
        } catch {
            try await end(firewalld, lab)
            throw error
        }
        try await end(firewalld, lab)
    }

    private func end(_ firewalld: PrivateFirewalld, _ lab: EngineLab) async throws {
        try await lab.run("docker rm -f web")
        try await lab.converse { shell in try shell.lab.stopDaemon() }
        try firewalld.end()
    }
}
