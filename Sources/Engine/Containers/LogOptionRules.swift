import ContainerRuntime
import EngineAPI

/// The logging drivers and what they take: `--log-driver` and `--log-opt`. As with Docker, names are checked when a
/// container is made, most values when it starts.
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
        let mode = options["mode"] ?? ""
        guard ["", "blocking", "non-blocking"].contains(mode) else {
            throw .badRequest("logger: logging mode not supported: \(mode)")
        }
        if let size = options["max-buffer-size"] {
            guard mode == "non-blocking" else {
                throw .badRequest("logger: max-buffer-size option is only supported with 'mode=non-blocking'")
            }
            if bytes(size) == nil {
                throw .badRequest("error parsing option max-buffer-size: invalid size: '\(size)'")
            }
        }
    }

    /// Takes over the daemon's driver where the container names none, and the driver's options where it is the same.
    static func fill(_ log: inout LogConfig, driver: String, options: [String: String]) {
        if log.type.isEmpty { log.type = driver }
        if log.type == driver { log.config = (log.config ?? [:]).merging(options) { own, _ in own } }
    }

    /// What is accepted but will not be as the client may think.
    static func warnings(_ log: LogConfig) -> [String] {
        guard log.type != "none", let options = log.config else { return [] }
        var warnings: [String] = []
        if options["compress"].flatMap({ QueryFlag.strict($0) }) == true {
            warnings.append("log option compress: older files are kept as they are, not compressed")
        }
        if options["mode"] == "non-blocking" {
            warnings.append("log option mode=non-blocking: the log is written to a file at once, nothing is buffered")
        }
        return warnings
    }

    /// How long the log may grow; nil for no limit.
    ///
    /// - Throws: 500 in Docker's words, which come with a start.
    static func limit(_ log: LogConfig) throws(APIError) -> LogLimit? {
        guard log.type != "none", let options = log.config else { return nil }
        func refuse(_ why: String) -> APIError {
            .internalFailure("failed to create task for container: failed to initialize logging driver: \(why)")
        }
        var size: Int?
        if let text = options["max-size"] {
            guard let bytes = bytes(text) else { throw refuse("invalid size: '\(text)'") }
            guard bytes > 0 else { throw refuse("max-size must be a positive number") }
            size = bytes
        }
        var files = 1
        if let text = options["max-file"] {
            guard let count = Int(text) else { throw refuse("strconv.Atoi: parsing \"\(text)\": invalid syntax") }
            guard count >= 1 else { throw refuse("max-file cannot be less than 1") }
            files = count
        }
        if let text = options["compress"] {
            guard let compresses = QueryFlag.strict(text) else {
                throw refuse("strconv.ParseBool: parsing \"\(text)\": invalid syntax")
            }
            if compresses, size == nil || files < 2 {
                throw refuse("compress cannot be true when max-file is less than 2 or max-size is not set")
            }
        }
        return size.map { LogLimit(fileBytes: $0, files: files) }
    }

    /// A size as Docker reads it (go-units' RAMInBytes): `10m`, `1.5 GiB`, `512KB`, `4096`; nil for anything else.
    static func bytes(_ text: String) -> Int? {
        var rest = Substring(text.lowercased())
        if rest.hasSuffix("b") { rest.removeLast() }
        let hasSmallI = rest.hasSuffix("i")
        if hasSmallI { rest.removeLast() }
        let shift = rest.last.flatMap { ["k": 10, "m": 20, "g": 30, "t": 40, "p": 50][$0] } ?? 0
        if shift > 0 { rest.removeLast() } else if hasSmallI { return nil }
        if rest.hasSuffix(" ") { rest.removeLast() }
        guard rest.first?.isNumber == true, rest.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let number = Double(String(rest)), number * Double(1 << shift) < Double(Int.max)
        else { return nil }
        return Int(number * Double(1 << shift))
    }
}
