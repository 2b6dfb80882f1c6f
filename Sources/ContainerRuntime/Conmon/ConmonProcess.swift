import Glibc
import SystemCalls

/// One conmon that we started, and the pipes between it and us.
final class ConmonProcess: Sendable {
    /// Its identity.
    let identity: ProcessIdentity
    private let handle: ProcessHandle?
    /// Process ids, exit codes and errors come out of here.
    private let messages: ConmonPipe
    /// Says when the attach socket is there.
    private let attachMessages: ConmonPipe?
    /// conmon waits for a byte from here before it starts, and once more before it runs an attached exec.
    private let startPipe: SharedFileDescriptor?
    /// What conmon printed before it let go of its standard error.
    private let errors: SharedFileDescriptor

    private init(
        identity: ProcessIdentity, messages: ConmonPipe, attachMessages: ConmonPipe?, startPipe: SharedFileDescriptor?,
        errors: SharedFileDescriptor
    ) {
        self.identity = identity
        self.messages = messages
        self.attachMessages = attachMessages
        self.startPipe = startPipe
        self.errors = errors
        handle = ProcessHandle(identity)
    }

    /// Starts conmon. Blocks the thread for about a millisecond. Its zombie is taken away when it ends.
    ///
    /// - Parameters:
    ///   - command: what it is to do.
    ///   - program: conmon's path.
    ///   - directory: its working directory, where it leaves a file `oom` when the kernel runs out of memory.
    ///   - mountNamespace: where it and the runtime live.
    ///   - sealedRuntime: the runtime's program in memory; nil for the one that `command` names.
    static func spawn(
        _ command: ConmonCommand, program: String, directory: String, mountNamespace: SharedFileDescriptor?,
        sealedRuntime: SharedFileDescriptor?
    ) throws(SystemCallError) -> ConmonProcess {
        let errors = SharedFileDescriptor(try MemoryFile.make("conmon-stderr"))
        let sync = try pipe()
        var attach: SharedPipe?
        var start: SharedPipe?
        var command = command
        if sealedRuntime != nil { command.runtime = "/proc/self/fd/6" }
        var request = ChildRequest(
            program, command.arguments, environment: environment + ["_OCI_SYNCPIPE=3"], directory: directory,
            descriptors: [2: errors.rawValue, 3: sync.writing.rawValue], mountNamespace: mountNamespace,
            newSession: true)
        request.descriptors[6] = sealedRuntime?.rawValue
        if case .exec(_, attached: true) = command.work {
            attach = try pipe()
            start = try pipe()
            request.descriptors[4] = attach?.writing.rawValue
            request.descriptors[5] = start?.reading.rawValue
            request.environment += ["_OCI_ATTACHPIPE=4", "_OCI_STARTPIPE=5"]
        }
        // conmon's ends of the pipes stay open until it has its own, and no longer.
        let child = try withExtendedLifetime((sync, attach, start, sealedRuntime)) { () throws(SystemCallError) in
            try ChildProcess.spawn(request)
        }
        let identity = ProcessIdentity.current(child.pid) ?? ProcessIdentity(pid: child.pid, startTime: 0)
        let process = ConmonProcess(
            identity: identity, messages: try ConmonPipe(sync.reading),
            attachMessages: try attach.map { (pipe) throws(SystemCallError) in try ConmonPipe(pipe.reading) },
            startPipe: start?.writing, errors: errors)
        Task.detached {
            await process.waitForEnd()
            process.handle?.reap()
        }
        return process
    }

    private typealias SharedPipe = (reading: SharedFileDescriptor, writing: SharedFileDescriptor)

    private static func pipe() throws(SystemCallError) -> SharedPipe {
        try FileDescriptor.pipe().split { (reading, writing) throws(SystemCallError) in
            (SharedFileDescriptor(reading), SharedFileDescriptor(writing))
        }
    }

    /// conmon hands its environment to the runtime, and some runtimes act on what they find there (`NOTIFY_SOCKET`,
    /// `LISTEN_FDS`): a short one of our own. Logs are in universal time.
    private static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TZ=UTC0", "LC_ALL=C.UTF-8",
    ]

    /// Suspends until conmon has ended.
    func waitForEnd() async {
        await handle?.waitForEnd()
    }

    /// conmon's next message, or nil once it has ended or closed the pipe.
    func nextMessage() async -> ConmonMessage? {
        await messages.nextMessage()
    }

    /// Lets conmon go on: one byte on the start pipe.
    func proceed() throws(SystemCallError) {
        try startPipe?.withDescriptor { (descriptor) throws(SystemCallError) in try descriptor.writeAll([0]) }
    }

    /// Suspends until the attach socket listens; false where conmon gave up before.
    func waitForAttachSocket() async -> Bool {
        await attachMessages?.nextMessage() != nil
    }

    /// What conmon printed on its standard error before it let go of it.
    var errorText: String {
        lseek(errors.rawValue, 0, SEEK_SET)
        let bytes =
            (try? errors.withDescriptor { (descriptor) throws(SystemCallError) in
                try descriptor.readToEnd()
            }) ?? []
        return String(decoding: bytes, as: UTF8.self)
    }
}
