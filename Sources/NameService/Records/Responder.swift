/// Answers what can be answered from records alone. No sockets, no clock.
enum Responder {
    /// What became of a message.
    enum Outcome: Sendable {
        /// The reply is in the message's first bytes, so many of them.
        case reply(Int)
        /// A question for a server elsewhere; the message is as it came.
        case forward(Query)
        /// No reply may be sent.
        case nothing
    }

    /// Looks at a message and answers it in place where the sandbox knows the answer.
    ///
    /// - Parameters:
    ///   - message: the memory that the message lies in; the reply may fill all of it.
    ///   - count: how many bytes came.
    ///   - view: what the sandbox sees.
    ///   - isStream: whether it came by TCP, where only the memory limits the reply.
    static func respond(
        to message: inout MutableSpan<UInt8>, count: Int, view: SandboxView, isStream: Bool
    ) -> Outcome {
        switch Inspection(message.span, count: count) {
        case .unanswerable: return .nothing
        case .refused(let code): return .reply(Reply.writeHeader(code, over: &message))
        case .query(let query):
            let limit = isStream ? message.count : min(query.datagramLimit, message.count)
            if let extended = query.extended, extended.version != 0 {
                return .reply(Reply.write(.badVersion, to: query, limit: limit, over: &message))
            }
            guard query.recordClass == 1 || query.recordClass == RecordType.any else { return .forward(query) }
            if let found = view.find(query.name) {
                let records = found.records(ofType: query.type)
                let first = records.count > 1 ? found.nextTurn() : 0
                return .reply(
                    Reply.write(.noError, records, first: first, to: query, limit: limit, over: &message))
            }
            let isAddress = query.type == RecordType.a || query.type == RecordType.aaaa
            if isAddress, view.names.hasNdots, query.name.isSingleLabel {
                return .reply(Reply.write(.noError, to: query, limit: limit, over: &message))
            }
            return .forward(query)
        }
    }
}
