import KernelTestSupport
import Lab
import SystemCalls
import Testing
import Walkthrough

/// Which back end makes the firewall's rules: every behaviour is to be the same with both.
enum Backend: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case iptables, nftables

    var testDescription: String { rawValue }
}

/// What a network is to do, seen from outside: through the real docker command line, in a lab for each back end, with
/// the packets as witnesses. The names in the comments are those of moby's own tests of the same behaviour.
@Suite("networks", .needsLab, .networkLabs, .serialized)
struct NetworkBehaviour {}

/// Two labs, one a back end, for a whole suite.
struct NetworkLabsTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard TestLab.isPossible, let docker = TestLab.docker else { return try await function() }
        var labs: [Backend: EngineLab] = [:]
        func down() async throws {
            for lab in labs.values { try await BlockingWork.run { try lab.shell.lab.down() } }
        }
        do {
            for backend in Backend.allCases {
                labs[backend] = EngineLab(
                    shell: try await BlockingWork.run {
                        try LabShell(
                            lab: try TestLab.up(
                                "nb-\(backend.rawValue.prefix(3))",
                                options: ["--ipv6", "--firewall-backend=\(backend.rawValue)"]),
                            client: docker)
                    })
            }
            try await NetworkLab.$running.withValue(labs) { try await function() }
        } catch {
            try await down()
            throw error
        }
        try await down()
    }
}

extension Trait where Self == NetworkLabsTrait {
    /// Two labs, one a back end, for the whole suite.
    static var networkLabs: NetworkLabsTrait { NetworkLabsTrait() }
}

/// Who sends.
enum Place: Sendable, CustomStringConvertible {
    /// The lab's host.
    case host
    /// A machine beyond the uplink.
    case internet
    /// A container by its name.
    case container(String)

    var description: String {
        switch self {
        case .host: "host"
        case .internet: "internet"
        case .container(let name): name
        }
    }
}

/// A lab with one of the back ends, and what the behaviours are tried with.
struct NetworkLab: Sendable {
    let lab: EngineLab

    @TaskLocal fileprivate static var running: [Backend: EngineLab] = [:]

    init(_ backend: Backend) throws { lab = try #require(Self.running[backend]) }

    init(lab: EngineLab) { self.lab = lab }

    @discardableResult
    func docker(_ command: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
        try await lab.succeed("docker " + command, sourceLocation: sourceLocation)
    }

    /// Runs a command line on the lab's internet.
    @discardableResult
    func internet(_ command: String) async throws -> EngineLab.Result {
        try await lab.run(inInternet(command))
    }

    private func inInternet(_ command: String) -> String {
        "nsenter --net=\(lab.shell.lab.internetNamespacePath) \(command)"
    }

    /// Starts a container with web servers on ports 80 and 81, which answer with its name, and waits until they do.
    func serve(
        _ name: String, _ options: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let servers =
            "mkdir -p /w; echo \(name) > /w/index.html; httpd -p 81 -h /w; exec httpd -f -p 80 -h /w"
        try await docker("run -d --name \(name) \(options) busybox sh -c '\(servers)'", sourceLocation: sourceLocation)
        try await lab.succeed(
            "for i in $(seq 100); do docker exec \(name) nc -w 1 127.0.0.1 80 < /dev/null && exit 0; sleep 0.05; done; exit 1",
            sourceLocation: sourceLocation)
    }

    /// Starts a container that does nothing.
    func idle(_ name: String, _ options: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await docker("run -d --name \(name) \(options) busybox sleep 1000", sourceLocation: sourceLocation)
    }

    /// A container's address on a network; empty where it has none.
    func address(_ container: String, on network: String, ipv6: Bool = false) async throws -> String {
        let field = ipv6 ? "GlobalIPv6Address" : "IPAddress"
        return try await docker(
            "inspect -f '{{with index .NetworkSettings.Networks \"\(network)\"}}{{.\(field)}}{{end}}' \(container)")
    }

    /// What a web server says, or nothing where none is reached within a second.
    func fetch(_ place: Place, _ address: String, _ port: Int) async throws -> String {
        let host = address.contains(":") ? "[\(address)]" : address
        let curl = "curl -s -g --noproxy '*' --max-time 1 http://\(host):\(port)/"
        switch place {
        case .host: return try await lab.run(curl).text
        case .internet: return try await internet(curl).text
        case .container(let name):
            let request = "printf \"GET / HTTP/1.0\\r\\n\\r\\n\" | timeout 2 nc -w 1 \(address) \(port) | tail -n 1"
            return try await lab.run("docker exec \(name) sh -c '\(request)'").text
        }
    }

    /// Expects a server's answer.
    func reaches(
        _ place: Place, _ address: String, _ port: Int, _ wanted: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var answer = ""
        for _ in 0..<5 {
            answer = try await fetch(place, address, port)
            if answer == wanted { return }
        }
        Issue.record(
            "from \(place), \(address) port \(port) says '\(answer)', not '\(wanted)'", sourceLocation: sourceLocation)
    }

    /// Expects silence or a refusal.
    func misses(
        _ place: Place, _ address: String, _ port: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await fetch(place, address, port)
        #expect(answer == "", "from \(place), \(address) port \(port) is reached", sourceLocation: sourceLocation)
    }

    /// Whether a ping is answered within a second.
    func pings(_ place: Place, _ address: String) async throws -> Bool {
        let ping = "ping -c 1 -W 1 \(address)"
        switch place {
        case .host: return try await lab.run(ping).code == 0
        case .internet: return try await internet(ping).code == 0
        case .container(let name): return try await lab.run("docker exec \(name) \(ping)").code == 0
        }
    }

    /// Runs a body, and removes these containers and networks whatever becomes of it.
    func tidy(
        containers: [String], networks: [String] = [], _ body: () async throws -> Void
    ) async throws {
        do {
            try await body()
        } catch {
            try await remove(containers, networks)
            throw error
        }
        try await remove(containers, networks)
    }

    private func remove(_ containers: [String], _ networks: [String]) async throws {
        if !containers.isEmpty { try await lab.run("docker rm -f \(containers.joined(separator: " "))") }
        for network in networks {
            let gone = try await lab.run("docker network rm \(network)")
            #expect(gone.code == 0, "network \(network) cannot be removed: \(gone.errors)")
        }
    }
}
