public import EngineAPI

/// `system df`: what takes how much room, from the reply of `GET /system/df`.
public struct DiskUsageListing {
    private let usage: JSONValue
    private let now: Int64

    /// Takes the reply.
    ///
    /// - Parameter now: Unix seconds that ages are counted to.
    public init(_ usage: JSONValue, now: Int64 = LocalTime.now) {
        self.usage = usage
        self.now = now
    }

    private var images: [JSONValue] { usage["Images"]?.elements ?? [] }
    private var containers: [JSONValue] { usage["Containers"]?.elements ?? [] }
    private var volumes: [JSONValue] { usage["Volumes"]?.elements ?? [] }
    private var buildCache: [JSONValue] { usage["BuildCache"]?.elements ?? [] }

    // MARK: Summary

    /// One row for each kind.
    ///
    /// - Parameter format: what `--format` says; empty means a table.
    public func summary(format: String) throws(ClientError) -> String {
        let names = ["Type", "TotalCount", "Active", "Size", "Reclaimable"]
        let titles = ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"]
        return try TableFormat(
            table: names.map { "{{.\($0)}}" }.joined(separator: "\t"), quiet: "",
            headers: Dictionary(uniqueKeysWithValues: zip(names, titles))
        ).render([imageSummary, containerSummary, volumeSummary, buildSummary], format: format)
    }

    /// - Parameters:
    ///   - size: bytes in all.
    ///   - reclaimable: how many of them would be given back.
    ///   - share: whether the row says what part of the whole that is.
    private func summary(
        _ type: String, _ count: Int, active: Int, size: Int64, reclaimable: Int64, share: Bool = true
    ) -> TableRow {
        let part = share && size > 0 ? " (\(reclaimable * 100 / size)%)" : ""
        let fields: [String: String] = [
            "Type": type, "TotalCount": String(count), "Active": String(active), "Size": HumanUnits.size(size),
            "Reclaimable": HumanUnits.size(reclaimable) + part,
        ]
        return TableRow(fields.mapValues(JSONValue.string))
    }

    private var imageSummary: TableRow {
        let total = usage.number("LayersSize")
        let used = images.filter { $0.number("Containers") != 0 && $0.number("SharedSize") != -1 }
            .reduce(0) { $0 + $1.number("Size") - $1.number("SharedSize") }
        return summary(
            "Images", images.count, active: images.filter { $0.number("Containers") > 0 }.count, size: total,
            reclaimable: total - used)
    }

    private var containerSummary: TableRow {
        let active = containers.filter { ["running", "paused", "restarting"].contains($0.text("State")) }
        let total = containers.reduce(0) { $0 + $1.number("SizeRw") }
        let used = active.reduce(0) { $0 + $1.number("SizeRw") }
        return summary(
            "Containers", containers.count, active: active.count, size: total, reclaimable: total - used)
    }

    private var volumeSummary: TableRow {
        let counted = volumes.compactMap { $0["UsageData"] }.filter { $0.number("Size") != -1 }
        let unused = counted.filter { $0.number("RefCount") == 0 }
        return summary(
            "Local Volumes", volumes.count,
            active: volumes.filter { ($0["UsageData"]?.number("RefCount") ?? 0) > 0 }.count,
            size: counted.reduce(0) { $0 + $1.number("Size") },
            reclaimable: unused.reduce(0) { $0 + $1.number("Size") })
    }

    private var buildSummary: TableRow {
        let used = buildCache.filter { $0.flag("InUse") }
        return summary(
            "Build Cache", buildCache.count, active: used.count, size: builderSize,
            reclaimable: builderSize - used.filter { !$0.flag("Shared") }.reduce(0) { $0 + $1.number("Size") },
            share: false)
    }

    private var builderSize: Int64 {
        buildCache.filter { !$0.flag("Shared") }.reduce(0) { $0 + $1.number("Size") }
    }

    // MARK: Details

