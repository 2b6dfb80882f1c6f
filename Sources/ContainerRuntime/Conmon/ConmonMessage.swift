import EngineAPI

/// A line that conmon writes to its parent: a process id, an exit code, or the runtime's error.
struct ConmonMessage: Hashable, Sendable, Decodable {
    /// The id or code; negative where the runtime failed.
    var data: Int
    /// The runtime's own words, where it failed.
    var message: String?

    init(data: Int, message: String? = nil) {
        self.data = data
        self.message = message
    }

    /// Reads one line. conmon quotes what it must and nothing more, so bytes that are no UTF-8 are replaced first.
    init?(line: [UInt8]) {
        let text = String(decoding: line, as: UTF8.self)
        guard let message = try? JSONText.decode(ConmonMessage.self, from: Array(text.utf8)) else { return nil }
        self = message
    }
}
