import EngineAPI
import Glibc
import Logging
import SystemCalls
import Testing

@testable import ContainerRuntime

/// A place to run containers in that leaves nothing behind: folders, a network namespace, control groups of its own
/// and a root file system made from busybox.
struct RuntimeLab {
    static let isPossible =
        geteuid() == 0 && ["conmon", "crun", "busybox"].allSatisfy { FileSystem.findProgram($0) != nil }

    let runtime: ContainerRuntime
    let folder: String
    let cgroupParent: String

    var root: String { folder + "/root" }
    var networkNamespace: String { folder + "/net" }

    /// A container that has been made and waits for its start.
    struct Made {
        var id: String
        var bundle: String
        var logPath: String
        var launched: LaunchedContainer
    }

    static func with(_ body: (RuntimeLab) async throws -> Void) async throws {
        let name = "causeway-runtime-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let folder = "/tmp/" + name
        try FileSystem.makeDirectory(folder)
        try makeRoot(folder + "/root")
        _ = try NetworkNamespace.make(at: folder + "/net")
        let configuration = try RuntimeConfiguration.discover(execRoot: folder + "/exec")
        let lab = RuntimeLab(
            runtime: ContainerRuntime(configuration, logger: Logger(label: "test")), folder: folder,
            cgroupParent: "/" + name)
        var failure: (any Error)?
        do { try await body(lab) } catch { failure = error }
        for id in try FileSystem.list(configuration.socketRoot) where !id.hasPrefix("exec-") {
            try await lab.runtime.delete(id, force: true)
        }
        #expect(configuration.cgroups.remove(lab.cgroupParent))
        configuration.release()
        try NetworkNamespace.remove(at: folder + "/net")
        try FileSystem.removeTree(folder)
        if let failure { throw failure }
    }

    private static func makeRoot(_ root: String) throws {
        for name in ["bin", "etc", "tmp", "proc", "sys", "dev", "root"] {
            try FileSystem.makeDirectory(root + "/" + name)
        }
        let busybox = try #require(FileSystem.findProgram("busybox"))
        try FileSystem.replace(root + "/bin/busybox", try FileSystem.readBytes(busybox), mode: 0o755)
        for applet in ["sh", "cat", "true", "false", "echo", "id", "sleep", "tail", "stty", "env", "pwd", "tty", "ls"] {
            let linked = unsafe symlink("busybox", root + "/bin/" + applet)
            #expect(linked == 0)
        }
        try FileSystem.writeInPlace(
            root + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n")
        try FileSystem.writeInPlace(root + "/etc/group", "root:x:0:\nuser:x:1000:\nwheel:x:10:user\n")
    }

    func make(
        _ args: [String], tty: Bool = false, openStdin: Bool = false, user: String = "", env: [String] = [],
        host: HostConfig = HostConfig(), logLimit: LogLimit? = nil
    ) async throws -> Made {
        let id = (0..<64).map { _ in String(UInt8.random(in: 0..<16), radix: 16) }.joined()
        let bundle = folder + "/bundles/" + id
        try FileSystem.makeDirectory(bundle)
        var config = ContainerConfig()
        config.user = user
        config.tty = tty
        let bytes = try SpecificationBuilder.make(
            SpecificationInput(
                containerID: id, config: config, hostConfig: host, rootfs: root, hostname: "red",
                networkNamespacePath: networkNamespace, args: args, env: env, cgroupParent: cgroupParent))
        try FileSystem.writeInPlace(bundle + "/config.json", String(decoding: bytes, as: UTF8.self))
        let logPath = bundle + "/log"
        let launched = try await runtime.create(
            LaunchRequest(
                id: id, bundle: bundle, logPath: logPath, tty: tty, openStdin: openStdin, stdinOnce: openStdin,
                logLimit: logLimit))
        return Made(id: id, bundle: bundle, logPath: logPath, launched: launched)
    }

    /// Runs a container to its end: its exit, and what it wrote.
    func run(
        _ args: [String], tty: Bool = false, input: String? = nil, user: String = "", env: [String] = [],
        host: HostConfig = HostConfig()
    ) async throws -> (exit: ContainerExit, output: String, errors: String) {
        let made = try await make(
            args, tty: tty, openStdin: input != nil, user: user, env: env, host: host)
        let session = try await runtime.attach(made.id, tty: tty)
        try await runtime.start(made.id)
        if let input {
            try await session.writeInput(Array(input.utf8))
            await session.closeInput()
        }
        let (output, errors) = try await Self.drain(session)
        let exit = await runtime.waitForExit(made.id, conmonPid: made.launched.conmonPid)
        try await runtime.delete(made.id, force: false)
        return (exit, output, errors)
    }

    static func drain(_ session: any AttachSession) async throws -> (output: String, errors: String) {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        while let frame = try await session.nextOutput() {
            if frame.stream == .standardOutput { output += frame.bytes } else { errors += frame.bytes }
        }
        return (String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self))
    }

    /// Reads output until it holds some text.
    static func read(_ session: any AttachSession, until text: String) async throws -> String {
        var all = ""
        while !all.contains(text), let frame = try await session.nextOutput() {
            all += String(decoding: frame.bytes, as: UTF8.self)
        }
        return all
    }
}
