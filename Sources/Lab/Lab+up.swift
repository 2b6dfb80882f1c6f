import SystemCalls

/// What is to be in a lab besides its network.
public struct LabContents: Sendable {
    /// Path of the daemon to start, or nil for none.
    public var daemon: String?
    /// More options for the daemon.
    public var daemonOptions: [String]
    /// Command lines for `/bin/sh` that run on the host before the daemon starts: the state that it is to find.
    public var preparations: [String]
    /// Path of the command line that loads the busybox image, or nil for no image.
    public var imageLoader: String?
    /// Writes an archive with a busybox image to a path, for `docker load`.
    public var writeImage: @Sendable (String) throws -> Void

    /// Describes what is to be in a lab.
    public init(
        daemon: String? = nil, daemonOptions: [String] = [], preparations: [String] = [], imageLoader: String? = nil,
        writeImage: @escaping @Sendable (String) throws -> Void = { _ in }
    ) {
        self.daemon = daemon
        self.daemonOptions = daemonOptions
        self.preparations = preparations
        self.imageLoader = imageLoader
        self.writeImage = writeImage
    }
}

extension Lab {
    /// Brings the lab up. What an earlier one of this name left behind is cleared first; where a step fails,
    /// everything made so far is taken down again.
    public func up(_ contents: LabContents, _ progress: LabProgress = .silent) throws(LabError) {
        try LabPrograms.requireRoot("A lab")
        let programs = try LabPrograms.find()
        try exclusively { () throws(LabError) in try up(contents, programs, progress) }
    }

    private func up(
        _ contents: LabContents, _ programs: LabPrograms, _ progress: LabProgress
    ) throws(LabError) {
        let running = !LabProcesses(self).members().isEmpty
        if daemonPID != nil || running && contents.daemon == nil {
            throw LabError(
                "The lab '\(name)' is up already.",
                remedy: "Use it (causeway lab status), or take it down first: causeway lab down \(name)")
        }
        if exists || FileSystem.exists(stateDirectory) {
            try progress.step("leftovers of an earlier lab cleared") { () throws(LabError) in try remove() }
        }
        do {
            try build(contents, programs, progress)
        } catch {
            try? remove()
            throw error
        }
    }

    private func build(
        _ contents: LabContents, _ programs: LabPrograms, _ progress: LabProgress
    ) throws(LabError) {
        for folder in [runDirectory, stateDirectory] { try makeDirectory(folder) }
        try progress.step("network: \(hostNamespace) ══ up0 ══ \(internetNamespace)") { () throws(LabError) in
            try makeNetwork(programs)
        }
        try progress.step("internet: web at \(Self.webAddress), DNS at \(Self.nameServerAddress)") {
            () throws(LabError) in try startServices(programs)
        }
        for command in contents.preparations {
            try progress.step("host: \(command)") { () throws(LabError) in
                _ = try ChildProcess.runOrThrow(try request(["/bin/sh", "-c", command]))
            }
        }
        guard let daemon = contents.daemon else { return }
        try progress.step("daemon: \(daemon.split(separator: "/").last ?? "") on \(dockerHost)") {
            () throws(LabError) in
            try startDaemon(daemon, options: contents.daemonOptions)
        }
        guard let loader = contents.imageLoader else { return }
        try progress.step("image: busybox loaded") { () throws(LabError) in
            try loadImage(loader, contents.writeImage)
        }
    }

    /// Makes a folder. Another lab on its way down may take the empty folder above it away in between.
    private func makeDirectory(_ path: String) throws(LabError) {
        for _ in 0..<10 where !FileSystem.isDirectory(path) { try? FileSystem.makeDirectory(path) }
        try labStep("cannot make \(path)") { () throws(SystemCallError) in try FileSystem.makeDirectory(path) }
    }

    private func loadImage(_ loader: String, _ write: (String) throws -> Void) throws(LabError) {
        let archive = stateDirectory + "/busybox.tar"
        do { try write(archive) } catch { throw LabError("cannot make the busybox image: \(error)") }
        _ = try ChildProcess.runOrThrow(ChildRequest(loader, ["load", "-q", "-i", archive], environment: environment))
        try labStep("cannot remove \(archive)") { () throws(SystemCallError) in try FileSystem.removeFile(archive) }
    }
}
