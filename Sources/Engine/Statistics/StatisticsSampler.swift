import EngineAPI
import Synchronization
import SystemCalls

/// Reads the use of resources once a second for all containers that somebody looks at, however many look: one task,
/// which ends when nobody looks any more.
final class StatisticsSampler: Sendable {
    /// The time between two readings.
    static let period = Duration.seconds(1)

    /// Reads one container; nil once it is gone. Blocks.
    typealias Reading = @Sendable () -> ContainerStats?

    private struct Subject {
        var reading: Reading
        var readers: [UInt64: AsyncStream<ContainerStats>.Continuation] = [:]
    }

    private struct State {
        var subjects: [String: Subject] = [:]
        var nextID: UInt64 = 0
        var isRunning = false
    }

    private let state = Mutex(State())

    init() {}

    /// How many readers there are.
    var readerCount: Int { state.withLock { $0.subjects.values.reduce(0) { $0 + $1.readers.count } } }

    /// One reading after another, the first at once. A reader that does not keep up misses some. The stream ends when
    /// the container is gone, and is given up by ending to iterate it.
    func readings(of id: String, _ reading: @escaping Reading) -> AsyncStream<ContainerStats> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ContainerStats.self, bufferingPolicy: .bufferingNewest(2))
        let (number, starts) = state.withLock { state -> (UInt64, Bool) in
            let number = state.nextID
            state.nextID += 1
            state.subjects[id, default: Subject(reading: reading)].readers[number] = continuation
            defer { state.isRunning = true }
            return (number, !state.isRunning)
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.subjects[id]?.readers[number] = nil
                if state.subjects[id]?.readers.isEmpty == true { state.subjects[id] = nil }
            }
        }
        if starts {
            Task { await run() }
        } else {
            Task { try? await BlockingWork.run { self.sample(only: id) } }
        }
        return stream
    }

    private func run() async {
        while true {
            try? await BlockingWork.run { self.sample() }
            try? await Task.sleep(for: Self.period)
            let ends = state.withLock { state in
                if state.subjects.isEmpty { state.isRunning = false }
                return !state.isRunning
            }
            if ends { return }
        }
    }

    /// Reads all subjects, or one, and tells their readers.
    private func sample(only id: String? = nil) {
        let subjects = state.withLock { state in
            state.subjects.filter { id == nil || $0.key == id }.map { ($0.key, $0.value.reading) }
        }
        for (id, reading) in subjects {
            let stats = reading()
            let told = state.withLock { state -> ([AsyncStream<ContainerStats>.Continuation], ContainerStats?) in
                guard let subject = state.subjects[id] else { return ([], nil) }
                if stats == nil { state.subjects[id] = nil }
                return (Array(subject.readers.values), stats)
            }
            for reader in told.0 {
                if let stats = told.1 { reader.yield(stats) } else { reader.finish() }
            }
        }
    }
}
