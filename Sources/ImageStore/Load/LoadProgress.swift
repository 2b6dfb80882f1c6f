import EngineAPI

/// Reports how far the reading of one layer is, as Docker's JSON messages, at most once every half mebibyte.
final class LoadProgress {
    private let id: String
    private let total: Int64
    private let report: (ProgressMessage) -> Void
    private var last: Int64 = -1

    init(layer diffID: String, total: Int64, report: @escaping (ProgressMessage) -> Void) {
        id = ContentDigest.short(diffID)
        self.total = total
        self.report = report
    }

    /// Tells the position in bytes.
    func move(to position: Int64) {
        guard position != last, position == total || last < 0 || position - last >= 524_288 else { return }
        last = position
        report(
            ProgressMessage(
                status: "Loading layer", progressDetail: ProgressDetail(current: position, total: total),
                progress: ProgressBar.text(position, total), id: id))
    }
}
