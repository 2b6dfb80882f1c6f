import EngineAPI
import EngineClient
import Glibc

/// Commands that speak with registries, by way of the engine.
enum RegistryCommands {
    static let all = [pull, push, search]

    private static func name(_ text: String) throws(ClientError) -> ImageName {
        do throws(ValueError) {
            return try ImageName(checking: text)
        } catch {
            throw .local(error.message)
        }
    }

    /// `X-Registry-Auth` for a registry. Where a credential helper fails, nobody is named, as Docker does: the image
    /// may be everybody's.
    static func authorization(for registry: String) throws(ClientError) -> (String, String) {
        let file = try CredentialFile(environment: Program.environment)
        let header: String
        do throws(ClientError) {
            header = try file.header(for: registry)
        } catch {
            Console.complain("WARNING: \(error.message)")
            header = CredentialFile.header(Credentials(), for: registry)
        }
        return ("X-Registry-Auth", header)
    }

    private static let pull = Command(
        ["pull", "image pull"], aliases: ["image pull", "pull"], usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
        "Download an image from a registry",
        flags: [
            Flag("all-tags", "a", .bool, "Download all tagged images in the repository"),
            Flag("disable-content-trust", nil, .bool, "Accepted for Docker's sake", isHidden: true),
            Flag("platform", nil, .string, "Set platform if server is multi-platform capable"),
            Flag("quiet", "q", .bool, "Suppress verbose output"),
        ], operands: .exactly(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let isQuiet = options.flag("quiet")
        let given = try name(options.operands[0])
        let isAll = options.flag("all-tags")
        if isAll, given.tag != nil || given.digest != nil {
            throw .local("tag can't be used with --all-tags/-a")
        }
        let name = isAll ? given : given.withDefaultTag
        if given != name, !isQuiet { Console.line("Using default tag: latest") }
        var query = name.pullQuery
        if options.isSet("platform") { query.append(("platform", options.text("platform"))) }
        let reply = try call.client.send(
            EngineRequest(
                "POST", "/images/create", query: query, headers: [try authorization(for: name.domain)]))
        var display = isQuiet ? .silent : ProgressDisplay(descriptor: 1)
        try display.show(reply)
        Console.line(
            "\(name.domain)/\(name.path)" + (name.tag.map { ":" + $0 } ?? "") + (name.digest.map { "@" + $0 } ?? ""))
        return 0
    }

    private static let push = Command(
        ["push", "image push"], aliases: ["image push", "push"], usage: "[OPTIONS] NAME[:TAG]",
        "Upload an image to a registry",
        flags: [
            Flag("all-tags", "a", .bool, "Push all tags of an image to the repository"),
            Flag("disable-content-trust", nil, .bool, "Accepted for Docker's sake", isHidden: true),
            Flag("quiet", "q", .bool, "Suppress verbose output"),
        ], operands: .exactly(1)
    ) { call throws(ClientError) in
        let options = call.arguments
        let isQuiet = options.flag("quiet")
        let given = try name(options.operands[0])
        let isAll = options.flag("all-tags")
        if isAll, given.tag != nil || given.digest != nil {
            throw .local("tag can't be used with --all-tags/-a")
        }
        if given.digest != nil { throw .local("cannot push a digest reference") }
        let name = isAll ? given : given.withDefaultTag
        if given != name, !isQuiet { Console.line("Using default tag: latest") }
        let reply = try call.client.send(
            EngineRequest(
                "POST", EngineClient.image(name.domain + "/" + name.path, "/push"),
                query: name.tag.map { [("tag", $0)] } ?? [], headers: [try authorization(for: name.domain)]))
        var display = isQuiet ? .silent : ProgressDisplay(descriptor: 1)
        try display.show(reply)
        if isQuiet { Console.line(name.familiar) }
        return 0
    }

    private static let search = Command(
        ["search"], usage: "TERM", "Search Docker Hub for images", operands: .exactly(1)
    ) { call throws(ClientError) in
        // The engine refuses it, and says why.
        try call.client.bytes(EngineRequest("GET", "/images/search", query: [("term", call.arguments.operands[0])]))
        return 0
    }
}
