import Glibc
import Lab
import SystemCalls

/// A `tcpdump` that watches a device while something else happens.
final class Capture {
    /// The command as one would type it.
    let command: String
    private let reader: OutputReader
    private let child: ChildProcess
    private var text = ""
    private var finished = false

    /// Starts watching; returns once tcpdump listens.
    init(_ command: String, in scene: Scene) throws {
        self.command = command
        let pipe = try FileDescriptor.pipe()
        var request = try scene.shell.request("exec " + command)
        (child, reader) = try pipe.split { (reading, writing) throws in
            request.descriptors = [1: writing.rawValue, 2: writing.rawValue]
            return (try ChildProcess.spawn(request), OutputReader(SharedFileDescriptor(reading)))
        }
        text = try reader.read(until: "listening on", seconds: 10)
    }

    deinit { if !finished { _ = try? stop() } }

    /// Waits until tcpdump has printed `words`.
    func wait(for words: String, seconds: Int = 5) throws {
        text += try reader.read(until: words, seconds: seconds)
    }

    /// Ends it as Ctrl-C does, and returns all that it printed.
    func stop() throws -> String {
        finished = true
        try ProcessHandle(pid: child.pid).send(SIGINT)
        text += try reader.readToEnd(seconds: 10)
        _ = try child.wait()
        return text
    }
}
