import EngineAPI

/// The logging drivers and what they take: `--log-driver` and `--log-opt`.
enum LogOptionRules {
    /// What Docker's `json-file` takes.
    private static let known: Set<String> = [
        "max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag", "mode",
        "max-buffer-size",
    ]

    /// Refuses drivers that are not there and options that no driver knows, in Docker's words.
    static func check(_ log: LogConfig) throws(APIError) {
        guard ["", "json-file", "none"].contains(log.type) else {
            throw .badRequest("error looking up logging plugin \(log.type): plugin \"\(log.type)\" not found")
        }
        let options = log.config ?? [:]
        if log.type == "none" { return }
        for name in options.keys.sorted() where !known.contains(name) {
            throw .badRequest("unknown log opt '\(name)' for json-file log driver")
        }
        if let size = options["max-size"], bytes(size) == nil {
            throw .badRequest("invalid value for max-size: '\(size)' is no size like 10m")
        }
        if let count = options["max-file"], (Int(count) ?? 0) < 1 {
            throw .badRequest("max-file cannot be less than 1")
        }
        if options["max-size"] == nil, let count = options["max-file"], count != "1" {
            throw .badRequest("max-size cannot be 0 when max-file is greater than 1: set max-size too")
        }
    }

    /// What is accepted but will not be as the client may think.
    static func warnings(_ log: LogConfig) -> [String] {
        guard let count = log.config?["max-file"], count != "1" else { return [] }
        return ["log option max-file=\(count): one file is kept; once it is max-size long it is begun anew"]
    }

    /// The length at which a log is begun anew; nil for no limit.
    static func longestLog(_ log: LogConfig) -> Int? { log.config?["max-size"].flatMap(bytes) }

    /// `10m`, `512k`, `1g`, `4096`, with or without a `b` behind, as bytes; nil for anything else and for nothing.
    static func bytes(_ text: String) -> Int? {
        var rest = Substring(text.lowercased())
        if rest.hasSuffix("b") { rest.removeLast() }
        let shift =
            switch rest.last {
            case "k": 10
            case "m": 20
            case "g": 30
            case "t": 40
            default: 0
            }
        if shift > 0 { rest.removeLast() }
        guard let number = Int(rest), number > 0, number <= Int.max >> shift else { return nil }
        return number << shift
    }
}
