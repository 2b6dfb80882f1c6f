import EngineAPI
import EngineClient
import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing

/// A lab with red, which publishes a port, blue, and one that does not run; and the commands that explain it.
struct ExplainLab {
    let lab: Lab

    /// Makes it, runs `body`, takes it down.
    static func with(_ suffix: String, options: [String] = [], _ body: (ExplainLab) throws -> Void) throws {
        let lab = try TestLab.up(suffix, options: options)
        let result = Result {
            let made = ExplainLab(lab: lab)
            try made.succeed("causeway run -d --name red -p 8080:80 busybox httpd -f -p 80")
            try made.succeed("causeway run -d --name blue busybox sleep 600")
            try made.succeed("causeway create --name stopped busybox true")
            try body(made)
        }
        try lab.down()
        try result.get()
    }

    func request(_ command: String) throws -> ChildRequest {
        let folder = TestLab.causeway.dropLast("/causeway".count)
        return try lab.request(["/bin/sh", "-c", "PATH='\(folder)':$PATH; \(command)"])
    }

    func run(_ command: String) throws -> ProcessOutput { try ChildProcess.run(try request(command)) }

    @discardableResult
    func succeed(_ command: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let output = try run(command)
        try #require(
            output.status.isSuccess, "\(command): \(output.text)\(output.errorText)", sourceLocation: sourceLocation)
        return output.text
    }

    /// A command in the background, its output in files; it is there once its errors contain `isReady`.
    func start(_ command: String, _ name: String, isReady words: String) throws -> ChildProcess {
        let path = lab.runDirectory + "/" + name
        let child = try ChildProcess.spawn(try request("exec \(command) >\(path) 2>\(path).err"))
        try #require(wait { read(name + ".err").contains(words) }, "\(command): \(read(name + ".err"))")
        return child
    }

    func read(_ name: String) -> String { (try? FileSystem.readText(lab.runDirectory + "/" + name)) ?? "" }

    func wait(_ condition: () throws -> Bool) rethrows -> Bool {
        for _ in 0..<200 {
            if try condition() { return true }
            usleep(20_000)
        }
        return try condition()
    }

    /// Everything that a look could leave on the host's data path and in red's: rules and taps.
    func dataPath() throws -> String {
        let look = "nft -s list ruleset; grep -c . /proc/net/packet"
        let pid = try succeed("causeway inspect -f '{{.State.Pid}}' red").filter(\.isNumber)
        return try succeed("\(look); nsenter -t \(pid) -n sh -c '\(look)'")
    }

    /// What the daemon answers.
    func ask(_ method: String, _ path: String, body: String = "") throws(ClientError) -> [UInt8] {
        let client = EngineClient(address: EngineAddress(socketPath: lab.socketPath))
        let parts = path.split(separator: "?", maxSplits: 1)
        let query = (parts.count > 1 ? String(parts[1]) : "").split(separator: "&").map { pair in
            let words = pair.split(separator: "=", maxSplits: 1).map(String.init)
            return (words[0], words.count > 1 ? words[1] : "")
        }
        return try client.bytes(
            EngineRequest(
                method, String(parts[0]), query: query, body: body.isEmpty ? .none : .json(Array(body.utf8))))
    }

    /// The status with which the daemon refuses, and its words.
    func refusal(_ method: String, _ path: String, body: String = "") -> (status: Int, words: String) {
        do throws(ClientError) {
            _ = try ask(method, path, body: body)
            return (200, "")
        } catch {
            if case .daemon(let status) = error.kind { return (status, error.message) }
            return (0, error.message)
        }
    }
}
