import ContainerRuntime
import EngineAPI
import Synchronization

/// One more process in a running container: made by one request, started by another.
final class Exec: Sendable {
    let id: String
    let containerID: String
    let request: ExecCreateRequest

    /// Where it is in its life.
    enum Status: Sendable {
        case created, starting
        case running(RunningExec)
        case ended(exitCode: Int, pid: Int32)
    }

    private struct State {
        var status = Status.created
        var endedAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    init(id: String, containerID: String, request: ExecCreateRequest) {
        self.id = id
        self.containerID = containerID
        self.request = request
    }

    var status: Status {
        get { state.withLock { $0.status } }
        set {
            state.withLock { state in
                state.status = newValue
                if case .ended = newValue, state.endedAt == nil { state.endedAt = .now }
            }
        }
    }

    /// Claims the one start that an exec has.
    func claimStart() -> Bool {
        state.withLock { state in
            guard case .created = state.status else { return false }
            state.status = .starting
            return true
        }
    }

    /// Whether it ended that long ago.
    func hasEnded(for time: Duration) -> Bool {
        state.withLock { $0.endedAt.map { $0.duration(to: .now) >= time } ?? false }
    }
}

/// The execs of all containers. They live as long as the daemon, at most until their container is gone; one that has
/// ended is known for some minutes more, since clients ask for its exit code.
final class ExecTable: Sendable {
    /// How long an exec that has ended is known, as with Docker.
    static let memory = Duration.seconds(300)
    private let byID = Mutex<[String: Exec]>([:])

    func insert(_ exec: Exec) {
        byID.withLock { execs in
            for (id, old) in execs where old.hasEnded(for: Self.memory) { execs[id] = nil }
            execs[exec.id] = exec
        }
    }

    /// Forgets all execs of a container.
    func remove(containerID: String) {
        byID.withLock { execs in
            for (id, exec) in execs where exec.containerID == containerID { execs[id] = nil }
        }
    }

    func remove(id: String) { byID.withLock { $0[id] = nil } }

    /// The exec of that id.
    func resolve(_ id: String) throws(APIError) -> Exec {
        guard let exec = byID.withLock({ $0[id] }) else { throw .notFound("No such exec instance: \(id)") }
        return exec
    }
}
