import ContainerRuntime
import EngineAPI
import Testing

@testable import Engine

@Suite("Log options")
struct LogOptionTests {
    private func limit(_ options: [String: String]) throws -> LogLimit? {
        try LogOptionRules.limit(LogConfig(type: "json-file", config: options))
    }

    @Test("sizes as Docker reads them")
    func sizes() {
        let sizes: [(String, Int?)] = [
            ("4096", 4096), ("1k", 1024), ("10m", 10 << 20), ("1.5m", 3 << 19), ("10mb", 10 << 20), ("10KiB", 10240),
            ("10 m", 10 << 20), ("1g", 1 << 30), ("0", 0), ("", nil), ("bogus", nil), ("-1", nil), ("1x", nil),
            ("1i", nil), (" 1", nil), ("m", nil), ("99999999999p", nil), ("1.2.3", nil),
        ]
        for (text, bytes) in sizes { #expect(LogOptionRules.bytes(text) == bytes, "\(text)") }
    }

    @Test("files are kept as many as asked for, each as long")
    func limits() throws {
        #expect(try limit([:]) == nil)
        #expect(try limit(["max-file": "3"]) == nil)
        #expect(try limit(["max-size": "2k"]) == LogLimit(fileBytes: 2048, files: 1))
        #expect(try limit(["max-size": "2k", "max-file": "3"]) == LogLimit(fileBytes: 2048, files: 3))
        #expect(try limit(["max-size": "2k", "max-file": "2", "compress": "true"])?.files == 2)
    }

    @Test(
        "values that cannot be, in Docker's words",
        arguments: [
            (["max-size": "bogus"], "invalid size: 'bogus'"), (["max-size": "-1"], "invalid size: '-1'"),
            (["max-size": "0"], "max-size must be a positive number"),
            (["max-file": "0"], "max-file cannot be less than 1"),
            (["max-file": "-1"], "max-file cannot be less than 1"),
            (["max-file": "x"], "strconv.Atoi: parsing \"x\": invalid syntax"),
            (["compress": "x"], "strconv.ParseBool: parsing \"x\": invalid syntax"),
            (["compress": "true"], "compress cannot be true when max-file is less than 2 or max-size is not set"),
        ])
    func refusals(_ options: [String: String], _ words: String) {
        let error = #expect(throws: APIError.self) { try limit(options) }
        #expect(error?.status == 500)
        #expect(
            error?.message == "failed to create task for container: failed to initialize logging driver: \(words)")
    }

    @Test("names and modes are refused when a container is made")
    func names() {
        func words(_ type: String, _ options: [String: String]) -> String? {
            do throws(APIError) {
                try LogOptionRules.check(LogConfig(type: type, config: options))
                return nil
            } catch { return error.message }
        }
        #expect(words("json-file", ["max-size": "bogus"]) == nil)
        #expect(words("syslog", [:]) == "error looking up logging plugin syslog: plugin \"syslog\" not found")
        #expect(words("json-file", ["x": "1"]) == "unknown log opt 'x' for json-file log driver")
        #expect(words("json-file", ["mode": "x"]) == "logger: logging mode not supported: x")
        #expect(
            words("json-file", ["max-buffer-size": "1m"])
                == "logger: max-buffer-size option is only supported with 'mode=non-blocking'")
        #expect(
            words("json-file", ["max-buffer-size": "x", "mode": "non-blocking"])
                == "error parsing option max-buffer-size: invalid size: 'x'")
    }

    @Test("the daemon's options fill in what a container leaves open")
    func defaults() {
        func filled(_ log: LogConfig) -> LogConfig {
            var log = log
            LogOptionRules.fill(&log, driver: "json-file", options: ["max-size": "1m", "max-file": "3"])
            return log
        }
        #expect(filled(LogConfig()) == LogConfig(type: "json-file", config: ["max-size": "1m", "max-file": "3"]))
        #expect(
            filled(LogConfig(type: "json-file", config: ["max-file": "5"])).config == [
                "max-size": "1m", "max-file": "5",
            ])
        #expect(filled(LogConfig(type: "none")).config == nil)
    }

    @Test("details are labels, variables and the tag that options name")
    func details() throws {
        func text(_ options: [String: String]) throws -> String {
            var config = ContainerConfig(
                env: ["E1=x y", "F=2", "G"], image: "busybox:1", labels: ["l1": "v,1", "l2": "2"])
            config.hostname = "h"
            let record = ContainerRecord(
                id: String(repeating: "a", count: 64), name: "red", created: .zero, config: config,
                hostConfig: HostConfig(logConfig: LogConfig(type: "json-file", config: options)),
                imageID: "sha256:" + String(repeating: "b", count: 64), path: "sh", arguments: [], networks: [:],
                mounts: [])
            return try LogDetails.text(record)
        }
        #expect(try text([:]) == "")
        #expect(try text(["labels": "l1,nosuch", "env": "E1,G"]) == "E1=x+y,l1=v%2C1")
        #expect(try text(["labels-regex": "^l", "env-regex": "F"]) == "F=2,l1=v%2C1,l2=2")
        #expect(try text(["tag": "{{.Name}}/{{ .ID }}/{{.ImageName}}"]) == "tag=red%2Faaaaaaaaaaaa%2Fbusybox%3A1")
        #expect(throws: APIError.self) { try text(["tag": "{{.Bogus}}"]) }
        #expect(throws: APIError.self) { try text(["tag": "{{"]) }
        #expect(throws: APIError.self) { try text(["labels-regex": "["]) }
    }
}
