public import EngineAPI

/// `images` and `history` in tables.
public enum ImageListing {
    /// How `images` prints.
    /// - Parameter digests: whether the table has a column for digests.
    public static func format(digests: Bool) -> TableFormat {
        TableFormat(
            table: "{{.Repository}}\t{{.Tag}}\t" + (digests ? "{{.Digest}}\t" : "")
                + "{{.ID}}\t{{if .CreatedSince }}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}",
            quiet: "{{.ID}}",
            headers: [
                "ID": "IMAGE ID", "Repository": "REPOSITORY", "Tag": "TAG", "Digest": "DIGEST",
                "CreatedSince": "CREATED", "CreatedAt": "CREATED AT", "Size": "SIZE", "Containers": "CONTAINERS",
                "VirtualSize": "SIZE", "SharedSize": "SHARED SIZE", "UniqueSize": "UNIQUE SIZE",
            ])
    }

    /// Rows from the reply of `GET /images/json`: one for each tag.
    public static func rows(
        _ reply: JSONValue, truncated: Bool, digests: Bool, now: Int64 = LocalTime.now
    ) -> [TableRow] {
        reply.elements.flatMap { image in
            names(image, digests).map { row(image, $0, truncated, now) }
        }
    }

    private struct Name {
        var repository = "<none>"
        var tag = "<none>"
        var digest = "<none>"
    }

    private static func names(_ image: JSONValue, _ withDigests: Bool) -> [Name] {
        let tagged = (image["RepoTags"]?.strings ?? []).filter { $0 != "<none>:<none>" }.map { ImageName($0) }
        let digested = (image["RepoDigests"]?.strings ?? []).filter { $0 != "<none>@<none>" }.map { ImageName($0) }
        if tagged.isEmpty, digested.isEmpty { return [Name()] }
        var result: [Name] = []
        for name in tagged {
            let digests = digested.filter { $0.familiarRepository == name.familiarRepository }.compactMap(\.digest)
            for digest in withDigests && !digests.isEmpty ? digests : ["<none>"] {
                result.append(Name(repository: name.familiarRepository, tag: name.tag ?? "<none>", digest: digest))
            }
        }
        let repositories = Set(tagged.map(\.familiarRepository))
        var seen: Set<String> = []
        for name in digested where !repositories.contains(name.familiarRepository) {
            if !withDigests, !seen.insert(name.familiarRepository).inserted { continue }
            result.append(
                Name(repository: name.familiarRepository, digest: withDigests ? name.digest ?? "" : ""))
        }
        return result
    }

    private static func row(_ image: JSONValue, _ name: Name, _ truncated: Bool, _ now: Int64) -> TableRow {
        let id = image.text("Id")
        let created = image.number("Created")
        let size = image.number("Size")
        let shared = image["SharedSize"]?.integer ?? -1
        let containers = image["Containers"]?.integer ?? -1
        let fields: [String: String] = [
            "ID": truncated ? Shortened.id(id) : id,
            "Repository": name.repository, "Tag": name.tag, "Digest": name.digest,
            "CreatedSince": HumanUnits.duration(seconds: now - created) + " ago",
            "CreatedAt": LocalTime.full(seconds: created),
            "Size": HumanUnits.size(size, digits: 3),
            "VirtualSize": HumanUnits.size(size),
            "Containers": containers == -1 ? "N/A" : String(containers),
            "SharedSize": shared == -1 ? "N/A" : HumanUnits.size(shared),
            "UniqueSize": shared == -1 ? "N/A" : HumanUnits.size(size - shared),
        ]
        return TableRow(fields.mapValues(JSONValue.string))
    }

    /// How `history` prints.
    /// - Parameter human: whether times and sizes are in words.
    public static func historyFormat(human: Bool) -> TableFormat {
        TableFormat(
            table: "{{.ID}}\t{{.\(human ? "CreatedSince" : "CreatedAt")}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
            quiet: "{{.ID}}",
            headers: [
                "ID": "IMAGE", "CreatedSince": "CREATED", "CreatedAt": "CREATED AT", "CreatedBy": "CREATED BY",
                "Size": "SIZE", "Comment": "COMMENT",
            ])
    }

    /// Rows from the reply of `GET /images/{name}/history`.
    public static func historyRows(
        _ reply: JSONValue, truncated: Bool, human: Bool, now: Int64 = LocalTime.now
    ) -> [TableRow] {
        reply.elements.map { item in
            let id = item.text("Id")
            let created = item.number("Created")
            let by = item.text("CreatedBy").replacing("\t", with: " ")
            let fields: [String: String] = [
                "ID": truncated ? Shortened.id(id) : id,
                "CreatedSince": human
                    ? HumanUnits.duration(seconds: now - created) + " ago" : LocalTime.rfc3339(seconds: created),
                "CreatedAt": LocalTime.rfc3339(seconds: created),
                "CreatedBy": truncated ? Shortened.text(by, width: 45) : by,
                "Size": human ? HumanUnits.size(item.number("Size"), digits: 3) : String(item.number("Size")),
                "Comment": item.text("Comment"),
            ]
            return TableRow(fields.mapValues(JSONValue.string))
        }
    }
}
