import EngineAPI

extension Route {
    static let images: [Route] = [
        .served("GET", "/images/json", "Lists images") { request, engine in
            try .json(await engine.imageList(all: request.query.flag("all"), filters: request.query.filters()))
        },
        .refused(
            "GET", "/images/search", "Searches a registry", status: 501,
            "searching is not available: only Docker Hub has a search, in a protocol of its own that Causeway does not "
                + "speak; look at https://hub.docker.com/search and pull the image by its name"),
        .served("GET", "/images/get", "Packs images") { request, engine in
            let names = request.query.all("names").filter { !$0.isEmpty }
            guard !names.isEmpty else { throw APIError.badRequest("no image name was given") }
            return .pieces("application/x-tar", try await engine.imageSave(names))
        },
        .served("GET", "/images/{name*}/get", "Packs an image") { request, engine in
            .pieces("application/x-tar", try await engine.imageSave([request.parameter("name")]))
        },
        .served("GET", "/images/{name*}/history", "Lists an image's layers") { request, engine in
            try .json(await engine.imageHistory(request.parameter("name")))
        },
        .served("GET", "/images/{name*}/json", "Shows all of an image") { request, engine in
            try .json(await engine.imageInspect(request.parameter("name")))
        },
        .served("POST", "/images/load", "Unpacks images", body: .stream) { request, engine in
            let source = try await engine.imageLoad(request.stream, quiet: request.query.flag("quiet"))
            return try await JSONLine.progress(source, failsEarly: false)
        },
        .served("POST", "/images/create", "Pulls or imports an image", body: .stream) { request, engine in
            let query = request.query
            let source: ProgressSource
            if let name = query.text("fromImage") {
                source = try await engine.imagePull(
                    name, tag: query["tag"] ?? "", platform: query.text("platform"),
                    authorization: request.headers["x-registry-auth"])
            } else if query["fromSrc"] == "-" {
                source = try await engine.imageImport(
                    request.stream, repository: query["repo"] ?? "", tag: query["tag"] ?? "",
                    message: query["message"] ?? "", changes: query.all("changes"), platform: query.text("platform"))
            } else if let url = query.text("fromSrc") {
                throw APIError.notImplemented("import from \(url) is not built yet: send the archive with fromSrc=-")
            } else {
                throw APIError.badRequest("neither fromImage nor fromSrc was given")
            }
            return try await JSONLine.progress(source, failsEarly: true)
        },
        .served("POST", "/images/{name*}/push", "Sends an image to its registry") { request, engine in
            let source = try await engine.imagePush(
                request.parameter("name"), tag: request.query["tag"] ?? "", platform: request.query.text("platform"),
                authorization: request.headers["x-registry-auth"])
            return try await JSONLine.progress(source, failsEarly: true)
        },
        .served("POST", "/images/{name*}/tag", "Gives an image another name") { request, engine in
            try await engine.imageTag(
                request.parameter("name"), repository: request.query["repo"] ?? "", tag: request.query["tag"] ?? "")
            return .empty(201)
        },
        .served("POST", "/images/prune", "Removes unused images") { request, engine in
            try .json(await engine.imagePrune(filters: request.query.filters()))
        },
        .served("DELETE", "/images/{name*}", "Removes an image") { request, engine in
            try .json(
                await engine.imageRemove(
                    request.parameter("name"), force: request.query.flag("force"),
                    prune: !request.query.flag("noprune")))
        },
    ]
}
