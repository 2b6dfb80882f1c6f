public import EngineAPI

/// `ps`: containers in a table.
public enum ContainerListing {
    private static let columns =
        "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"

    /// How the listing prints.
    /// - Parameter size: whether the table has a column for sizes.
    public static func format(size: Bool) -> TableFormat {
        TableFormat(
            table: columns + (size ? "\t{{.Size}}" : ""), quiet: "{{.ID}}",
            headers: [
                "ID": "CONTAINER ID", "Names": "NAMES", "Image": "IMAGE", "Command": "COMMAND",
                "CreatedAt": "CREATED AT", "RunningFor": "CREATED", "Ports": "PORTS", "State": "STATE",
                "Status": "STATUS", "Size": "SIZE", "Labels": "LABELS", "Mounts": "MOUNTS",
                "LocalVolumes": "LOCAL VOLUMES", "Networks": "NETWORKS", "Platform": "PLATFORM",
            ])
    }

    /// Rows from the reply of `GET /containers/json`.
    public static func rows(_ reply: JSONValue, truncated: Bool, now: Int64 = LocalTime.now) -> [TableRow] {
        reply.elements.map { row($0, truncated, now) }
    }

    private static func row(_ container: JSONValue, _ truncated: Bool, _ now: Int64) -> TableRow {
        let id = container.text("Id")
        let command = container.text("Command")
        let created = container.number("Created")
        let labels = container["Labels"]?.pairs ?? []
        let mounts = container["Mounts"]?.elements ?? []
        let mountNames = mounts.map { mount in
            let name = mount.text("Name").isEmpty ? mount.text("Source") : mount.text("Name")
            return truncated ? Shortened.text(name, width: 15) : name
        }
        let networks = container["NetworkSettings"]?["Networks"]?.members.map(\.name) ?? []
        let fields: [String: String] = [
            "ID": truncated ? Shortened.id(id) : id,
            "Names": names(container["Names"]?.strings ?? [], truncated),
            "Image": image(container.text("Image"), id: container.text("ImageID"), truncated),
            "Command": Shortened.quoted(truncated ? Shortened.text(command, width: 20) : command),
            "CreatedAt": LocalTime.full(seconds: created),
            "RunningFor": HumanUnits.duration(seconds: now - created) + " ago",
            "Ports": PortListing.text(container["Ports"]?.elements ?? []),
            "State": container.text("State"),
            "Status": container.text("Status"),
            "Size": size(container),
            "Labels": labels.map { "\($0.name)=\($0.text)" }.joined(separator: ","),
            "Mounts": mountNames.joined(separator: ","),
            "LocalVolumes": String(mounts.filter { $0.text("Driver") == "local" }.count),
            "Networks": networks.joined(separator: ","),
        ]
        var values = fields.mapValues(JSONValue.string)
        values["Platform"] = .null
        return TableRow(
            values, methods: ["Label": { name in labels.first { $0.name == name }?.text ?? "" }])
    }

    private static func names(_ names: [String], _ truncated: Bool) -> String {
        let plain = names.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
        return truncated ? plain.first { !$0.contains("/") } ?? "" : plain.joined(separator: ",")
    }

    private static func image(_ image: String, id: String, _ truncated: Bool) -> String {
        if image.isEmpty { return "<no image>" }
        if !truncated { return image }
        if Shortened.id(id) == Shortened.id(image) { return Shortened.id(id) }
        var name = ImageName(image)
        name.digest = nil
        return name.familiar
    }

    private static func size(_ container: JSONValue) -> String {
        let own = HumanUnits.size(container.number("SizeRw"), digits: 3)
        let root = container.number("SizeRootFs")
        return root > 0 ? "\(own) (virtual \(HumanUnits.size(root, digits: 3)))" : own
    }
}

/// Ports as `ps` shows them: neighbours in one range.
public enum PortListing {
    private struct Port: Equatable {
        var inside: Int64
        var address: String
        var outside: Int64
        var kind: String
    }

    /// `0.0.0.0:8080->80/tcp, 443/tcp` from the elements of `Ports`.
    public static func text(_ elements: [JSONValue]) -> String {
        let ports = elements.map {
            Port(
                inside: $0.number("PrivatePort"), address: $0.text("IP"), outside: $0.number("PublicPort"),
                kind: $0.text("Type"))
        }.sorted {
            ($0.inside, $0.address, $0.outside, $0.kind) < ($1.inside, $1.address, $1.outside, $1.kind)
        }
        var finished: [String] = []
        var mapped: [String] = []
        var groups: [(address: String, kind: String, first: Int64, last: Int64)] = []
        for port in ports {
            if !port.address.isEmpty, port.outside != port.inside {
                mapped.append("\(joined(port.address, String(port.outside)))->\(port.inside)/\(port.kind)")
                continue
            }
            guard let index = groups.firstIndex(where: { $0.address == port.address && $0.kind == port.kind }) else {
                groups.append((port.address, port.kind, port.inside, port.inside))
                continue
            }
            if port.inside == groups[index].last + 1 {
                groups[index].last = port.inside
            } else {
                finished.append(text(groups[index]))
                groups[index].first = port.inside
                groups[index].last = port.inside
            }
        }
        return (finished + groups.map(text) + mapped).joined(separator: ", ")
    }

    private static func text(_ group: (address: String, kind: String, first: Int64, last: Int64)) -> String {
        let range = group.first == group.last ? "\(group.first)" : "\(group.first)-\(group.last)"
        let place = group.address.isEmpty ? "" : joined(group.address, range) + "->"
        return "\(place)\(range)/\(group.kind)"
    }

    /// `address:port`, with brackets around an IPv6 address.
    public static func joined(_ address: String, _ port: String) -> String {
        address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
