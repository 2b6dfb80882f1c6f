import EngineAPI
import EngineClient

/// Commands about what a container has changed, and what is changed of it: `diff`, `commit`, `update`.
enum ChangeCommands {
    static let all = [diff, commit, update]

    private static let diff = Command(
        ["diff", "container diff"], aliases: ["container diff", "diff"], usage: "CONTAINER",
        "Inspect changes to files or directories on a container's filesystem", operands: .exactly(1)
    ) { call throws(ClientError) in
        let changes = try call.client.json(
            EngineRequest("GET", EngineClient.container(call.arguments.operands[0], "/changes")))
        // The API's numbers: changed, added, deleted.
        let letters = ["C", "A", "D"]
        for change in changes.elements {
            let kind = Int(change.number("Kind"))
            Console.line("\(letters.indices.contains(kind) ? letters[kind] : "") \(change.text("Path"))")
        }
        return 0
    }

    private static let commit = Command(
        ["commit", "container commit"], aliases: ["container commit", "commit"],
        usage: "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]", "Create a new image from a container's changes",
        flags: [
            Flag(
                "author", "a", .string, "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")"),
            Flag("change", "c", .list, "Apply Dockerfile instruction to the created image"),
            Flag("message", "m", .string, "Commit message"),
            Flag("pause", "p", .bool, "Pause container during commit", shownDefault: "true"),
        ], interspersed: false, operands: .between(1, 2)
    ) { call throws(ClientError) in
        let options = call.arguments
        var query = [("container", options.operands[0])]
        if options.operands.count == 2 {
            let name: ImageName
            do throws(ValueError) { name = try ImageName(checking: options.operands[1]) } catch {
                throw .local(error.message)
            }
            if name.digest != nil { throw .local("refusing to create a tag with a digest reference") }
            query += [("repo", name.familiarRepository), ("tag", name.tag ?? "latest")]
        }
        query += [("comment", options.text("message")), ("author", options.text("author"))].filter { !$0.1.isEmpty }
        query += options.list("change").map { ("changes", $0) }
        if !options.flag("pause", default: true) { query.append(("pause", "0")) }
        Console.line(try call.client.json(EngineRequest("POST", "/commit", query: query)).text("Id"))
        return 0
    }

    private static let update = Command(
        ["update", "container update"], aliases: ["container update", "update"],
        usage: "[OPTIONS] CONTAINER [CONTAINER...]", "Update configuration of one or more containers",
        flags: ContainerUpdate.flags, operands: .atLeast(1)
    ) { call throws(ClientError) in
        let body: EngineRequest.Body
        do throws(ValueError) {
            body = .json(Array(try ContainerUpdate.body(call.arguments).compact.utf8))
        } catch {
            throw .local(error.message)
        }
        var failures: [String] = []
        var warnings: [String] = []
        for name in call.arguments.operands {
            do throws(ClientError) {
                let reply = try call.client.json(
                    EngineRequest("POST", EngineClient.container(name, "/update"), body: body))
                warnings += reply["Warnings"]?.strings ?? []
                Console.line(name)
            } catch {
                failures.append(error.message)
            }
        }
        if !warnings.isEmpty { Console.line(warnings.joined(separator: "\n")) }
        if failures.isEmpty { return 0 }
        throw .local(failures.joined(separator: "\n"))
    }
}
