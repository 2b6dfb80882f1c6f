public import EngineAPI

/// `volume ls`: volumes in a table.
public enum VolumeListing {
    static let headers = [
        "ID": "ID", "Name": "VOLUME NAME", "Group": "GROUP", "Driver": "DRIVER", "Scope": "SCOPE",
        "Availability": "AVAILABILITY", "Mountpoint": "MOUNTPOINT", "Labels": "LABELS", "Links": "LINKS",
        "Size": "SIZE", "Status": "STATUS",
    ]

    /// How the listing prints.
    public static let format = TableFormat(
        table: "{{.Driver}}\t{{.Name}}", quiet: "{{.Name}}", headers: headers)

    /// Rows from the reply of `GET /volumes`, sorted by name.
    public static func rows(_ reply: JSONValue) -> [TableRow] {
        (reply["Volumes"]?.elements ?? []).sorted { NaturalOrder.precedes($0.text("Name"), $1.text("Name")) }.map(row)
    }

    /// One volume. What belongs to clusters is `N/A`, and so is what the engine has not counted.
    static func row(_ volume: JSONValue) -> TableRow {
        let labels = volume["Labels"]?.pairs ?? []
        let usage = volume["UsageData"].flatMap { $0.members.isEmpty ? nil : $0 }
        let fields: [String: String] = [
            "Name": volume.text("Name"), "Driver": volume.text("Driver"), "Scope": volume.text("Scope"),
            "Mountpoint": volume.text("Mountpoint"),
            "Labels": labels.map { "\($0.name)=\($0.text)" }.joined(separator: ","),
            "Links": usage.map { String($0.number("RefCount")) } ?? "N/A",
            "Size": usage.map { HumanUnits.size($0.number("Size")) } ?? "N/A",
            "Group": "N/A", "Availability": "N/A", "Status": "N/A",
        ]
        return TableRow(
            fields.mapValues(JSONValue.string),
            methods: ["Label": { name in labels.first { $0.name == name }?.text ?? "" }])
    }
}
