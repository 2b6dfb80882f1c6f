import Glibc

/// A moment with the precision of Docker's times. Written as RFC 3339 in UTC with nanoseconds, trailing zeros
/// trimmed, as Go does.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var nanoseconds: Int64

    /// The moment that many nanoseconds after 1970 began.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The moment that many seconds after 1970 began.
    public init(unixSeconds: Int64) {
        let (product, overflow) = unixSeconds.multipliedReportingOverflow(by: 1_000_000_000)
        nanoseconds = overflow ? (unixSeconds < 0 ? .min : .max) : product
    }

    /// Go's zero time, `0001-01-01T00:00:00Z`: never. Before every other moment.
    public static let zero = Timestamp(nanoseconds: .min)

    /// The host's clock.
    public static var now: Timestamp {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Whole seconds since 1970, rounded down; Go's value for the zero time.
    public var unixSeconds: Int64 {
        if self == .zero { return -62_135_596_800 }
        return Self.floorDivide(nanoseconds, 1_000_000_000).quotient
    }

    /// The earlier comes first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// RFC 3339, `2026-11-23T15:59:14.707156292Z`.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(30)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the text of `description`.
    func append(to bytes: inout [UInt8]) {
        if self == .zero {
            bytes.append(contentsOf: "0001-01-01T00:00:00Z".utf8)
            return
        }
        let (seconds, fraction) = Self.floorDivide(nanoseconds, 1_000_000_000)
        let (days, second) = Self.floorDivide(seconds, 86400)
        let date = CivilDate(daysSince1970: days)
        Self.append(Int(date.year), digits: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(Int(date.month), digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(Int(date.day), digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        Self.append(Int(second / 3600), digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.append(Int(second / 60 % 60), digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.append(Int(second % 60), digits: 2, to: &bytes)
        if fraction > 0 {
            bytes.append(UInt8(ascii: "."))
            Self.append(Int(fraction), digits: 9, to: &bytes)
            while bytes.last == UInt8(ascii: "0") { bytes.removeLast() }
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    private static func append(_ value: Int, digits: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / divisor % 10))
            divisor /= 10
        }
    }

    /// Division that rounds down, so that times before 1970 work.
    static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension Timestamp: Codable {
    /// Reads RFC 3339 or Unix seconds.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        if text.isEmpty {
            self = .zero
        } else if let parsed = Timestamp(text) {
            self = parsed
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "parsing time \"\(text)\": it is not RFC 3339")
        }
    }

    /// Writes RFC 3339.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
