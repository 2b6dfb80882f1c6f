import EngineAPI

/// The `process` of a `config.json`.
struct ProcessSpecification: Sendable {
    var terminal: Bool
    var consoleSize: TerminalSize?
    var user: ContainerUser
    var args: [String]
    var env: [String]
    var cwd: String
    /// What the container as a whole may ever have.
    var capabilities: [String]
    var limits: [(name: String, limit: ProcessLimits.Limit)] = []
    var noNewPrivileges: Bool
    /// nil where the engine's own cannot be changed to it.
    var oomScoreAdjustment: Int?
    var apparmor: String?

    /// The process that a container is made for.
    init(_ input: SpecificationInput, _ security: SecurityOptions) throws(RuntimeError) {
        let host = input.hostConfig
        terminal = input.config.tty
        consoleSize = terminal ? TerminalSize(host.consoleSize) : nil
        user = try ContainerUser.resolve(
            input.config.user, addedGroups: host.groupAdd ?? [], root: input.rootfs)
        args = input.args
        env = Environment.make(hostname: input.hostname, tty: terminal, asked: input.env)
        cwd = input.config.workingDir.isEmpty ? "/" : input.config.workingDir
        guard cwd.hasPrefix("/") else {
            throw RuntimeError(
                "the working directory '\(cwd)' is invalid, it needs to be an absolute path", kind: .invalid)
        }
        capabilities = try Capabilities.resolve(
            add: host.capAdd ?? [], drop: host.capDrop ?? [], privileged: host.privileged)
        for ulimit in host.ulimits ?? [] { limits.append((ulimit.name, try input.limits.resolve(ulimit))) }
        noNewPrivileges = security.noNewPrivileges
        apparmor = host.privileged ? nil : security.apparmor
        if input.limits.canRaise || host.oomScoreAdj >= input.limits.oomScoreAdjustment {
            oomScoreAdjustment = host.oomScoreAdj
        }
    }

    /// A process that is added to a running container.
    init(_ request: ExecLaunch, container: RunningSpecification, root: String) throws(RuntimeError) {
        let own = container.process
        terminal = request.tty
        consoleSize = request.tty ? request.consoleSize : nil
        if let name = request.user, !name.isEmpty {
            user = try ContainerUser.resolve(name, root: root)
        } else {
            user = ContainerUser(
                uid: own.user.uid, gid: own.user.gid, additionalGids: own.user.additionalGids ?? [])
        }
        args = request.args
        env = Environment.merge(own.env ?? [], (request.tty ? ["TERM=xterm"] : []) + request.env)
        cwd = request.cwd.flatMap { $0.isEmpty ? nil : $0 } ?? own.cwd
        capabilities = request.privileged ? Capabilities.available : own.capabilities?.bounding ?? []
        noNewPrivileges = own.noNewPrivileges ?? false
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            if terminal { writer.member("terminal", true) }
            if let consoleSize {
                writer.member("consoleSize") { writer in
                    writer.member("height", consoleSize.height)
                    writer.member("width", consoleSize.width)
                }
            }
            writer.member("user") { writer in
                writer.member("uid", user.uid)
                writer.member("gid", user.gid)
                writer.key("additionalGids")
                writer.array(user.additionalGids) { $0.value($1) }
            }
            writer.member("args", args)
            writer.member("env", env)
            writer.member("cwd", cwd)
            writer.member("capabilities") { writer in
                // A user other than root has none until a program gives some, as execve(2) has it.
                for set in user.uid == 0 ? ["bounding", "effective", "permitted"] : ["bounding"] {
                    writer.member(set, capabilities)
                }
            }
            if !limits.isEmpty {
                writer.key("rlimits")
                writer.array(limits) { writer, entry in
                    writer.object { writer in
                        writer.member("type", "RLIMIT_" + entry.name.uppercased())
                        writer.member("hard", entry.limit.hard)
                        writer.member("soft", entry.limit.soft)
                    }
                }
            }
            if noNewPrivileges { writer.member("noNewPrivileges", true) }
            if let apparmor { writer.member("apparmorProfile", apparmor) }
            if let oomScoreAdjustment { writer.member("oomScoreAdj", oomScoreAdjustment) }
        }
    }
}

/// Writes the description of a process that is added to a container, for `crun exec --process`.
enum ExecSpecification {
    /// - Parameters:
    ///   - request: what was asked for.
    ///   - container: the container's own description.
    ///   - root: its root file system as the machine sees it.
    static func make(
        _ request: ExecLaunch, container: RunningSpecification, root: String
    ) throws(RuntimeError) -> [UInt8] {
        guard !request.args.isEmpty else { throw RuntimeError("No exec command specified", kind: .invalid) }
        var writer = JSONWriter()
        try ProcessSpecification(request, container: container, root: root).write(to: &writer)
        return writer.bytes
    }
}
