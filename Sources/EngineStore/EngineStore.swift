import CSQLite
import Synchronization
import SystemCalls

/// What kind of object a document describes: one table each.
public enum DocumentKind: String, Sendable, CaseIterable {
    /// A container's record.
    case container
    /// A network's record.
    case network
    /// A volume's record; its id is its name.
    case volume
}

/// A durable object: the engine's own JSON under an id and a name, both unique in their kind.
public struct Document: Sendable, Hashable {
    /// The object's id, 64 hex digits.
    public var id: String
    /// The object's name, without a slash.
    public var name: String
    /// The object itself, as JSON.
    public var content: String

    /// Joins the three.
    public init(id: String, name: String, content: String) {
        self.id = id
        self.name = name
        self.content = content
    }
}

/// Why the store failed.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    /// What was tried and what SQLite said.
    public let description: String
    /// Whether another object has that name already.
    public let isConflict: Bool
}

/// The engine's durable state: one SQLite file in WAL mode, and a copy of every object in a file of its own.
///
/// A change is atomic and survives the end of the process at any moment. A crash of the machine may lose the last
/// changes but never tears one: `synchronous` is NORMAL, so that no request waits for the disk.
///
/// A database that is damaged, at the start or while it is in use, is moved aside under a name with the date, and made
/// again from the copies (`DocumentMirror`). They follow the database within moments, when nobody waits for it; those of
/// removed objects go at once.
public final class EngineStore: Sendable {
    let path: String
    let mirror: DocumentMirror
    let log: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// The database and the copies, which one thread at a time reads and changes.
    struct State: ~Copyable {
        /// Nil when it is closed.
        var connection: SQLiteConnection?
        /// Counts the changes; the database and the copies say which was their last.
        var generation: Int64 = 0
        /// What the database has and the copies do not yet; nil for an object that is gone.
        var uncopied: [DocumentMirror.Key: Document?] = [:]
        /// Whether somebody is about to copy it.
        var isCopying = false
        /// Whether the log was told that copies cannot be written.
        var isCopyless = false
        /// See the store's.
        var isNew = false

        init(_ connection: consuming SQLiteConnection, generation: Int64) {
            self.connection = consume connection
            self.generation = generation
        }

        /// Runs one statement; see `SQLiteConnection`.
        @discardableResult
        mutating func run(_ sql: String, _ values: [String] = []) throws(SQLiteError) -> [[String]] {
            if let rows = try connection?.run(sql, values) { return rows }
            throw SQLiteError(code: SQLITE_MISUSE, message: "it is closed")
        }

        /// Makes several changes one.
        mutating func transaction(_ body: (inout State) throws(SQLiteError) -> Void) throws(SQLiteError) {
            try run("BEGIN IMMEDIATE")
            do throws(SQLiteError) {
                try body(&self)
                try run("COMMIT")
            } catch {
                _ = try? run("ROLLBACK")
                throw error
            }
        }
    }

    /// Whether it cannot tell what else there was: nothing had been kept in it when it was opened, which is this engine's
    /// first start or the loss of its state, or it was made again from copies.
    public var isNew: Bool { state.withLock { $0.isNew } }

    /// Opens the store, making or migrating it as needed.
    ///
    /// - Parameters:
    ///   - path: the file; its directory must exist. The copies are in `state` beside it.
    ///   - log: told what was damaged, where it was put, and what was made of it.
    /// - Throws: where the file cannot be opened or written, which is no damage: what is in the way, with the way out.
    public init(path: String, log: @escaping @Sendable (String) -> Void = { _ in }) throws(StoreError) {
        self.path = path
        self.log = log
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        mirror = DocumentMirror(folder: folder + "/state", log: log)
        do {
            state = Mutex(try Self.openSound(path, mirror, log))
        } catch {
            throw Self.failure("open \(path)", error)
        }
    }

    /// All objects of a kind, in the order of their ids.
    public func all(_ kind: DocumentKind) throws(StoreError) -> [Document] {
        try attempt("read every \(kind)") { state throws(SQLiteError) in try state.documents(kind) }
    }

    /// Writes an object, in place of the one with the same id. A name that another object has is a conflict.
    public func put(_ kind: DocumentKind, _ document: Document) throws(StoreError) {
        try change(
            "write \(kind) \(document.name)", DocumentMirror.Key(folder: kind.rawValue, id: document.id), document
        ) {
            state throws(SQLiteError) in try state.insert(kind, document)
        }
    }

