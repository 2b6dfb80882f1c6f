import EngineAPI
import ImageStore
import RegistryClient
import Synchronization

/// Tells how far a transfer is: at its begin and end, and ten times a second between.
final class ProgressMeter: Sendable {
    private struct State {
        var last: ContinuousClock.Instant?
        var isComplete = false
    }

    private let status: String
    private let id: String
    private let total: Int64
    private let report: @Sendable (ProgressMessage) -> Void
    private let state = Mutex(State())

    init(
        _ status: String, _ digest: String, total: Int64, _ report: @escaping @Sendable (ProgressMessage) -> Void
    ) {
        self.status = status
        id = BlobDigest.short(digest)
        self.total = total
        self.report = report
    }

    func move(to position: Int64) {
        let isDue = state.withLock { state in
            let now = ContinuousClock.now
            if state.isComplete { return false }
            state.isComplete = position >= total
            guard state.isComplete || state.last.map({ now - $0 >= .milliseconds(100) }) ?? true else { return false }
            state.last = now
            return true
        }
        guard isDue else { return }
        report(
            ProgressMessage(
                status: status, progressDetail: ProgressDetail(current: position, total: total),
                progress: ProgressBar.text(position, total), id: id))
    }
}
