import CLinux
import Glibc

/// What a child process is to be.
public struct ChildRequest: Sendable {
    /// Absolute path of the program.
    public var path: String
    /// Arguments after the program's name.
    public var arguments: [String]
    /// The whole environment, `NAME=value`.
    public var environment: [String]
    /// Working directory, or the parent's.
    public var directory: String?
    /// Parent's descriptor number for each child's number. 0, 1 and 2 are `/dev/null` where not named.
    /// At most 12; the parent must keep them open until `spawn` returns.
    public var descriptors: [CInt: CInt]
    /// A network namespace to enter, or the parent's.
    public var networkNamespace: NetworkNamespace?
    /// A mount namespace to enter, or the parent's.
    public var mountNamespace: SharedFileDescriptor?
    /// Whether the child leads a session of its own.
    public var newSession: Bool
    /// Whether what is its descriptor 0 becomes its session's controlling terminal: Ctrl-C then sends SIGINT.
    public var controllingTerminal: Bool
    /// Whether the child dies with the thread that made it.
    public var diesWithParent: Bool

    /// Describes a child; what is not named is as in the parent.
    public init(
        _ path: String, _ arguments: [String] = [], environment: [String] = ChildRequest.inheritedEnvironment,
        directory: String? = nil, descriptors: [CInt: CInt] = [:], networkNamespace: NetworkNamespace? = nil,
        mountNamespace: SharedFileDescriptor? = nil, newSession: Bool = false,
        controllingTerminal: Bool = false, diesWithParent: Bool = false
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.descriptors = descriptors
        self.networkNamespace = networkNamespace
        self.mountNamespace = mountNamespace
        self.newSession = newSession
        self.controllingTerminal = controllingTerminal
        self.diesWithParent = diesWithParent
    }

    /// The parent's environment when the program began.
    public static let inheritedEnvironment: [String] = {
        var variables: [String] = []
        var cursor = unsafe environ
        while let pointer = unsafe cursor.pointee {
            variables.append(unsafe String(cString: pointer))
            unsafe cursor += 1
        }
        return variables
    }()
}

extension ChildRequest {
    /// Turns this process into what the request describes, in place: same process id, terminal and job. Comes back
    /// only with the reason why it could not.
    public func become() -> SystemCallError {
        do throws(SystemCallError) {
            return SystemCallError("exec", path, Errno(rawValue: try unsafe withPlan { unsafe cw_become($0) }))
        } catch {
            return error
        }
    }

    /// Lends the request in the kernel wrapper's shape.
    fileprivate func withPlan(
        _ body: (UnsafePointer<cw_spawn_request>) -> CInt
    ) throws(SystemCallError) -> CInt {
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        var pairs: [CInt] = []
        for number in CInt(0)...2 where descriptors[number] == nil { pairs += [null.rawValue, number] }
        for (number, own) in descriptors.sorted(by: { $0.key < $1.key }) { pairs += [own, number] }
        let argumentList = CStrings([path] + arguments)
        let variables = CStrings(environment)
        let program = CStrings([path])
        let folder = directory.map { CStrings([$0]) }
        let result = unsafe pairs.withUnsafeBufferPointer { pairs in
            var plan = unsafe cw_spawn_request()
            unsafe plan.path = UnsafePointer(program.pointer[0])
            unsafe plan.argv = UnsafePointer(argumentList.pointer)
            unsafe plan.envp = UnsafePointer(variables.pointer)
            unsafe plan.directory = folder.flatMap { unsafe UnsafePointer($0.pointer[0]) }
            unsafe plan.descriptors = pairs.baseAddress
            unsafe plan.descriptor_count = pairs.count / 2
            unsafe plan.network_namespace = networkNamespace?.rawValue ?? -1
            unsafe plan.mount_namespace = mountNamespace?.rawValue ?? -1
            unsafe plan.new_session = newSession ? 1 : 0
            unsafe plan.controlling_terminal = controllingTerminal ? 1 : 0
            unsafe plan.parent_death_signal = diesWithParent ? SIGKILL : 0
            return unsafe body(&plan)
        }
        _ = (null.rawValue, argumentList, variables, program, folder)
        return result
    }
}

