/// Ids of networks and endpoints.
enum RandomID {
    /// 64 hex digits from the system's random source.
    static func make() -> String {
        (0..<4).map { _ in
            let text = String(UInt64.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
    }
}
