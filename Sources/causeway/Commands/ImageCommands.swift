import EngineAPI
import EngineClient

/// Commands that list, name and remove images.
enum ImageCommands {
    static let all = [list, history, tag, remove]

    private static let list = Command(
        ["images", "image ls", "image list"], aliases: ["image ls", "image list", "images"],
        usage: "[OPTIONS] [REPOSITORY[:TAG]]", "List images",
        flags: [
            Flag("all", "a", .bool, "Show all images (default hides intermediate images)"),
            Flag("digests", nil, .bool, "Show digests"), FilterOptions.flag(), .listFormat,
            Flag("no-trunc", nil, .bool, "Don't truncate output"),
            Flag("quiet", "q", .bool, "Only show image IDs"),
        ], operands: .atMost(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let format = options.text("format")
        let digests = options.flag("digests")
        var query: [(String, String)] = []
        if options.flag("all") { query.append(("all", "1")) }
        let reference = options.operands.first.map { [("reference", $0)] } ?? []
        if let filters = FilterOptions.query(options, adding: reference) { query.append(("filters", filters)) }
        let reply = try call.client.json(EngineRequest("GET", "/images/json", query: query))
        let rows = ImageListing.rows(
            reply, truncated: !options.flag("no-trunc"), digests: digests || TableFormat.mentions(format, "Digest"))
        Console.print(
            try ImageListing.format(digests: digests).render(rows, format: format, isQuiet: options.flag("quiet")))
        return 0
    }

    private static let history = Command(
        ["history", "image history"], aliases: ["image history", "history"], usage: "[OPTIONS] IMAGE",
        "Show the history of an image",
        flags: [
            .listFormat,
            Flag("human", "H", .bool, "Print sizes and dates in human readable format", shownDefault: "true"),
            Flag("no-trunc", nil, .bool, "Don't truncate output"),
            Flag("quiet", "q", .bool, "Only show image IDs"),
        ], operands: .exactly(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let human = options.flag("human", default: true)
        let reply = try call.client.json(
            EngineRequest("GET", EngineClient.image(options.operands[0], "/history")))
        let rows = ImageListing.historyRows(reply, truncated: !options.flag("no-trunc"), human: human)
        Console.print(
            try ImageListing.historyFormat(human: human).render(
                rows, format: options.text("format"), isQuiet: options.flag("quiet")))
        return 0
    }

    private static let tag = Command(
        ["tag", "image tag"], aliases: ["image tag", "tag"], usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
        "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE", operands: .exactly(2)
    ) { call throws(ClientError) in
        let names = call.arguments.operands
        let target: ImageName
        do throws(ValueError) {
            target = try ImageName(checking: names[1])
        } catch {
            throw .local("Error parsing reference: \"\(names[1])\" is not a valid repository/tag: \(error.message)")
        }
        if target.digest != nil { throw .local("refusing to create a tag with a digest reference") }
        try call.client.bytes(
            EngineRequest(
                "POST", EngineClient.image(names[0], "/tag"),
                query: [("repo", target.domain + "/" + target.path), ("tag", target.tag ?? "latest")]))
        return 0
    }

    private static let remove = Command(
        ["rmi", "image rm", "image remove"], aliases: ["image rm", "image remove", "rmi"],
        usage: "[OPTIONS] IMAGE [IMAGE...]", "Remove one or more images",
        flags: [
            Flag("force", "f", .bool, "Force removal of the image"),
            Flag("no-prune", nil, .bool, "Do not delete untagged parents"),
        ], operands: .atLeast(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let query = [("force", "force"), ("noprune", "no-prune")].filter { options.flag($0.1) }.map { ($0.0, "1") }
        var failures: [ClientError] = []
        for name in options.operands {
            do throws(ClientError) {
                let reply = try call.client.json(EngineRequest("DELETE", EngineClient.image(name), query: query))
                for item in reply.elements {
                    let deleted = item.text("Deleted")
                    Console.line(deleted.isEmpty ? "Untagged: \(item.text("Untagged"))" : "Deleted: \(deleted)")
                }
            } catch {
                failures.append(error)
            }
        }
        if failures.isEmpty { return 0 }
        let words = failures.map(\.message).joined(separator: "\n")
        guard options.flag("force"), failures.allSatisfy(\.isNotFound) else { throw .local(words) }
        Console.complain(words)
        return 0
    }
}
