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
                progress: Self.bar(position, total), id: id))
    }

    /// `[===>      ]  32.77kB/4.297MB`, as Docker draws it.
    static func bar(_ current: Int64, _ total: Int64) -> String {
        let percentage = total > 0 ? min(50, Int(current * 50 / total)) : 50
        let done = String(repeating: "=", count: percentage)
        let rest = percentage < 50 ? ">" + String(repeating: " ", count: 50 - percentage) : ">"
        func pad(_ text: String) -> String { String(repeating: " ", count: max(0, 8 - text.count)) + text }
        return "[\(done)\(rest)] \(pad(humanSize(current)))/\(humanSize(total))"
    }

    /// Four significant digits and a decimal unit: `4.297MB`.
    static func humanSize(_ bytes: Int64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB", "PB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let whole = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4
        var scale = 1.0
        for _ in 0..<max(0, 4 - whole) { scale *= 10 }
        let scaled = Int64((value * scale).rounded())
        let integer = scaled / Int64(scale)
        var digits = String(scaled % Int64(scale))
        digits = scale > 1 ? String(repeating: "0", count: max(0, 4 - whole - digits.count)) + digits : ""
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(integer)" + (digits.isEmpty ? "" : "." + digits) + units[unit]
    }
}
