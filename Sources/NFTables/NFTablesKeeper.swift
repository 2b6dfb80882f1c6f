public import Netlink
public import SystemCalls
import Synchronization

/// Keeps tables of the engine's own as they are wanted. It remembers what it put into the kernel, and as long as
/// nobody else changed any rule (the kernel's generation tells), the next change is worked out from memory. After a
/// foreign change, and at the start, the tables are read back.
///
/// Calls block, for microseconds where little changes. Those who keep tables in the same namespace share one keeper:
/// one's changes are no foreign ones to the other then.
public final class NFTablesKeeper: Sendable {
    private let socket: NFTablesSocket
    private let state = Mutex(State())

    private struct State {
        /// The kernel's generation that `tables` belongs to.
        var generation: UInt32?
        /// What is there, by the table's title; nil where the table is known to be missing.
        var tables: [String: NFTablesObservedTable?] = [:]
        /// How many of the kernel's generations were this keeper's.
        var commits: UInt32 = 0

        /// Forgets what is there.
        mutating func forget() {
            generation = nil
            tables = [:]
        }
    }

    /// ERESTART: the rules moved on since the change was worked out.
    private static let restart: CInt = 85

    /// Keeps tables in the caller's network namespace, or in another.
    public init(in namespace: NetworkNamespace? = nil) throws(SystemCallError) {
        socket = try NFTablesSocket(in: namespace)
    }

    /// What the kernel's news name this keeper's changes by; see `NetlinkSocket.port`.
    public var port: UInt32 { socket.port }

    /// The kernel's generation without this keeper's own changes: the same as before where nobody else has changed a
    /// rule of any table since. One question to the kernel (NFT_MSG_GETGEN).
    public func foreignGeneration() throws(NetlinkError) -> UInt32 {
        try state.withLock { state throws(NetlinkError) in try socket.generation() &- state.commits }
    }

    /// What is there of a table; nil where there is none.
    public func observe(_ table: NFTablesTable) throws(NetlinkError) -> NFTablesObservedTable? {
        try state.withLock { state throws(NetlinkError) in
            _ = try synchronize(&state)
            return try present(table, &state)
        }
    }

    /// Says what `apply` would change.
    public func plan(
        _ tables: [NFTablesTable], removing unwanted: [NFTablesTable] = []
    ) throws(NetlinkError) -> NFTablesChange {
        try state.withLock { state throws(NetlinkError) in
            _ = try synchronize(&state)
            return try difference(tables, unwanted, &state)
        }
    }

    /// Brings the kernel to the tables and takes others away, in one transaction. What is in neither list is not
    /// touched.
    ///
    /// - Returns: what was changed.
    @discardableResult
    public func apply(
        _ tables: [NFTablesTable], removing unwanted: [NFTablesTable] = []
    ) throws(NetlinkError) -> NFTablesChange {
        try transact { keeper, state throws(NetlinkError) in
            let change = try keeper.difference(tables, unwanted, &state)
            return (
                change,
                { state in
                    for table in tables {
                        var observed = (state.tables[table.title] ?? nil) ?? NFTablesObservedTable()
                        observed.take(table)
                        state.tables[table.title] = observed
                    }
                    for table in unwanted { state.tables.removeValue(forKey: table.title) }
                }
            )
        }
    }

    /// Takes the tables away, in one transaction; a user's chain with rules keeps its table.
    ///
    /// - Returns: what was changed.
    @discardableResult
    public func remove(_ tables: [NFTablesTable]) throws(NetlinkError) -> NFTablesChange {
        try apply([], removing: tables)
    }

    /// Changes some elements, from memory and without a look at the rest: microseconds.
    ///
    /// - Throws: what the kernel refused; the memory is then given up, so that `apply` reads all back.
    public func change(
        _ table: NFTablesTable, removing gone: [String: Set<NFTablesElement>],
        adding new: [String: Set<NFTablesElement>]
    ) throws(NetlinkError) {
        try state.withLock { state throws(NetlinkError) in
            var change = NFTablesChange()
            for set in table.sets {
                table.elementChange(set, from: gone[set.name] ?? [], to: new[set.name] ?? [], &change)
            }
            if change.isEmpty { return }
            do throws(NetlinkError) {
                try socket.commit(change.requests)
                state.commits &+= 1
            } catch {
                state.forget()
                throw error
            }
            guard let before = state.generation, try socket.generation() == Self.next(before) else {
                state.forget()
                return
            }
            state.generation = Self.next(before)
            // Taken out of the state, so that its sets are changed in place.
            guard var observed = state.tables.removeValue(forKey: table.title) ?? nil else { return }
            for set in table.sets {
                observed.elements[set.name, default: []].subtract(gone[set.name] ?? [])
                observed.elements[set.name, default: []].formUnion(new[set.name] ?? [])
            }
            state.tables[table.title] = observed
        }
    }

    // MARK: Steps

    private func transact(
        _ work: (NFTablesKeeper, inout State) throws(NetlinkError) -> (NFTablesChange, (inout State) -> Void)
    ) throws(NetlinkError) -> NFTablesChange {
        try state.withLock { state throws(NetlinkError) in
            var attempts = 0
            while true {
                let generation = try synchronize(&state)
                let (change, remember) = try work(self, &state)
                if change.isEmpty { return change }
                do throws(NetlinkError) {
                    try socket.commit(change.requests, generation: generation)
                    state.commits &+= 1
                    state.generation = Self.next(generation)
                    remember(&state)
                    return change
                } catch {
                    state.forget()
                    attempts += 1
                    if error.errno.rawValue != Self.restart || attempts == 8 { throw error }
                }
            }
        }
    }

    /// Forgets what is no longer certain.
    private func synchronize(_ state: inout State) throws(NetlinkError) -> UInt32 {
        let generation = try socket.generation()
        if state.generation != generation {
            state.tables = [:]
            state.generation = generation
        }
        return generation
    }

    private func present(
        _ table: NFTablesTable, _ state: inout State
    ) throws(NetlinkError) -> NFTablesObservedTable? {
        if let known = state.tables[table.title] { return known }
        let observed = try socket.observe(table)
        state.tables[table.title] = .some(observed)
        return observed
    }

    private func difference(
        _ tables: [NFTablesTable], _ unwanted: [NFTablesTable], _ state: inout State
    ) throws(NetlinkError) -> NFTablesChange {
        var change = NFTablesChange()
        for table in unwanted { change.append(table.removal(from: try present(table, &state))) }
        for table in tables { change.append(table.change(from: try present(table, &state))) }
        return change
    }

    /// The kernel counts its generations up and leaves out zero.
    private static func next(_ generation: UInt32) -> UInt32 { generation == .max ? 1 : generation + 1 }
}
