import EngineAPI
import EngineClient
import Glibc
import ImageStore
import SystemCalls

/// `cp`: files between a container and this machine, or archives through standard input and output.
enum CopyCommand {
    static let all = [copy]

    private static let copy = Command(
        ["cp", "container cp"], aliases: ["container cp", "cp"],
        usage: "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tcauseway cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
        "Copy files/folders between a container and the local filesystem",
        details: """
            Copy files/folders between a container and the local filesystem

            Use '-' as the source to read a tar archive from stdin
            and extract it to a directory destination in a container.
            Use '-' as the destination to stream a tar archive of a
            container source to stdout.
            """,
        flags: [
            Flag("archive", "a", .bool, "Archive mode (copy all uid/gid information)"),
            Flag("follow-link", "L", .bool, "Always follow symbol link in SRC_PATH"),
            Flag(
                "quiet", "q", .bool,
                "Suppress progress output during copy. Progress output is automatically suppressed if no terminal is "
                    + "attached"),
        ], operands: .exactly(2)
    ) { call throws(ClientError) in
        let operands = call.arguments.operands
        if operands[0].isEmpty { throw .local("source can not be empty") }
        if operands[1].isEmpty { throw .local("destination can not be empty") }
        let source = CopyArgument(operands[0])
        let destination = CopyArgument(operands[1])
        switch (source.container, destination.container) {
        case (let container?, nil): try bring(call, container, source.path, to: destination.path)
        case (nil, let container?): try send(call, source.path, to: destination.path, in: container)
        case (_?, _?): throw .local("copying between containers is not supported")
        case (nil, nil): throw .local("must specify at least one container source")
        }
        return 0
    }

    private static func progress(_ call: Invocation, _ title: String) -> CopyProgress {
        let isQuiet = call.arguments.flag("quiet", default: !Terminal.isTerminal(STDOUT_FILENO))
        return CopyProgress(title: title, isQuiet: isQuiet)
    }

    private static func archive(_ container: String) -> String { EngineClient.container(container, "/archive") }

    /// What is at a path of a container; nil where that cannot be told, and so another request will say why.
    private static func status(_ call: Invocation, _ container: String, _ path: String) -> JSONValue? {
        guard let reply = try? call.client.send(EngineRequest("HEAD", archive(container), query: [("path", path)]))
        else { return nil }
        call.client.keep(reply)
        return CopyEnd.status(reply)
    }

    // MARK: To a container

    private static func send(
        _ call: Invocation, _ path: String, to target: String, in container: String
    ) throws(ClientError) {
        var destination = CopyEnd(path: target, exists: false)
        var found = status(call, container, target)
        if let status = found, let linkTarget = CopyEnd.linkTarget(status, of: target) {
            destination.path = linkTarget
            found = self.status(call, container, linkTarget)
        }
        if let found {
            try CopyEnd.checkOutput(found, container: container, path: target)
            destination.exists = true
            destination.isDirectory = CopyEnd.isDirectory(found)
        }
        let progress = progress(call, "Copying to container")
        if path == "-" {
            guard destination.isDirectory else {
                throw .local("destination \"\(container):\(target)\" must be a directory")
            }
            let own = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
            if own < 0 { throw .local("cannot read the input: \(Errno.current)") }
            let input = SharedFileDescriptor(FileDescriptor(owning: own))
            return try put(call, container, into: destination.path, input)
        }
        let local = CopyEnd.absolute(path)
        let source = try CopyEnd.localSource(local, follows: call.arguments.flag("follow-link"))
        let plan = try CopyPlan(from: source, to: destination)
        let (reading, writing) = try OneWayEnd.pipe()
        let packing = try BackgroundTask {
            defer { writing.close() }
            try ContainerView(directory: "/").pack(source.path, as: plan.name) { (bytes) throws(SystemCallError) in
                try writing.write(bytes)
                progress.add(bytes.count)
            }
        }
        var refusal: ClientError?
        do throws(ClientError) {
            try reading.use { (input) throws(ClientError) in try put(call, container, into: plan.directory, input) }
        } catch {
            refusal = error
        }
        // Who still packs for a daemon that has refused is told by this.
        reading.close()
        let failure = packing.finish()
        if let failure, refusal == nil || !failure.hasSuffix("Broken pipe") { throw .local(failure) }
        if let refusal { throw refusal }
        progress.finish(to: "\(container):\(destination.path)")
    }

    private static func put(
        _ call: Invocation, _ container: String, into directory: String, _ input: SharedFileDescriptor
    ) throws(ClientError) {
        var query = [("noOverwriteDirNonDir", "true"), ("path", directory)]
        if call.arguments.flag("archive") { query.append(("copyUIDGID", "true")) }
        try call.client.bytes(
            EngineRequest(
                "PUT", archive(container), query: query, body: .stream(input, contentType: "application/x-tar")))
    }

    // MARK: From a container

    private static func bring(
        _ call: Invocation, _ container: String, _ path: String, to target: String
    ) throws(ClientError) {
        let isStream = target == "-"
        let local = isStream ? target : CopyEnd.absolute(target)
        if !isStream { try CopyEnd.checkOutput(local) }
        var source = CopyEnd(path: path)
        if call.arguments.flag("follow-link"), let status = status(call, container, path),
            let linkTarget = CopyEnd.linkTarget(status, of: path)
        {
            source = CopyEnd.followed(path, to: linkTarget)
        }
        let reply = try call.client.send(
            EngineRequest("GET", archive(container), query: [("path", source.path)]))
        if isStream {
            while let bytes = try reply.read(upTo: 1 << 20) { Console.write(bytes, to: STDOUT_FILENO) }
            return
        }
        let status = CopyEnd.status(reply)
        source.isDirectory = status.map(CopyEnd.isDirectory) ?? false
        let destination = try CopyEnd.localDestination(local)
        let plan = try CopyPlan(from: source, to: destination)
        let progress = progress(call, "Copying from container")
        let member = CopyEnd.memberName(source.path)
        var directory = plan.directory
        // What a directory holds gets a directory of its own by that name: there is no member to rename.
        if member == ".", plan.name != "." {
            directory += "/" + plan.name
            let mode = (status.map(CopyEnd.permissions) ?? 0o755) | 0o700
            if unsafe mkdir(directory, mode) != 0 { throw .local("mkdir \(directory): \(Errno.current)") }
        }
        let newName = member == plan.name || member == "." ? nil : plan.name
        try unpack(reply, into: directory, renamingTo: newName, progress)
        progress.finish(to: local)
    }

    /// Everything belongs to the user who copies, as with `docker cp`.
    private static func unpack(
        _ reply: HTTPResponse, into directory: String, renamingTo name: String?, _ progress: CopyProgress
    ) throws(ClientError) {
        let (reading, writing) = try OneWayEnd.pipe()
        let task = try BackgroundTask {
            defer { reading.close() }
            var options = ExtractOptions()
            options.keepsKinds = true
            options.directoryName = directory
            options.owner = (getuid(), getgid())
            try reading.use { (end) throws(ImageError) in
                try ContainerView(directory: directory).unpack(into: "/", from: end, options: options, renamingTo: name)
            }
        }
        do throws(ClientError) {
            while let bytes = try reply.read(upTo: 1 << 18) {
                progress.add(bytes.count)
                // What follows the archive's end nobody reads.
                guard (try? writing.write(bytes)) != nil else { break }
            }
        } catch {
            writing.close()
            _ = task.finish()
            throw error
        }
        writing.close()
        if let failure = task.finish() { throw .local(failure) }
    }
}
