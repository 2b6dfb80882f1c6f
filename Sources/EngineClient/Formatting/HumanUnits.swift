/// Sizes and durations in the words of Docker's tables.
public enum HumanUnits {
    /// A duration in the largest unit that fits: `Less than a second`, `53 seconds`, `About an hour`, `2 weeks`.
    public static func duration(seconds: Int64) -> String {
        let minutes = seconds / 60
        let hours = (seconds + 1800) / 3600
        switch true {
        case seconds < 1: return "Less than a second"
        case seconds == 1: return "1 second"
        case seconds < 60: return "\(seconds) seconds"
        case minutes == 1: return "About a minute"
        case minutes < 60: return "\(minutes) minutes"
        case hours == 1: return "About an hour"
        case hours < 48: return "\(hours) hours"
        case hours < 24 * 7 * 2: return "\(hours / 24) days"
        case hours < 24 * 30 * 2: return "\(hours / 24 / 7) weeks"
        case hours < 24 * 365 * 2: return "\(hours / 24 / 30) months"
        default: return "\(seconds / 3600 / 24 / 365) years"
        }
    }

    /// A size in powers of 1000 with `digits` significant digits: `1.98MB`, `0B`.
    public static func size(_ bytes: Int64, digits: Int = 4) -> String {
        scaled(bytes, base: 1000, units: ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"], digits: digits)
    }

    /// A size in powers of 1024 with four significant digits: `23.54GiB`.
    public static func binarySize(_ bytes: Int64) -> String {
        scaled(bytes, base: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"], digits: 4)
    }

    private static func scaled(_ bytes: Int64, base: Double, units: [String], digits: Int) -> String {
        var value = Double(bytes)
        var index = 0
        while value >= base, index < units.count - 1 {
            value /= base
            index += 1
        }
        return significant(value, digits: digits) + units[index]
    }

    /// C's `%.*g`: so many significant digits, no zeros at the end, an exponent where the digits do not suffice.
    static func significant(_ value: Double, digits: Int) -> String {
        if value == 0 { return "0" }
        let negative = value < 0
        var magnitude = abs(value)
        var exponent = 0
        while magnitude >= 10 {
            magnitude /= 10
            exponent += 1
        }
        while magnitude < 1 {
            magnitude *= 10
            exponent -= 1
        }
        let power = { (count: Int) in (0..<count).reduce(1.0) { product, _ in product * 10 } }
        // Scaled from the value itself, not from the quotient above, so that the rounding is that of one division.
        let shift = digits - 1 - exponent
        let scaled = shift >= 0 ? abs(value) * power(shift) : abs(value) / power(-shift)
        var whole = scaled.rounded(.toNearestOrEven)
        if whole >= power(digits) {
            whole /= 10
            exponent += 1
        }
        var text = String(Int64(whole))
        if exponent >= digits {
            let mantissa = String(text.prefix(1)) + "." + text.dropFirst()
            return (negative ? "-" : "") + trimmed(mantissa) + "e+" + (exponent < 10 ? "0" : "") + "\(exponent)"
        }
        if exponent < 0 { text = String(repeating: "0", count: -exponent) + text }
        let wholeDigits = max(exponent, 0) + 1
        let number = String(text.prefix(wholeDigits)) + "." + text.dropFirst(wholeDigits)
        return (negative ? "-" : "") + trimmed(number)
    }

    private static func trimmed(_ number: String) -> String {
        var text = number
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// Reads a size as Docker's options take it, in powers of 1024: `64m`, `1.5g`, `512`, `1GiB`.
    public static func parseBytes(_ text: String) throws(ValueError) -> Int64 {
        guard let end = text.lastIndex(where: { ("0"..."9").contains($0) || $0 == "." || $0 == " " }) else {
            throw ValueError("invalid size: '\(text)'")
        }
        let number = text[end] == " " ? text[..<end] : text[...end]
        guard let value = Double(number), value >= 0 else { throw ValueError("invalid size: '\(text)'") }
        let suffix = text[text.index(after: end)...].lowercased()
        if suffix.isEmpty { return try whole(value, text) }
        let powers: [Character: Int] = ["b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5]
        guard let first = suffix.first, let power = powers[first],
            first == "b" ? suffix.count == 1 : ["", "b", "ib"].contains(String(suffix.dropFirst()))
        else { throw ValueError("invalid suffix: '\(suffix)'") }
        return try whole((0..<power).reduce(value) { product, _ in product * 1024 }, text)
    }

    private static func whole(_ value: Double, _ text: String) throws(ValueError) -> Int64 {
        guard let number = Int64(exactly: value.rounded(.towardZero)) else {
            throw ValueError("invalid size: '\(text)'")
        }
        return number
    }
}

/// Why an option's value cannot be used, in Docker's words.
public struct ValueError: Error, Hashable, Sendable {
    /// The words.
    public let message: String

    /// Wraps the words.
    public init(_ message: String) {
        self.message = message
    }
}