/// How a process ended.
public enum ExitStatus: Hashable, Sendable, CustomStringConvertible {
    /// It called exit with this code.
    case exited(CInt)
    /// This signal ended it.
    case signalled(CInt)

    /// From wait(2)'s status word.
    public init(waitStatus status: CInt) {
        let signal = status & 0x7f
        self = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
    }

    /// Whether it exited with 0.
    public var isSuccess: Bool { self == .exited(0) }

    /// The shell's number: the code, or 128 and the signal.
    public var code: Int {
        switch self {
        case .exited(let code): Int(code)
        case .signalled(let signal): 128 + Int(signal)
        }
    }

    /// `exit code 1` or `signal 9`.
    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}

/// A child of this process that is not yet reaped.
public struct ChildProcess: Sendable {
    /// Its process id.
    public let pid: Int32

    /// Starts a child with vfork and exec: no memory is copied, all other descriptors are close-on-exec.
    public static func spawn(_ request: ChildRequest) throws(SystemCallError) -> ChildProcess {
        let pid = try unsafe request.withPlan { unsafe cw_spawn($0) }
        return ChildProcess(pid: try checkWrapper("spawn", request.path, pid))
    }

    /// Waits for the end, blocking the thread: not on Swift's cooperative pool.
    public func wait() throws(SystemCallError) -> ExitStatus {
        var status: CInt = 0
        try check("waitpid", "\(pid)") { unsafe waitpid(pid, &status, 0) }
        return ExitStatus(waitStatus: status)
    }

    /// Runs a program to its end and collects what it printed. Blocks the thread.
    ///
    /// - Parameters:
    ///   - request: the child; descriptors 0, 1 and 2 are replaced.
    ///   - input: what the child reads, at most 64 KiB where it does not read while it writes.
    ///   - onStart: is told the child's process id before the child is given its input.
    public static func run(
        _ request: ChildRequest, input: [UInt8] = [], onStart: (Int32) -> Void = { _ in }
    ) throws(SystemCallError) -> ProcessOutput {
        var request = request
        let stdin = try FileDescriptor.pipe()
        let stdout = try FileDescriptor.pipe()
        let stderr = try MemoryFile.make("stderr")
        request.descriptors[0] = stdin.reading.rawValue
        request.descriptors[1] = stdout.writing.rawValue
        request.descriptors[2] = stderr.rawValue
        let child = try spawn(request)
        onStart(child.pid)
        // The child's ends are the child's alone from here on.
        close(stdin.reading)
        close(stdout.writing)
        try feed(stdin.writing, input)
        let output = try stdout.reading.readToEnd()
        let status = try child.wait()
        lseek(stderr.rawValue, 0, SEEK_SET)
        return ProcessOutput(status: status, output: output, errors: try stderr.readToEnd())
    }

    private static func close(_ descriptor: consuming FileDescriptor) {}

    /// Writes the child's input; a child that does not read it is not an error.
    private static func feed(_ descriptor: consuming FileDescriptor, _ input: [UInt8]) throws(SystemCallError) {
        do { try descriptor.writeAll(input) } catch { if error.errno.rawValue != EPIPE { throw error } }
    }
}

/// What a finished program left.
public struct ProcessOutput: Sendable {
    /// How it ended.
    public let status: ExitStatus
    /// Its standard output.
    public let output: [UInt8]
    /// Its standard error.
    public let errors: [UInt8]

    /// Standard output as text.
    public var text: String { String(decoding: output, as: UTF8.self) }
    /// Standard error as text, without the last line's end.
    public var errorText: String {
        var text = String(decoding: errors, as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}

/// Anonymous memory behind a descriptor, memfd_create(2).
public enum MemoryFile {
    /// Makes an empty one, close-on-exec.
    public static func make(_ name: String) throws(SystemCallError) -> FileDescriptor {
        FileDescriptor(owning: try checkWrapper("memfd_create", name, unsafe cw_memory_file(name)))
    }
}

/// A NULL-terminated array of C strings that lives as long as this object.
@safe private final class CStrings {
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    let count: Int

    init(_ strings: [String]) {
        count = strings.count
        unsafe pointer = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { unsafe pointer[index] = strdup(string) }
        unsafe pointer[count] = nil
    }

    deinit {
        for index in 0..<count { unsafe free(pointer[index]) }
        unsafe pointer.deallocate()
    }
}
