import EngineAPI
import EngineClient
import Glibc
import SystemCalls

/// Commands that move images and containers' files in archives: `save`, `load`, `import`, `export`.
enum ArchiveCommands {
    static let all = [save, load, importing, export]

    private static let save = Command(
        ["save", "image save"], aliases: ["image save", "save"], usage: "[OPTIONS] IMAGE [IMAGE...]",
        "Save one or more images to a tar archive (streamed to STDOUT by default)",
        flags: [Flag("output", "o", .string, "Write to a file, instead of STDOUT")], operands: .atLeast(1)
    ) { call throws(ClientError) in
        try checkOutput(call)
        let reply = try call.client.send(
            EngineRequest("GET", "/images/get", query: call.arguments.operands.map { ("names", $0) }))
        try store(reply, call, "failed to save image")
        return 0
    }

    private static let export = Command(
        ["export", "container export"], aliases: ["container export", "export"], usage: "[OPTIONS] CONTAINER",
        "Export a container's filesystem as a tar archive",
        flags: [Flag("output", "o", .string, "Write to a file, instead of STDOUT")], operands: .exactly(1)
    ) { call throws(ClientError) in
        try checkOutput(call)
        let reply = try call.client.send(
            EngineRequest("GET", EngineClient.container(call.arguments.operands[0], "/export")))
        try store(reply, call, "failed to export container")
        return 0
    }

    /// Nobody wants to see an archive.
    private static func checkOutput(_ call: Invocation) throws(ClientError) {
        if call.arguments.text("output").isEmpty, Terminal.isTerminal(STDOUT_FILENO) {
            throw .local("cowardly refusing to save to a terminal. Use the -o flag or redirect")
        }
    }

    /// Writes an archive to where the command line says.
    private static func store(_ reply: HTTPResponse, _ call: Invocation, _ failing: String) throws(ClientError) {
        let path = call.arguments.text("output")
        if path.isEmpty {
            while let bytes = try reply.read(upTo: 1 << 20) { Console.write(bytes, to: STDOUT_FILENO) }
        } else {
            try write(reply, to: path, failing)
        }
    }

    /// Writes beside the file first, so that a broken connection leaves no half of an archive.
    private static func write(_ reply: HTTPResponse, to path: String, _ failing: String) throws(ClientError) {
        let isSpecial = FileSystem.status(path).map { $0.st_mode & S_IFMT != S_IFREG } ?? false
        let place = isSpecial ? path : "\(path).part-\(getpid())"
        do throws(ClientError) {
            try copy(reply, to: place, failing)
            if !isSpecial {
                try onFile(failing) { () throws(SystemCallError) in
                    try check("rename", path) { unsafe rename(place, path) }
                }
            }
        } catch {
            if !isSpecial { try? FileSystem.removeFile(place) }
            throw error
        }
    }

    private static func copy(_ reply: HTTPResponse, to path: String, _ failing: String) throws(ClientError) {
        let file = try onFile(failing) { () throws(SystemCallError) in
            SharedFileDescriptor(try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC))
        }
        while let bytes = try reply.read(upTo: 1 << 20) {
            try onFile(failing) { () throws(SystemCallError) in
                try file.withDescriptor { (file) throws(SystemCallError) in try file.writeAll(bytes) }
            }
        }
    }

    @discardableResult
    private static func onFile<Value>(
        _ failing: String, _ body: () throws(SystemCallError) -> Value
    ) throws(ClientError) -> Value {
        do {
            return try body()
        } catch {
            throw .local("\(failing): \(error)")
        }
    }

    /// Opens the file, or standard input.
    private static func input(_ path: String) throws(ClientError) -> SharedFileDescriptor {
        do throws(SystemCallError) {
            if path.isEmpty || path == "-" {
                let own = try check("fcntl") { fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) }
                return SharedFileDescriptor(FileDescriptor(owning: own))
            }
            return SharedFileDescriptor(try FileDescriptor.open(path, O_RDONLY))
        } catch {
            throw .local("open \(path): \(error.errno.description.lowercasedFirst)")
        }
    }

    private static let load = Command(
        ["load", "image load"], aliases: ["image load", "load"], usage: "[OPTIONS]",
        "Load an image from a tar archive or STDIN",
        flags: [
            Flag("input", "i", .string, "Read from tar archive file, instead of STDIN"),
            Flag("quiet", "q", .bool, "Suppress the load output"),
        ]
    ) { call throws(ClientError) in
        let path = call.arguments.text("input")
        if path.isEmpty, Terminal.isTerminal(STDIN_FILENO) {
            throw .local("requested load from stdin, but stdin is empty")
        }
        let isQuiet = call.arguments.flag("quiet") || !Terminal.isTerminal(STDOUT_FILENO)
        let reply = try call.client.send(
            EngineRequest(
                "POST", "/images/load", query: [("quiet", isQuiet ? "1" : "0")],
                body: .stream(try input(path), contentType: "application/x-tar")))
        var display = ProgressDisplay(descriptor: STDOUT_FILENO)
        try display.show(reply)
        return 0
    }

    private static let importing = Command(
        ["import", "image import"], aliases: ["image import", "import"],
        usage: "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
        "Import the contents from a tarball to create a filesystem image",
        flags: [
            Flag("change", "c", .list, "Apply Dockerfile instruction to the created image"),
            Flag("message", "m", .string, "Set commit message for imported image"),
            Flag("platform", nil, .string, "Set platform if server is multi-platform capable"),
        ], operands: .between(1, 2)
    ) { call throws(ClientError) in
        let options = call.arguments
        let source = options.operands[0]
        let isURL = source.hasPrefix("http://") || source.hasPrefix("https://")
        var query = [("fromSrc", isURL ? source : "-")]
        if options.operands.count == 2 {
            let name = ImageName(options.operands[1])
            query += [("repo", name.familiarRepository), ("tag", name.tag ?? "")].filter { !$0.1.isEmpty }
        }
        if options.isSet("message") { query.append(("message", options.text("message"))) }
        if options.isSet("platform") { query.append(("platform", options.text("platform"))) }
        query += options.list("change").map { ("changes", $0) }
        let body: EngineRequest.Body = isURL ? .none : .stream(try input(source), contentType: "application/x-tar")
        let reply = try call.client.send(EngineRequest("POST", "/images/create", query: query, body: body))
        var display = ProgressDisplay(descriptor: STDOUT_FILENO)
        try display.show(reply)
        return 0
    }
}
