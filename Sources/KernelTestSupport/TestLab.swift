import Glibc
public import Lab
import SystemCalls
public import Walkthrough

/// Labs of tests, and the programs that they run.
public enum TestLab {
    /// A lab's name that no other test run has, and that the test script finds again after a crash.
    ///
    /// - Parameter suffix: at most 13 of `a-z`, `0-9` and `-`.
    public static func name(_ suffix: String) -> String {
        (variable("CAUSEWAY_TEST_LAB") ?? "t-\(getpid())") + "-" + suffix
    }

    /// Brings up a lab with daemon and busybox image through `causeway lab up`, as a user does.
    ///
    /// - Parameters:
    ///   - suffix: what makes its name its own in this run.
    ///   - preparations: command lines that run on the host before the daemon starts.
    ///   - options: more options for the daemon.
    ///   - daemon: another program to start in the daemon's place.
    public static func up(
        _ suffix: String, preparations: [String] = [], options: [String] = [], daemon: String? = nil
    ) throws -> Lab {
        let lab = try Lab(name(suffix))
        let prepare = preparations.flatMap { ["--prepare", $0] } + (daemon.map { ["--daemon", $0] } ?? [])
        let arguments = ["lab", "up", lab.name] + prepare + (options.isEmpty ? [] : ["--"] + options)
        let output = try ChildProcess.run(ChildRequest(causeway, arguments))
        guard output.status.isSuccess else { throw LabError(output.text + output.errorText) }
        return lab
    }

    /// The docker command line: `CAUSEWAY_TEST_DOCKER`, else the one on the search path; nil where there is none.
    public static let docker: Client? = (variable("CAUSEWAY_TEST_DOCKER") ?? FileSystem.findProgram("docker")).map {
        Client(name: "docker", path: $0)
    }

    /// The built `causewayd`.
    public static var causewayd: String { folder + "/causewayd" }

    /// A folder with firewalld's files (`scripts/firewalld.sh`), to be laid over the machine's; nil where there is none.
    public static let firewalld = variable("CAUSEWAY_TEST_FIREWALLD").flatMap { $0.isEmpty ? nil : $0 }

    /// Causeway's own command line.
    public static let ownClient = Client(name: "causeway", path: causeway)

    /// The built `causeway`.
    public static var causeway: String { folder + "/causeway" }

    /// Whether labs can be made here: root, and the programs built.
    public static var isPossible: Bool { geteuid() == 0 && FileSystem.exists(causeway) }

    /// Where the built programs are: beside the tests, or `CAUSEWAY_TEST_BIN`.
    private static var folder: String {
        if let folder = variable("CAUSEWAY_TEST_BIN") { return folder }
        let this = FileSystem.linkTarget("/proc/self/exe") ?? ""
        return String(this[..<(this.lastIndex(of: "/") ?? this.startIndex)])
    }

    private static func variable(_ name: String) -> String? {
        ChildRequest.inheritedEnvironment.last { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
