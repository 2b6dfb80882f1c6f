/// The bar that Docker's engine draws beside the numbers of a transfer; clients of today draw their own.
public enum ProgressBar {
    /// `[===>      ]  32.77kB/4.297MB`, as Docker draws it.
    public static func text(_ current: Int64, _ total: Int64) -> String {
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
