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

    private let state = Mutex(Status.created)

    init(id: String, containerID: String, request: ExecCreateRequest) {
        self.id = id
        self.containerID = containerID
        self.request = request
    }

    var status: Status {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    /// Claims the one start that an exec has.
    func claimStart() -> Bool {
        state.withLock { status in
            guard case .created = status else { return false }
            status = .starting
            return true
        }
    }
}

/// The execs of all containers. They live as long as the daemon, at most until their container is gone.
final class ExecTable: Sendable {
    private let byID = Mutex<[String: Exec]>([:])

    func insert(_ exec: Exec) { byID.withLock { $0[exec.id] = exec } }

    func remove(id: String) { byID.withLock { $0[id] = nil } }

    /// The exec of that id.
    func resolve(_ id: String) throws(APIError) -> Exec {
        guard let exec = byID.withLock({ $0[id] }) else { throw .notFound("No such exec instance: \(id)") }
        return exec
    }
}
