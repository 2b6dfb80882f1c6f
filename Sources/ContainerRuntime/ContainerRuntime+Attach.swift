import CLinux
public import EngineAPI
import Glibc
import SystemCalls

extension ContainerRuntime {
    /// Connects to a container's input and output. Asked between `create` and `start`, it misses nothing.
    ///
    /// Where the container's input is to close with its first client, that holds for every session, also one that
    /// never wrote: conmon does not tell them apart.
    ///
    /// - Parameters:
    ///   - id: the container.
    ///   - tty: whether it has a terminal.
    ///   - streams: the outputs that are wanted.
    public func attach(
        _ id: String, tty: Bool, streams: Set<OutputStream> = [.standardOutput, .standardError]
    ) async throws(RuntimeError) -> any AttachSession {
        do {
            return try ConmonSession.connect(
                folder: ContainerFiles(configuration, id).link, tty: tty, wanted: streams)
        } catch {
            throw RuntimeError("cannot attach to container \(id): it does not run", error)
        }
    }

    /// Tells a container's terminal its size, in characters.
    public func resize(_ id: String, height: Int, width: Int) async throws(RuntimeError) {
        try await Self.resize(
            controlPipe: ContainerFiles(configuration, id).controlPipe, height: height, width: width)
    }

    /// Writes conmon's command 1 (`WIN_RESIZE_EVENT` in its `config.h`).
    static func resize(controlPipe: String, height: Int, width: Int) async throws(RuntimeError) {
        do {
            let pipe = try FileDescriptor.open(controlPipe, O_WRONLY | O_NONBLOCK)
            // Of two commands that conmon reads at once, it does the first twice: let it finish the one before.
            for _ in 0..<50 where cw_bytes_readable(pipe.rawValue) > 0 { try? await Task.sleep(for: .milliseconds(1)) }
            try pipe.writeAll(Array("1 \(height) \(width)\n".utf8))
        } catch {
            throw RuntimeError("cannot resize the terminal: its process does not run", error)
        }
    }
}
