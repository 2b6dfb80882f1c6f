/// Which register a step is on.
enum RegisterKey: Hashable, Sendable {
    case containerName(String)
    case networkName(String)
    /// Of a container's id.
    case life(String)
    /// Of a container's id on a network's name.
    case place(String, String)

    /// What the register holds before anybody has done anything.
    var start: RegisterState {
        switch self {
        case .containerName, .networkName: .free
        case .life: .idle
        case .place: .member(false)
        }
    }
}

/// One step on one register, with the time of its request and of its reply.
struct Event: Hashable, Sendable {
    var key: RegisterKey
    var step: Step
    /// Nanoseconds since the beginning.
    var call: Int64
    /// Nanoseconds since the beginning; later than `call`.
    var reply: Int64
    /// The request and the reply in words.
    var words: String
    /// Whether the step may not have taken place at all.
    var isOptional = false
}

/// All that was seen on one register, judged.
struct History {
    let key: RegisterKey
    private let events: [Event]

    init(_ key: RegisterKey, _ events: [Event]) {
        self.key = key
        self.events = Self.loosened(events.sorted { $0.call < $1.call })
    }

    /// Nil where some order of the steps explains all replies; else the reply that none explains, and what was under
    /// way at the time.
    func contradiction() -> String? {
        var explanations = Explanations(start: key.start)
        var moments = events.enumerated().flatMap { [($1.call, $0, true), ($1.reply, $0, false)] }
        // At one and the same moment the requests go first: in doubt, two overlap.
        moments.sort { ($0.0, $0.2 ? 0 : 1) < ($1.0, $1.2 ? 0 : 1) }
        for (_, number, isCall) in moments {
            if isCall {
                explanations.begin(number, events[number])
            } else if !explanations.end(number) {
                return describe(number)
            }
        }
        return nil
    }

    private func describe(_ number: Int) -> String {
        let culprit = events[number]
        let before = events.filter { $0.call <= culprit.reply && $0.reply >= culprit.call - 300_000_000 }
        let lines = before.suffix(40).map { event in
            "    \(Self.milliseconds(event.call)) - \(Self.milliseconds(event.reply)) ms  \(event.words)"
        }
        return "\(key): no order explains \(culprit.words)\n" + lines.joined(separator: "\n")
    }

    private static func milliseconds(_ nanoseconds: Int64) -> String {
        "\(nanoseconds / 1_000_000).\((nanoseconds / 100_000) % 10)"
    }

    /// Loosens what need not hold to the letter, because something of several steps was under way beside it:
    ///
    /// * a name is in use as soon as somebody is about to get it, though nobody is found by it yet;
    /// * what is about to be removed answers as if it were already, or still, there;
    /// * of two who remove the same, both may be told that it is gone.
    private static func loosened(_ events: [Event]) -> [Event] {
        let slow = events.filter { $0.step.takesSteps }
        let longest = slow.map { $0.reply - $0.call }.max() ?? 0
        return events.map { event in
            if case .binds = event.step { return event }
            var low = 0
            var high = slow.count
            while low < high {
                let middle = (low + high) / 2
                if slow[middle].call < event.call - longest { low = middle + 1 } else { high = middle }
            }
            let isBeside = slow[low...].prefix { $0.call <= event.reply }.contains { other in
                other.reply >= event.call && other != event
            }
            var event = event
            if isBeside { event.isOptional = true }
            return event
        }
    }
}

extension Step {
    /// Whether the engine does it in several steps, of which others see some.
    fileprivate var takesSteps: Bool {
        switch self {
        case .binds, .unbinds, .tries, .ends, .endsIdle: true
        default: false
        }
    }
}

/// The orders that explain what was seen so far: after each reply, those remain in which its step has taken place.
private struct Explanations {
    /// One explanation: what is held, and which of the steps under way have taken place, one bit each.
    private struct Explanation: Hashable {
        var state: RegisterState
        var done: UInt64 = 0
    }

    private var remaining: Set<Explanation>
    /// The steps under way, by slot.
    private var slots: [(number: Int, event: Event)?] = Array(repeating: nil, count: 64)

    init(start: RegisterState) {
        remaining = [Explanation(state: start)]
    }

    mutating func begin(_ number: Int, _ event: Event) {
        guard let slot = slots.firstIndex(where: { $0 == nil }) else { return }
        slots[slot] = (number, event)
    }

    /// - Returns: whether an explanation is left.
    mutating func end(_ number: Int) -> Bool {
        guard let slot = slots.firstIndex(where: { $0?.number == number }) else { return true }
        let bit = UInt64(1) << UInt64(slot)
        var seen = remaining
        var waiting = Array(remaining)
        var left: Set<Explanation> = []
        while let next = waiting.popLast() {
            if next.done & bit != 0 {
                left.insert(Explanation(state: next.state, done: next.done & ~bit))
                continue
            }
            for (other, entry) in slots.enumerated() {
                let otherBit = UInt64(1) << UInt64(other)
                guard let entry, next.done & otherBit == 0 else { continue }
                let states = [next.state.after(entry.event.step), entry.event.isOptional ? next.state : nil]
                for state in states.compactMap({ $0 }) {
                    let further = Explanation(state: state, done: next.done | otherBit)
                    if seen.insert(further).inserted { waiting.append(further) }
                }
            }
        }
        slots[slot] = nil
        remaining = left
        return !left.isEmpty
    }
}
