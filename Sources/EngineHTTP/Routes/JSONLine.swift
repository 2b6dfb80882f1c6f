import EngineAPI

/// Streams of JSON objects, one a chunk.
enum JSONLine {
    /// The object and a line feed.
    static func line(_ value: some Encodable) throws -> [UInt8] {
        try JSONText.encode(value) + [UInt8(ascii: "\n")]
    }

    /// A reply that reports progress. A failure after the first line is written in-band, as Docker does.
    ///
    /// - Parameter failsEarly: whether a failure before the first line is a failure of the request.
    static func progress(_ source: @escaping ProgressSource, failsEarly: Bool) async throws -> Response {
        let first: ProgressMessage?
        do {
            first = try await source()
        } catch let error where !failsEarly && !(error is CancellationError) {
            first = failure(error)
        }
        let reader = ProgressReader(first: first, source: source)
        return .pieces("application/json") { try await reader.next() }
    }

    /// The in-band form of a failure.
    static func failure(_ error: any Error) -> ProgressMessage {
        let message = (error as? APIError)?.message ?? "\(error)"
        return ProgressMessage(errorDetail: ProgressErrorDetail(message: message), error: message)
    }
}

/// Pulls one line of progress after another.
private actor ProgressReader {
    private var first: ProgressMessage?
    private var ended: Bool
    private let source: ProgressSource

    init(first: ProgressMessage?, source: @escaping ProgressSource) {
        self.first = first
        self.source = source
        ended = first == nil
    }

    func next() async throws -> [UInt8]? {
        if ended { return nil }
        let message: ProgressMessage?
        if let pending = first {
            message = pending
            first = nil
        } else {
            do {
                message = try await source()
            } catch let error where !(error is CancellationError) {
                message = JSONLine.failure(error)
            }
        }
        guard let message else {
            ended = true
            return nil
        }
        if message.error != nil { ended = true }
        return try JSONText.encode(message) + Array("\r\n".utf8)
    }
}