    /// Each object by itself: four tables, or all rows in one object for templates and JSON, without a line's end.
    ///
    /// - Parameter format: what `--format` says; empty means tables.
    public func details(format: String) throws(ClientError) -> String {
        let isTable = format.isEmpty || format == "table"
        let images = imageRows(truncated: isTable)
        let containers = containers.map { container in
            // What the image has is no part of it here.
            JSONValue.object(container.members.filter { $0.name != "SizeRootFs" })
        }
        let containerRows = ContainerListing.rows(.array(containers), truncated: isTable, now: now)
        let volumeRows = volumes.map(VolumeListing.row)
        let cacheRows = cacheRows(truncated: isTable)
        guard isTable else {
            let value = JSONValue.object([
                .init("Images", .array(images.map(\.value))), .init("Containers", .array(containerRows.map(\.value))),
                .init("Volumes", .array(volumeRows.map(\.value))), .init("BuildCache", .array(cacheRows.map(\.value))),
            ])
            if format == "json" || format.filter({ $0 != " " }) == "{{json.}}" { return TableFormat.escaped(value) }
            do throws(TemplateError) {
                return try Template(format.replacing("\\t", with: "\t").replacing("\\n", with: "\n")).render(value)
            } catch {
                throw .local("template parsing error: \(error)", exitStatus: 64)
            }
        }
        func table(_ columns: String, _ headers: [String: String], _ rows: [TableRow]) throws(ClientError) -> String {
            let template = columns.split(separator: " ").map { "{{.\($0)}}" }.joined(separator: "\t")
            return try TableFormat(table: template, quiet: "", headers: headers).render(rows)
        }
        return try "Images space usage:\n\n"
            + table(
                "Repository Tag ID CreatedSince Size SharedSize UniqueSize Containers",
                ImageListing.format(digests: false).headers, images)
            + "\nContainers space usage:\n\n"
            + table(
                "ID Image Command LocalVolumes Size RunningFor Status Names",
                ContainerListing.format(size: true).headers, containerRows)
            + "\nLocal Volumes space usage:\n\n" + table("Name Links Size", VolumeListing.headers, volumeRows)
            + "\nBuild cache usage: \(HumanUnits.size(builderSize))\n\n"
            + table(
                "ID CacheType Size CreatedSince LastUsedSince UsageCount Shared", DiskUsageListing.cacheHeaders,
                cacheRows)
    }

    /// One row for each image, under its first name.
    private func imageRows(truncated: Bool) -> [TableRow] {
        let single = images.map { image in
            let first = (image["RepoTags"]?.strings ?? []).prefix(1).map(JSONValue.string)
            return JSONValue.object(
                image.members.filter { $0.name != "RepoTags" && $0.name != "RepoDigests" } + [
                    .init("RepoTags", .array(first))
                ])
        }
        return ImageListing.rows(.array(single), truncated: truncated, digests: false, now: now).map { row in
            var row = row
            row.fields["Digest"] = .string("")
            return row
        }
    }

    private static let cacheHeaders = [
        "ID": "CACHE ID", "Parent": "PARENT", "CacheType": "CACHE TYPE", "Size": "SIZE", "CreatedSince": "CREATED",
        "LastUsedSince": "LAST USED", "UsageCount": "USAGE", "InUse": "IN USE", "Shared": "SHARED",
        "Description": "DESCRIPTION",
    ]

    /// What engines that build have kept; those used longest ago come first.
    private func cacheRows(truncated: Bool) -> [TableRow] {
        func shown(_ id: String) -> String { truncated ? Shortened.id(id) : id }
        func age(_ time: String) -> String {
            guard let seconds = LocalTime.parseCalendar(time).flatMap({ Int64($0.prefix { $0 != "." }) }) else {
                return ""
            }
            return HumanUnits.duration(seconds: now - seconds) + " ago"
        }
        return buildCache.sorted { ($0.text("LastUsedAt"), $0.text("ID")) < ($1.text("LastUsedAt"), $1.text("ID")) }
            .map { record in
                let parents = record["Parents"]?.strings ?? []
                let fields: [String: String] = [
                    "ID": shown(record.text("ID")) + (record.flag("InUse") ? "*" : ""),
                    "Parent": shown(parents.isEmpty ? record.text("Parent") : parents.joined(separator: ", ")),
                    "CacheType": record.text("Type"), "Description": record.text("Description"),
                    "Size": HumanUnits.size(record.number("Size"), digits: 3),
                    "CreatedAt": LocalTime.goTime(record.text("CreatedAt")),
                    "CreatedSince": age(record.text("CreatedAt")),
                    "LastUsedAt": record.text("LastUsedAt").isEmpty ? "" : LocalTime.goTime(record.text("LastUsedAt")),
                    "LastUsedSince": age(record.text("LastUsedAt")),
                    "UsageCount": String(record.number("UsageCount")), "InUse": String(record.flag("InUse")),
                    "Shared": String(record.flag("Shared")),
                ]
                return TableRow(fields.mapValues(JSONValue.string))
            }
    }
}
