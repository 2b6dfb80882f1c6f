public import Lab
public import SystemCalls

/// Which command line the walkthrough types `docker` with.
public struct Client: Hashable, Sendable {
    /// `docker` or `causeway`.
    public let name: String
    /// Where it is.
    public let path: String

    /// A command line.
    public init(name: String, path: String) {
        self.name = name
        self.path = path
    }
}

/// Runs command lines on a lab's host, in which the word `docker` means the chosen client.
public struct LabShell: Sendable {
    /// The lab.
    public let lab: Lab
    /// What `docker` means.
    public let client: Client

    /// Makes the word `docker` known to the lab. No configuration of the user's gets in the client's way.
    public init(lab: Lab, client: Client) throws(SystemCallError) {
        self.lab = lab
        self.client = client
        try FileSystem.makeDirectory(folder)
        let script = "#!/bin/sh\nexec '\(client.path)' \"$@\"\n"
        try FileSystem.replace(folder + "/docker", Array(script.utf8), mode: 0o755)
    }

    private var folder: String { lab.runDirectory + "/bin-" + client.name }

    /// Describes a command line, for `/bin/sh`.
    public func request(_ command: String) throws(LabError) -> ChildRequest {
        var request = try lab.request(["/bin/sh", "-c", command])
        let path = request.environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? "/usr/bin:/bin"
        request.environment.removeAll { variable in
            ["PATH=", "DOCKER_CONFIG=", "LC_ALL=", "TERM=", "DOCKER_CLI_HINTS="].contains { variable.hasPrefix($0) }
        }
        request.environment += [
            "PATH=\(folder):/usr/sbin:/sbin:\(path)", "DOCKER_CONFIG=\(folder)", "LC_ALL=C.UTF-8", "TERM=xterm",
            "DOCKER_CLI_HINTS=false",
        ]
        return request
    }

    /// Runs a command line to its end. Blocks the thread.
    ///
    /// - Parameters:
    ///   - input: what it reads.
    ///   - seconds: after how long it is ended, with exit code 124.
    public func run(_ command: String, input: String = "", seconds: Int = 60) throws -> ProcessOutput {
        var request = try self.request(command)
        request.arguments = ["--kill-after=5", "\(seconds)", request.path] + request.arguments
        request.path = "/usr/bin/timeout"
        return try ChildProcess.run(request, input: Array(input.utf8))
    }
}
