import EngineAPI
import EngineClient

/// Requests that several commands make.
extension EngineClient {
    /// `/containers/NAME` and what follows, the name escaped.
    static func container(_ name: String, _ rest: String = "") -> String {
        "/containers/\(EngineRequest.escape(name))\(rest)"
    }

    /// `/images/NAME` and what follows, the name escaped.
    static func image(_ name: String, _ rest: String = "") -> String {
        "/images/\(EngineRequest.escape(name, keepingSlashes: true))\(rest)"
    }

    /// `/volumes/NAME`, the name escaped.
    static func volume(_ name: String) -> String { "/volumes/\(EngineRequest.escape(name))" }

    /// `GET /containers/{id}/json`.
    func inspectContainer(_ name: String) throws(ClientError) -> JSONValue {
        try json(EngineRequest("GET", EngineClient.container(name, "/json")))
    }

    /// Asks the same of several containers, or other objects, at once; prints the names of those for which it worked.
    func forEach(
        _ names: [String], ignoring isHarmless: (ClientError) -> Bool = { _ in false },
        _ request: (String) -> EngineRequest
    ) throws(ClientError) -> Int32 {
        var failures: [String] = []
        for (name, result) in zip(names, all(names.map(request))) {
            switch result {
            case .success(let reply):
                _ = try reply.readAll()
                Console.line(name)
            case .failure(let error) where isHarmless(error): Console.complain(error.message)
            case .failure(let error): failures.append(error.message)
            }
        }
        if failures.isEmpty { return 0 }
        throw .local(failures.joined(separator: "\n"))
    }
}

extension Flag {
    /// `--format` of a listing.
    static let listFormat = Flag(
        "format", nil, .string,
        "Format output using a custom template:\n'table':            Print output in table format with column "
            + "headers (default)\n'table TEMPLATE':   Print output in table format using the given Go template\n"
            + "'json':             Print in JSON format\n'TEMPLATE':         Print output using the given Go template")

    /// `--format` of something that is no table.
    static func objectFormat(_ letter: Character? = "f") -> Flag {
        Flag(
            "format", letter, .string,
            "Format output using a custom template:\n'json':             Print in JSON format\n"
                + "'TEMPLATE':         Print output using the given Go template")
    }
}

/// Fills in a template for `--format`, where `json` stands for the whole value.
func render(_ format: String, _ value: JSONValue) throws(ClientError) -> String {
    do {
        return try Template(format == "json" ? "{{json .}}" : format).render(value)
    } catch {
        throw .local("template parsing error: \(error)", exitStatus: 64)
    }
}
