import SystemCalls
import Testing

/// The clients that `scripts/clients.sh` fetches, and the programs that drive them.
enum ClientTools {
    /// The project's folder.
    private static let project = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    /// What drives the clients: Python files and a compose project.
    static let sources = project + "/Tests/Clients"
    /// Where the clients are: `CAUSEWAY_TEST_CLIENTS`, else where the script puts them.
    private static let folder: String = {
        let name = "CAUSEWAY_TEST_CLIENTS="
        let chosen = ChildRequest.inheritedEnvironment.last { $0.hasPrefix(name) }?.dropFirst(name.count)
        return chosen.map(String.init) ?? project + "/.build-tools/clients"
    }()

    /// A Python that has docker-py and Testcontainers; nil where they could not be fetched.
    static let python: String? = {
        let path = folder + "/python/bin/python3"
        return FileSystem.exists(path) ? path : nil
    }()

    /// docker compose as the docker command line's plugin; nil where it could not be fetched.
    static let compose: String? = {
        let path = folder + "/docker/cli-plugins/docker-compose"
        return FileSystem.exists(path) ? path : nil
    }()

    /// One test function of a Python file.
    struct PythonTest: Sendable, CustomStringConvertible {
        /// The folder below `Tests/Clients`.
        var folder: String
        /// `test_exec.ExecTests.test_inspect`
        var name: String
        var description: String { name }
    }

    /// The test functions of a folder's files, found by their definitions.
    static func tests(in folder: String) -> [PythonTest] {
        let files = ((try? FileSystem.list(sources + "/" + folder)) ?? []).sorted()
        return files.filter { $0.hasPrefix("test_") && $0.hasSuffix(".py") }.flatMap { file in
            var suite = ""
            var tests: [PythonTest] = []
            for line in ((try? FileSystem.readText("\(sources)/\(folder)/\(file)")) ?? "").split(separator: "\n") {
                if line.hasPrefix("class ") { suite = String(line.dropFirst(6).prefix { $0 != "(" }) }
                guard line.hasPrefix("    def test_") else { continue }
                let function = line.dropFirst("    def ".count).prefix { $0 != "(" }
                tests.append(PythonTest(folder: folder, name: "\(file.dropLast(3)).\(suite).\(function)"))
            }
            return tests
        }
    }

    /// Whether the engine has an operation, by its own table (which a test holds to it).
    static func isServed(_ operation: String) -> Bool {
        let table = (try? FileSystem.readText(project + "/docs/api.md")) ?? ""
        return table.split(separator: "\n").contains { $0.hasPrefix("| `\(operation)`") && $0.hasSuffix("| served |") }
    }

    /// Runs one test function in a lab; what it printed is the failure's message.
    static func run(_ test: PythonTest, in lab: EngineLab) async throws {
        let python = try #require(python)
        let result = try await lab.run(
            "cd '\(sources)/\(test.folder)' && TESTCONTAINERS_RYUK_DISABLED=true PYTHONDONTWRITEBYTECODE=1 "
                + "'\(python)' -W ignore -m unittest -v \(test.name) 2>&1", seconds: 90)
        if result.code == 0, result.output.contains("OK (skipped=1)") {
            let reason = result.lines.first { $0.contains("skipped") } ?? ""
            try Test.cancel("\(reason)")
        }
        #expect(result.code == 0, "\(result.output)")
    }
}

extension Trait where Self == ConditionTrait {
    /// Only where the Python clients are there.
    static var needsPythonClients: ConditionTrait {
        .enabled(if: ClientTools.python != nil, "docker-py is not there: scripts/clients.sh fetches it from PyPI")
    }

    /// Only where docker compose is there.
    static var needsCompose: ConditionTrait {
        .enabled(if: ClientTools.compose != nil, "docker compose is not there: scripts/clients.sh fetches it")
    }
}
