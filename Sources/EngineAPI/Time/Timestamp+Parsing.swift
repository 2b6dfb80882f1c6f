extension Timestamp {
    /// Reads RFC 3339 (`2026-11-23T15:59:14.7Z`, `…+01:00`) or Unix seconds with an optional fraction
    /// (`1795449554.5`).
    public init?(_ text: String) {
        var reader = TimeReader(Array(text.utf8))
        if let seconds = reader.unixTime() {
            self = seconds
        } else if let moment = reader.rfc3339() {
            self = moment
        } else {
            return nil
        }
    }

    /// Whole seconds from another moment to this one; 0 where either is zero or this one is earlier.
    public func secondsSince(_ earlier: Timestamp) -> Int64 {
        guard self != .zero, earlier != .zero, self > earlier else { return 0 }
        return (nanoseconds - earlier.nanoseconds) / 1_000_000_000
    }
}

/// Reads times byte by byte.
private struct TimeReader {
    let bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// `[-]seconds[.fraction]`, all of the text.
    mutating func unixTime() -> Timestamp? {
        position = 0
        let negative = take(UInt8(ascii: "-"))
        guard let seconds = number() else { return nil }
        let fraction = self.fraction()
        guard position == bytes.count, let fraction else { return nil }
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow2) = scaled.addingReportingOverflow(fraction)
        guard !overflow, !overflow2 else { return nil }
        return Timestamp(nanoseconds: negative ? -sum : sum)
    }

    /// A date and a time with its offset, all of the text.
    mutating func rfc3339() -> Timestamp? {
        position = 0
        guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2) else { return nil }
        guard take("T") || take("t") || take(" ") else { return nil }
        guard let hour = digits(2), take(":"), let minute = digits(2), take(":"), let second = digits(2),
            let fraction = fraction(), let offset = offset(), position == bytes.count
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= CivilDate.days(inMonth: month, year: year), hour < 24,
            minute < 60, second <= 60
        else { return nil }
        if year == 1, month == 1, day == 1, hour == 0, minute == 0, second == 0 { return .zero }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        let seconds = days * 86400 + hour * 3600 + minute * 60 + second - offset
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow2) = scaled.addingReportingOverflow(fraction)
        return overflow || overflow2 ? nil : Timestamp(nanoseconds: sum)
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool { take(UInt8(ascii: scalar)) }

    private mutating func digits(_ count: Int) -> Int64? {
        let start = position
        guard let value = number(atMost: count), position - start == count else { return nil }
        return value
    }

    private mutating func number(atMost limit: Int = 18) -> Int64? {
        let start = position
        var value: Int64 = 0
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), position - start < limit {
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            position += 1
        }
        return position > start ? value : nil
    }

    /// `.digits` as nanoseconds, 0 where there is none; digits beyond the ninth are dropped.
    private mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        let start = position
        var value: Int64 = 0
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            if position - start < 9 { value = value * 10 + Int64(byte - UInt8(ascii: "0")) }
            position += 1
        }
        guard position > start else { return nil }
        for _ in 0..<max(0, 9 - (position - start)) { value *= 10 }
        return value
    }

    /// `Z` or `±hh:mm`, in seconds east of Greenwich.
    private mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = digits(2), take(":"), let minutes = digits(2), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
