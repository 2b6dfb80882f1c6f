import EngineAPI

extension Timestamp {
    /// Nanoseconds from an earlier time to this one; 0 where either was never set.
    func nanosecondsSince(_ earlier: Timestamp) -> Int64 {
        self == .zero || earlier == .zero ? 0 : nanoseconds - earlier.nanoseconds
    }

    /// A time as clients write it: RFC 3339, seconds since the epoch, or a length of time before now (`10m`, `1h30m`).
    static func parse(_ text: String, relativeTo now: Timestamp) -> Timestamp? {
        if let length = duration(text) { return Timestamp(nanoseconds: now.nanoseconds - length) }
        return Timestamp(text)
    }

    /// Go's duration notation in nanoseconds; nil for anything else, a plain number included.
    private static func duration(_ text: String) -> Int64? {
        let units: [(String, Double)] = [("ms", 1e6), ("us", 1e3), ("ns", 1), ("h", 3.6e12), ("m", 6e10), ("s", 1e9)]
        var rest = Substring(text)
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            guard let number = Double(digits), let unit = units.first(where: { rest.hasPrefix($0.0) }) else {
                return nil
            }
            rest = rest.dropFirst(unit.0.count)
            total += number * unit.1
        }
        return text.isEmpty || total > 9e18 ? nil : Int64(total)
    }
}

extension EventMessage {
    /// An event as `GET /events` sends it, with the older fields that some clients read.
    init(type: String, action: String, id: String, attributes: [String: String], at time: Timestamp) {
        let isOld = type == "container" || type == "image"
        self.init(
            status: isOld ? action : nil, id: isOld ? id : nil,
            from: type == "container" ? attributes["image"] : nil, type: type, action: action,
            actor: EventActor(id: id, attributes: attributes), scope: "local", time: time.unixSeconds,
            timeNano: time.nanoseconds)
    }
}
