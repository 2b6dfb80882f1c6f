import Dispatch
import EngineAPI
import EngineClient
import Synchronization

/// Clients that do at random to the same few containers and networks whatever can be done, with a model that every
/// reply is held against.
///
/// Containers are in three groups. Those named `name-` are reached by name. Those named `id-` are reached by id, so
/// that each one's life and networks can be followed. Those named `move-` are renamed to each other's names.
public struct ModelRun: Sendable {
    /// Path of the engine's socket.
    public var socket: String
    /// Where the random choices come from; each client has its own stream of them.
    public var seed: UInt64
    /// How many clients work at once, at most 30.
    public var clients = 8
    /// How long.
    public var seconds = 600.0
    /// Seconds that a reply may take before it is taken for a deadlock.
    public var deadline = 60

    /// What came of it.
    public struct Outcome: Sendable {
        /// How many replies of each kind: `start 204`.
        public var counts: [String: Int] = [:]
        /// How many registers were judged.
        public var registers = 0
        /// Replies that contradict the model, requests without a reply.
        public var contradictions: [String] = []
        /// All replies.
        public var total: Int { counts.values.reduce(0, +) }
    }

    /// A run with these choices.
    public init(socket: String, seed: UInt64) {
        self.socket = socket
        self.seed = seed
    }

    /// Runs, judges, and removes everything that the clients have made.
    ///
    /// - Throws: where what was made cannot be removed at the end, or is not gone then.
    public func run() throws(LoadFailure) -> Outcome {
        try LoadClient(socket: socket, deadline: deadline).clear()
        let book = ModelBook()
        let clock = ContinuousClock()
        let begin = clock.now
        let end = begin + .seconds(seconds)
        let group = DispatchGroup()
        for number in 0..<clients {
            DispatchQueue(label: "client \(number)").async(group: group) {
                let connection = LoadClient(socket: socket, deadline: deadline)
                var random = SplitMix(state: seed &+ UInt64(number) &* 0x9e37_79b9_7f4a_7c15)
                while clock.now < end {
                    ask(Operation.random(&random, book), connection, book, since: begin)
                }
            }
        }
        group.wait()
        var outcome = book.judge()
        let last = LoadClient(socket: socket, deadline: deadline)
        try last.clear()
        let left = try last.list("/containers/json?all=true&filters=\(LoadLabel.filter)").count
        if left > 0 { outcome.contradictions.append("\(left) containers are left after all were removed") }
        return outcome
    }

    private func ask(
        _ operation: Operation, _ connection: LoadClient, _ book: ModelBook, since begin: ContinuousClock.Instant
    ) {
        let (method, path, body) = operation.request
        let call = ContinuousClock.now
        do throws(LoadFailure) {
            let reply = try connection.ask(method, path, body)
            let times = (call - begin, ContinuousClock.now - begin)
            book.note(operation, reply, times.0.nanoseconds, times.1.nanoseconds)
        } catch {
            book.note(error)
        }
    }
}

/// What the clients of a run have seen together.
final class ModelBook: Sendable {
    private struct State {
        var events: [RegisterKey: [Event]] = [:]
        var counts: [String: Int] = [:]
        var contradictions: [String] = []
        /// The ids that the names of the `id-` group had last.
        var ids: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// The id that a name of the `id-` group had last.
    func id(of name: String) -> String? { state.withLock { $0.ids[name] } }

    /// A request without a reply.
    func note(_ failure: LoadFailure) {
        state.withLock { $0.contradictions.append("\(failure)") }
    }

    /// A reply: `call` and `reply` are nanoseconds since the beginning.
    func note(_ operation: Operation, _ reply: LoadClient.Reply, _ call: Int64, _ replied: Int64) {
        let verdict = operation.verdict(reply)
        let refused = reply.status < 400 ? "" : " " + reply.message.prefix(160)
        let words = "\(operation.words) -> \(reply.status)\(refused)"
        state.withLock { state in
            state.counts["\(operation.word) \(reply.status)", default: 0] += 1
            switch verdict {
            case .impossible(let why): state.contradictions.append(why)
            case .steps(let steps):
                for (key, step) in steps {
                    state.events[key, default: []].append(
                        Event(key: key, step: step, call: call, reply: replied, words: words))
                }
                for key in operation.unsettled(steps) {
                    state.events[key, default: []].append(
                        Event(
                            key: key, step: .unbinds, call: call, reply: replied, words: words, isOptional: true))
                }
            }
            if case .create(let name, _) = operation, reply.status == 201, name.hasPrefix("id-") {
                state.ids[name] = reply.json?["Id"]?.string
            }
        }
    }

    /// Holds everything that was seen against the model.
    func judge() -> ModelRun.Outcome {
        let state = state.withLock { $0 }
        let found = state.events.sorted { "\($0.key)" < "\($1.key)" }.compactMap { key, events in
            History(key, events).contradiction()
        }
        return ModelRun.Outcome(
            counts: state.counts, registers: state.events.count, contradictions: state.contradictions + found)
    }
}

extension Operation {
    /// Names that may have been given up besides: a container that is renamed while it is renamed or removed by its
    /// former name loses the one that it has by then.
    fileprivate func unsettled(_ steps: [RegisterKey: Step]) -> [RegisterKey] {
        guard steps.values.contains(.unbinds) else { return [] }
        let reference: String
        switch self {
        case .remove(let target, _), .rename(let target, _): reference = target.name
        default: return []
        }
        guard reference.hasPrefix("move-") else { return [] }
        return Self.names("move").filter { $0 != reference }.map { .containerName($0) }
    }
}

extension Duration {
    /// The whole of it, for less than 290 years.
    fileprivate var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
