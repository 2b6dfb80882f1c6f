import EngineClient
import Glibc
import Synchronization
import SystemCalls

/// How far a copy is, on standard error: while it goes on only on a terminal.
final class CopyProgress: Sendable {
    private let title: String
    private let isQuiet: Bool
    private let isLive: Bool
    private let state = Mutex(State())

    private struct State {
        var bytes: Int64 = 0
        var shown: ContinuousClock.Instant?
    }

    init(title: String, isQuiet: Bool) {
        self.title = title
        self.isQuiet = isQuiet
        isLive = !isQuiet && Terminal.isTerminal(STDERR_FILENO)
    }

    private static func size(_ bytes: Int64) -> String { HumanUnits.size(bytes, digits: 3) }

    /// Counts bytes of the archive.
    func add(_ count: Int) {
        let text: String? = state.withLock { state in
            state.bytes += Int64(count)
            let now = ContinuousClock.now
            guard isLive, state.shown.map({ now - $0 > .milliseconds(75) }) ?? true else { return nil }
            state.shown = now
            return "\r\u{1b}[K\(title) - \(CopyProgress.size(state.bytes))"
        }
        if let text { Console.write(Array(text.utf8), to: STDERR_FILENO) }
    }

    /// Says that all went well.
    func finish(to destination: String) {
        if isQuiet { return }
        let bytes = state.withLock { $0.bytes }
        Console.complain(
            (isLive ? "\r\u{1b}[K" : "") + "Successfully copied \(CopyProgress.size(bytes)) to \(destination)")
    }
}
