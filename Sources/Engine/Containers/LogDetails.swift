import EngineAPI

/// What `docker logs --details` shows before each line: labels and variables that log options name, and the tag.
enum LogDetails {
    /// `key=value,…`, sorted by key, with both as in a URL's query.
    ///
    /// - Throws: 500 in Docker's words for a pattern or a tag that cannot be; they come with a start.
    static func text(_ record: ContainerRecord) throws(APIError) -> String {
        let options = record.hostConfig.logConfig.config ?? [:]
        var found: [String: String] = [:]
        let labels = record.config.labels ?? [:]
        for name in names(options["labels"]) { found[name] = labels[name] }
        if let pattern = try pattern(options["labels-regex"]) {
            for (name, value) in labels where name.contains(pattern) { found[name] = value }
        }
        var variables: [String: String] = [:]
        for variable in record.config.env ?? [] {
            let parts = variable.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        }
        for name in names(options["env"]) { found[name] = variables[name] }
        if let pattern = try pattern(options["env-regex"]) {
            for (name, value) in variables where name.contains(pattern) { found[name] = value }
        }
        if let template = options["tag"], !template.isEmpty { found["tag"] = try tag(template, record) }
        return found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { escaped($0.key) + "=" + escaped($0.value) }.joined(separator: ",")
    }

    private static func names(_ list: String?) -> [String] {
        (list ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    private static func refuse(_ why: String) -> APIError {
        .internalFailure("failed to create task for container: failed to initialize logging driver: \(why)")
    }

    private static func pattern(_ text: String?) throws(APIError) -> Regex<AnyRegexOutput>? {
        guard let text, !text.isEmpty else { return nil }
        do { return try Regex(text) } catch { throw refuse("error parsing regexp: `\(text)`") }
    }

    /// `{{.Name}}/{{.ID}}`: Docker's fields of a container, without functions.
    private static func tag(_ template: String, _ record: ContainerRecord) throws(APIError) -> String {
        let image = record.imageID.split(separator: ":").last.map(String.init) ?? record.imageID
        let fields = [
            "ID": record.shortID, "FullID": record.id, "ContainerID": record.id, "Name": record.name,
            "ContainerName": "/" + record.name, "ImageID": String(image.prefix(12)), "ImageFullID": record.imageID,
            "ContainerImageID": record.imageID, "ImageName": record.config.image,
            "ContainerImageName": record.config.image, "DaemonName": "docker",
            "Command": ([record.path] + record.arguments).joined(separator: " "),
        ]
        var result = ""
        var rest = template[...]
        while let start = rest.firstRange(of: "{{") {
            guard let end = rest.firstRange(of: "}}") else { throw refuse("template: log-tag:1: unclosed action") }
            let action = rest[start.upperBound..<end.lowerBound].filter { !$0.isWhitespace }
            guard action.hasPrefix("."), let value = fields[String(action.dropFirst())] else {
                throw refuse("template: log-tag: <\(action)> is no field of a container")
            }
            result += rest[..<start.lowerBound] + value
            rest = rest[end.upperBound...]
        }
        return result + rest
    }

    /// Go's `url.QueryEscape`.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: " "): result += "+"
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }
}
