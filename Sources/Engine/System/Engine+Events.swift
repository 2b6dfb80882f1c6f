public import EngineAPI

extension Engine {
    /// `GET /events`.
    public func events(
        since: Timestamp?, until: Timestamp?, filters: Filters
    ) async throws -> @Sendable () async throws -> EventMessage? {
        // As with Docker, a filter of an unknown name is none.
        if let since, let until, since > until {
            throw APIError.badRequest(
                "`since` time (\(Self.seconds(since))) cannot be after `until` time (\(Self.seconds(until)))")
        }
        let (past, live) = events.listen(since: since ?? (until == nil ? nil : .zero))
        let feed = EventFeed(past: past, live: live, until: until)
        return {
            while let event = try await feed.next() {
                if Self.wanted(event, filters) { return event }
            }
            return nil
        }
    }

    /// `1795449554.000000005`
    private static func seconds(_ time: Timestamp) -> String {
        let fraction = String(time.nanoseconds % 1_000_000_000)
        return "\(time.unixSeconds)." + String(repeating: "0", count: max(0, 9 - fraction.count)) + fraction
    }

    private static func wanted(_ event: EventMessage, _ filters: Filters) -> Bool {
        let attributes = event.actor.attributes
        func matchesObject(_ key: String) -> Bool {
            let wanted = filters.values(key)
            guard !wanted.isEmpty else { return true }
            let name = attributes["name"] ?? ""
            return event.type == key || key == "daemon"
                ? wanted.contains { $0 == name || event.actor.id.hasPrefix($0) }
                : key == "container" && wanted.contains { $0 == attributes["container"] }
        }
        let action = event.action
        let events = filters.values("event")
        let types = filters.values("type")
        let images = filters.values("image")
        return (events.isEmpty || events.contains { $0 == action || action.hasPrefix($0 + ":") })
            && (types.isEmpty || types.contains(event.type))
            && (images.isEmpty
                || images.contains { image in
                    [event.actor.id, attributes["image"] ?? "", attributes["name"] ?? ""].contains {
                        $0 == image || $0 == image + ":latest" || $0.hasPrefix(image + ":")
                    }
                })
            && ["container", "network", "volume", "daemon", "plugin", "service", "node", "secret", "config"]
                .allSatisfy(matchesObject)
            && filters.matches("scope", event.scope ?? "local")
            && filters.matchesLabels(attributes)
    }
}

/// One listener's events: the kept ones, then the live ones, until a time if there is one.
private actor EventFeed {
    private var past: ArraySlice<EventMessage>
    private let live: AsyncStream<EventMessage>
    private let until: Timestamp?

    init(past: [EventMessage], live: AsyncStream<EventMessage>, until: Timestamp?) {
        self.past = past[...]
        self.live = live
        self.until = until
    }

    func next() async throws -> EventMessage? {
        if let event = past.popFirst() { return inTime(event) }
        guard let until else { return await Self.first(of: live) }
        let (left, overflows) = until.nanoseconds.subtractingReportingOverflow(Timestamp.now.nanoseconds)
        guard left > 0, !overflows else { return nil }
        let live = live
        let event = await withTaskGroup(of: EventMessage?.self) { group in
            group.addTask { await Self.first(of: live) }
            group.addTask {
                try? await Task.sleep(nanoseconds: UInt64(left))
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        return event.flatMap(inTime)
    }

    private func inTime(_ event: EventMessage) -> EventMessage? {
        if let until, event.timeNano > until.nanoseconds { return nil }
        return event
    }

    private static func first(of stream: AsyncStream<EventMessage>) async -> EventMessage? {
        for await event in stream { return event }
        return nil
    }
}
