import SystemCalls

/// Where the parts of one container are, found by its id alone, so that a daemon that was restarted finds them too.
struct ContainerFiles: Hashable, Sendable {
    private let configuration: Paths
    private let id: String

    /// The roots that matter here.
    private struct Paths: Hashable, Sendable {
        var stateRoot: String
        var socketRoot: String
        var exitRoot: String
    }

    init(_ configuration: RuntimeConfiguration, _ id: String) {
        self.configuration = Paths(
            stateRoot: configuration.stateRoot, socketRoot: configuration.socketRoot, exitRoot: configuration.exitRoot)
        self.id = id
    }

    /// A link to the bundle.
    var link: String { "\(configuration.socketRoot)/\(id)" }
    /// Where the runtime writes the first process' id.
    var pidFile: String { link + "/container.pid" }
    /// The pids and start times of the first process and of conmon.
    var processesFile: String { link + "/processes" }
    /// Left by conmon when the kernel ran out of memory for the container.
    var oomFile: String { link + "/oom" }
    /// conmon's pipe for commands.
    var controlPipe: String { link + "/ctl" }
    /// conmon's pipe for sizes, from itself to itself.
    var resizePipe: String { link + "/winsz" }
    /// conmon's socket for clients.
    var attachSocket: String { link + "/attach" }
    /// The description of the container.
    var specification: String { link + "/config.json" }
    /// Where conmon writes the exit code.
    var exitFile: String { "\(configuration.exitRoot)/\(id)" }
    /// The runtime's own folder for it.
    var state: String { "\(configuration.stateRoot)/\(id)" }
    /// crun's gate before the container's program.
    var startPipe: String { state + "/exec.fifo" }

    /// What the folder of an exec is called.
    static func execFolder(_ configuration: RuntimeConfiguration, _ execID: String) -> String {
        "\(configuration.socketRoot)/exec-\(execID)"
    }
}

/// The two processes of a running container, as they are remembered on disk.
struct ContainerProcesses: Hashable, Sendable {
    /// The container's first process.
    var first: ProcessIdentity
    /// Its conmon.
    var conmon: ProcessIdentity

    init(first: ProcessIdentity, conmon: ProcessIdentity) {
        self.first = first
        self.conmon = conmon
    }

    /// Reads the four numbers that `text` writes.
    init?(text: String) {
        let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { UInt64($0) }
        guard numbers.count == 4, let first = Int32(exactly: numbers[0]), let conmon = Int32(exactly: numbers[2])
        else { return nil }
        self.init(
            first: ProcessIdentity(pid: first, startTime: numbers[1]),
            conmon: ProcessIdentity(pid: conmon, startTime: numbers[3]))
    }

    /// Four numbers: pid and start time of the first process, then of conmon.
    var text: String { "\(first.pid) \(first.startTime) \(conmon.pid) \(conmon.startTime)\n" }
}
