import Glibc

/// Moments in the words of Docker's tables, in the machine's own time zone.
public enum LocalTime {
    /// Seconds since 1970 right now.
    public static var now: Int64 { Int64(time(nil)) }

    /// `2026-11-23 15:59:14 +0000 UTC`, as Go prints a time.
    public static func full(seconds: Int64) -> String { format(seconds, "%Y-%m-%d %H:%M:%S %z %Z") }

    /// `2026-11-23T15:59:14Z` or with the zone's offset, RFC 3339.
    public static func rfc3339(seconds: Int64) -> String {
        format(seconds, "%Y-%m-%dT%H:%M:%S") + offset(seconds)
    }

    /// `2026-11-23T15:59:14.707156292Z`, always nine digits, as `docker events` prints.
    public static func rfc3339(nanoseconds: Int64) -> String {
        let seconds = nanoseconds / 1_000_000_000
        let fraction = String(nanoseconds % 1_000_000_000)
        return format(seconds, "%Y-%m-%dT%H:%M:%S") + "."
            + String(repeating: "0", count: max(0, 9 - fraction.count)) + fraction + offset(seconds)
    }

    /// `Mon Nov 23 15:59:14 2026`, C's `asctime`, as `docker version` prints build times.
    public static func asctime(seconds: Int64) -> String { format(seconds, "%a %b %e %H:%M:%S %Y") }

    /// An RFC 3339 time of the API as Go prints times: `2026-11-23 15:52:34.425873739 +0000 UTC`.
    static func goTime(_ text: String) -> String {
        guard let moment = parseCalendar(text) else { return text }
        let parts = moment.split(separator: ".")
        guard let seconds = Int64(parts[0]) else { return text }
        var fraction = String(parts[1])
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return format(seconds, "%Y-%m-%d %H:%M:%S", inUTC: true) + (fraction.isEmpty ? "" : ".\(fraction)")
            + " +0000 UTC"
    }

    /// An RFC 3339 time of a build as `version` prints it; other texts as they are.
    static func built(_ text: String) -> String {
        guard let moment = parseCalendar(text), let seconds = Int64(moment.prefix { $0 != "." }) else { return text }
        return asctime(seconds: seconds)
    }

    private static func offset(_ seconds: Int64) -> String {
        let text = format(seconds, "%z")
        if text == "+0000" { return "Z" }
        return String(text.dropLast(2)) + ":" + text.suffix(2)
    }

    private static func format(_ seconds: Int64, _ pattern: String, inUTC: Bool = false) -> String {
        var moment = time_t(seconds)
        var parts = unsafe tm()
        _ = unsafe inUTC ? gmtime_r(&moment, &parts) : localtime_r(&moment, &parts)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            let count = unsafe strftime(base, buffer.count, pattern, &parts)
            return count == 0 ? "" : unsafe String(cString: base)
        }
    }

    private static func seconds(
        _ year: CInt, _ month: CInt, _ day: CInt, _ clock: [CInt], isLocal: Bool
    ) -> Int64 {
        var parts = unsafe tm()
        unsafe parts.tm_year = year - 1900
        unsafe parts.tm_mon = month - 1
        unsafe parts.tm_mday = day
        unsafe parts.tm_hour = clock[0]
        unsafe parts.tm_min = clock[1]
        unsafe parts.tm_sec = clock[2]
        unsafe parts.tm_isdst = -1
        return Int64(unsafe isLocal ? mktime(&parts) : timegm(&parts))
    }

    /// What `--since` and `--until` take, in seconds since 1970 with a fraction, as the API wants it: a duration back
    /// from now (`42m`, `1h30m`), an RFC 3339 time, a date, or seconds since 1970.
    public static func parseMoment(_ text: String, now: Int64 = LocalTime.now) throws(ValueError) -> String {
        if let back = GoDuration.parse(text) {
            let moment = now * 1_000_000_000 - back
            return "\(moment / 1_000_000_000).\(padded(moment % 1_000_000_000))"
        }
        if text.first.map({ $0.isNumber }) == true, !text.contains("-"), !text.contains(":") { return text }
        guard let moment = parseCalendar(text) else {
            throw ValueError("failed to parse value as time or duration: \"\(text)\"")
        }
        return moment
    }

    private static func padded(_ nanoseconds: Int64) -> String {
        let text = String(nanoseconds)
        return String(repeating: "0", count: max(0, 9 - text.count)) + text
    }

    /// Seconds and nanoseconds, with a point between, of an RFC 3339 time; nil for other texts.
    static func parseCalendar(_ text: String) -> String? {
        var rest = text[...]
        func digits(_ count: Int) -> CInt? {
            let part = rest.prefix(count)
            guard part.count == count, part.allSatisfy(\.isNumber), let value = CInt(part) else { return nil }
            rest = rest.dropFirst(count)
            return value
        }
        func skip(_ characters: String) -> Bool {
            guard let first = rest.first, characters.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2) else { return nil }
        var clock: [CInt] = [0, 0, 0]
        if skip("T ") {
            for part in 0..<3 where part == 0 || skip(":") {
                guard let value = digits(2) else { return nil }
                clock[part] = value
            }
        }
        var fraction = "0"
        if skip(".") {
            fraction = String(rest.prefix { $0.isNumber }.prefix(9))
            rest = rest.drop { $0.isNumber }
        }
        let isLocal = rest.isEmpty
        var seconds = seconds(year, month, day, clock, isLocal: isLocal)
        if !isLocal {
            if rest != "Z" {
                let sign: Int64 = rest.first == "-" ? 1 : -1
                guard skip("+-"), let hours = digits(2), skip(":"), let minutes = digits(2), rest.isEmpty else {
                    return nil
                }
                seconds += sign * (Int64(hours) * 3600 + Int64(minutes) * 60)
            }
        }
        return "\(seconds).\(fraction + String(repeating: "0", count: max(0, 9 - fraction.count)))"
    }
}

/// Go's notation of durations: `300ms`, `1h30m`, `1.5s`.
public enum GoDuration {
    private static let units: [(String, Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    /// Nanoseconds, or nil where the text is no duration. `0` needs no unit.
    public static func parse(_ text: String) -> Int64? {
        var rest = text[...]
        let negative = rest.hasPrefix("-")
        if negative || rest.hasPrefix("+") { rest = rest.dropFirst() }
        if rest == "0" { return 0 }
        if rest.isEmpty { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            guard let value = Double(number) else { return nil }
            rest = rest.dropFirst(number.count)
            let name = rest.prefix { !($0.isNumber || $0 == ".") }
            guard let unit = units.first(where: { $0.0 == name }) else { return nil }
            rest = rest.dropFirst(name.count)
            total += value * unit.1
        }
        return Int64(exactly: (negative ? -total : total).rounded())
    }
}
