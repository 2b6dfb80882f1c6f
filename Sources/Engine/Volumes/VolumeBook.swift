import Synchronization

/// All volumes, who has them, and who uses them now.
final class VolumeBook: Sendable {
    private struct State {
        var records: [String: VolumeRecord] = [:]
        /// Ids of the containers that have a volume, whether they run or not: it cannot be removed.
        var owners: [String: Set<String>] = [:]
        /// Who uses it at the moment: it stays mounted.
        var users: [String: Set<String>] = [:]
    }

    private let state = Mutex(State())
    /// One change of the set of volumes, or of what is mounted for them, at a time.
    let changes = AsyncLock()

    /// Every volume, by name.
    var all: [VolumeRecord] { state.withLock { $0.records.values.sorted { $0.name < $1.name } } }

    /// A volume; setting nil forgets it.
    subscript(name: String) -> VolumeRecord? {
        get { state.withLock { $0.records[name] } }
        set { state.withLock { $0.records[name] = newValue } }
    }

    /// The containers that have a volume, sorted.
    func owners(of name: String) -> [String] { state.withLock { ($0.owners[name] ?? []).sorted() } }

    /// A container has a volume from now on.
    func add(owner: String, of name: String) {
        state.withLock { _ = $0.owners[name, default: []].insert(owner) }
    }

    /// A container has it no more.
    func remove(owner: String, of name: String) {
        state.withLock { state in
            state.owners[name]?.remove(owner)
            if state.owners[name]?.isEmpty == true { state.owners[name] = nil }
        }
    }

    /// Somebody uses a volume from now on.
    ///
    /// - Returns: whether nobody did before.
    func begin(use user: String, of name: String) -> Bool {
        state.withLock { state in
            let isFirst = (state.users[name] ?? []).isEmpty
            state.users[name, default: []].insert(user)
            return isFirst
        }
    }

    /// Somebody uses it no more.
    ///
    /// - Returns: whether nobody does now; nil where that user did not.
    func end(use user: String, of name: String) -> Bool? {
        state.withLock { state in
            guard state.users[name]?.remove(user) != nil else { return nil }
            guard state.users[name]?.isEmpty == true else { return false }
            state.users[name] = nil
            return true
        }
    }

    /// Whether somebody uses it.
    func isUsed(_ name: String) -> Bool { state.withLock { !($0.users[name] ?? []).isEmpty } }
}
