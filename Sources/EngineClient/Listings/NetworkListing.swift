public import EngineAPI

/// `network ls`: networks in a table.
public enum NetworkListing {
    /// How the listing prints.
    public static let format = TableFormat(
        table: "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}", quiet: "{{.ID}}",
        headers: [
            "ID": "NETWORK ID", "Name": "NAME", "Driver": "DRIVER", "Scope": "SCOPE", "IPv4": "IPV4", "IPv6": "IPV6",
            "Internal": "INTERNAL", "Labels": "LABELS", "CreatedAt": "CREATED AT",
        ])

    /// Rows from the reply of `GET /networks`, sorted by name.
    public static func rows(_ reply: JSONValue, truncated: Bool) -> [TableRow] {
        reply.elements.sorted { NaturalOrder.precedes($0.text("Name"), $1.text("Name")) }.map { network in
            let id = network.text("Id")
            let labels = network["Labels"]?.pairs ?? []
            let fields: [String: String] = [
                "ID": truncated ? Shortened.id(id) : id,
                "Name": network.text("Name"), "Driver": network.text("Driver"), "Scope": network.text("Scope"),
                "IPv4": String(network["EnableIPv4"]?.bool ?? true), "IPv6": String(network.flag("EnableIPv6")),
                "Internal": String(network.flag("Internal")),
                "Labels": labels.map { "\($0.name)=\($0.text)" }.joined(separator: ","),
                "CreatedAt": LocalTime.goTime(network.text("Created")),
            ]
            return TableRow(
                fields.mapValues(JSONValue.string),
                methods: ["Label": { name in labels.first { $0.name == name }?.text ?? "" }])
        }
    }
}

/// Names in the order that people expect: `net2` before `net10`.
public enum NaturalOrder {
    /// Whether `one` comes before `other`.
    public static func precedes(_ one: String, _ other: String) -> Bool {
        var one = Array(one.utf8)[...]
        var other = Array(other.utf8)[...]
        let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        while let a = one.first, let b = other.first {
            if isDigit(a), isDigit(b) {
                let left = one.prefix(while: isDigit)
                let right = other.prefix(while: isDigit)
                one = one.dropFirst(left.count)
                other = other.dropFirst(right.count)
                let x = Array(left.drop { $0 == UInt8(ascii: "0") })
                let y = Array(right.drop { $0 == UInt8(ascii: "0") })
                if x.count != y.count { return x.count < y.count }
                if x != y { return x.lexicographicallyPrecedes(y) }
                if left.count != right.count { return left.count < right.count }
                continue
            }
            if a != b { return a < b }
            one = one.dropFirst()
            other = other.dropFirst()
        }
        return one.isEmpty && !other.isEmpty
    }
}
