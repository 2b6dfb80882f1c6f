extension Bool: ZeroValue {
    /// False.
    public static var zeroValue: Bool { false }
}

extension Int: ZeroValue {
    /// 0.
    public static var zeroValue: Int { 0 }
}

extension Int64: ZeroValue {
    /// 0.
    public static var zeroValue: Int64 { 0 }
}

extension UInt64: ZeroValue {
    /// 0.
    public static var zeroValue: UInt64 { 0 }
}

extension Double: ZeroValue {
    /// 0.
    public static var zeroValue: Double { 0 }
}

extension String: ZeroValue {
    /// The empty string.
    public static var zeroValue: String { "" }
}

extension Array: ZeroValue {
    /// The empty list.
    public static var zeroValue: [Element] { [] }
}

extension Dictionary: ZeroValue {
    /// No members.
    public static var zeroValue: [Key: Value] { [:] }
}

extension Timestamp: ZeroValue {
    /// Never.
    public static var zeroValue: Timestamp { .zero }
}