    /// Removes an object; a missing one is fine.
    public func remove(_ kind: DocumentKind, id: String) throws(StoreError) {
        try change("remove \(kind) \(id)", DocumentMirror.Key(folder: kind.rawValue, id: id), nil) {
            state throws(SQLiteError) in try state.run("DELETE FROM \(kind.rawValue) WHERE id = ?", [id])
        }
    }

    /// A setting that the engine made up once and keeps, such as its own id; nil where it has not been set.
    public func setting(_ name: String) throws(StoreError) -> String? {
        try attempt("read setting \(name)") { state throws(SQLiteError) in try state.setting(name) }
    }

    /// Keeps a setting.
    public func setSetting(_ name: String, _ value: String) throws(StoreError) {
        let document = Document(id: name, name: name, content: value)
        try change("write setting \(name)", DocumentMirror.Key(folder: DocumentMirror.settings, id: name), document) {
            state throws(SQLiteError) in try state.set(name, value)
        }
    }

    /// Writes everything back and lets go of the file.
    public func close() {
        state.withLock { state in
            while copyOne(&state) {}
            do throws(SQLiteError) { try state.run("PRAGMA wal_checkpoint(TRUNCATE)") } catch {
                log("the engine's state was not written back: \(Damage.words(error))")
            }
            state.connection = nil
        }
    }

    /// Changes the database and then the copy.
    ///
    /// - Parameters:
    ///   - document: what the copy is to be; nil where it is to go.
    ///   - body: changes the database.
    private func change(
        _ what: String, _ key: DocumentMirror.Key, _ document: Document?,
        _ body: (inout State) throws(SQLiteError) -> Void
    ) throws(StoreError) {
        try attempt(what) { state throws(SQLiteError) in
            let generation = state.generation + 1
            try state.transaction { state throws(SQLiteError) in
                try body(&state)
                try state.set(Self.generationSetting, "\(generation)")
            }
            state.generation = generation
            state.uncopied.updateValue(document, forKey: key)
            // What is removed must not come back, however soon the database is damaged.
            if document == nil, (try? mirror.remove(key)) != nil { state.uncopied.removeValue(forKey: key) }
            if !state.isCopying {
                state.isCopying = true
                copySoon()
            }
        }
    }

    /// Copies what has changed, a moment from now.
    private func copySoon() {
        Task.detached(priority: .utility) { [self] in
            try? await Task.sleep(for: .milliseconds(20))
            try? await BlockingWork.run { [self] in copyChanges() }
        }
    }

    /// Copies until there is nothing to copy. Requests wait for one file at most.
    private func copyChanges() {
        while state.withLock({ state in
            let goesOn = copyOne(&state)
            if !goesOn { state.isCopying = false }
            return goesOn
        }) {}
    }

    /// Copies one change, and after the last says how far the copies are. Never fails: the database has it; the log is
    /// told once, and the next change tries again.
    ///
    /// - Returns: whether there may be more.
    private func copyOne(_ state: inout State) -> Bool {
        do throws(SystemCallError) {
            if let (key, document) = state.uncopied.first {
                try mirror.write(key, document)
                state.uncopied.removeValue(forKey: key)
            }
            if !state.uncopied.isEmpty { return true }
            try mirror.setGeneration(state.generation)
            state.isCopyless = false
        } catch {
            if !state.isCopyless { log("a copy of the engine's state was not written: \(error)") }
            state.isCopyless = true
        }
        return false
    }

    /// Does something with the database; where that is damaged, makes it again first.
    private func attempt<Value: Sendable>(
        _ what: String, _ body: (inout State) throws(SQLiteError) -> Value
    ) throws(StoreError) -> Value {
        try state.withLock { state throws(StoreError) in
            do {
                do { return try body(&state) } catch  where Damage.isDamage(error) {
                    state.connection = nil
                    while copyOne(&state) {}
                    state = try Self.remake(path, mirror, Damage.words(error), log)
                    return try body(&state)
                }
            } catch {
                throw Self.failure(what, error)
            }
        }
    }

    private static func failure(_ what: String, _ error: any Error) -> StoreError {
        // SQLITE_CONSTRAINT_UNIQUE, which is made by arithmetic that the module cannot show.
        let isConflict = (error as? SQLiteError)?.code == SQLITE_CONSTRAINT | 8 << 8
        return StoreError(description: "the engine's state: \(what): \(Damage.words(error))", isConflict: isConflict)
    }
}
