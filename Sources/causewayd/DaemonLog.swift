import EngineAPI
import Logging
import Synchronization

/// Log lines in logrus' form, which people and tools that read dockerd's log know:
/// `time="2026-11-23T15:59:14.707Z" level=info msg="ready" pid=12`. On standard error.
struct DaemonLog: LogHandler {
    private static let threshold = Mutex(Logger.Level.info)

    /// The level in force for every logger of the process.
    static var level: Logger.Level {
        get { threshold.withLock { $0 } }
        set { threshold.withLock { $0 = newValue } }
    }

    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level {
        get { Self.level }
        set {}
    }

    init(label: String) {}

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        var line = "time=\"\(Timestamp.now)\" level=\(Self.word(event.level)) msg=\(Self.quoted("\(event.message)"))"
        for (key, value) in fields { line += " \(key)=\(Self.quoted("\(value)"))" }
        StandardStream.errors.write(line + "\n")
    }

    private static func word(_ level: Logger.Level) -> String {
        switch level {
        case .trace: "trace"
        case .debug: "debug"
        case .info, .notice: "info"
        case .warning: "warning"
        case .error: "error"
        case .critical: "fatal"
        }
    }

    /// A value in quotes where it has more than a plain word's characters.
    private static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._/@:+".utf8.contains(byte)
        }
        if plain, !text.isEmpty { return text }
        return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            + "\""
    }
}
