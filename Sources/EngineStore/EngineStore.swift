import GRDB
import Synchronization

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
/// again from the copies (`DocumentMirror`).
public final class EngineStore: Sendable {
    let path: String
    let mirror: DocumentMirror
    let log: @Sendable (String) -> Void
    let current: Mutex<DatabasePool>
    /// Held while something is written to both.
    let writing: Mutex<Progress>

    /// How far the writing has come.
    struct Progress {
        /// Counts the changes; the database and the copies say which was their last.
        var generation: Int64 = 0
        /// Objects whose copies could not be written.
        var stale: Set<DocumentMirror.Key> = []
    }

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
        writing = Mutex(Progress())
        let opened: (pool: DatabasePool, progress: Progress)
        do {
            opened = try Self.openSound(path, mirror, log)
        } catch {
            throw Self.failure("open \(path)", error)
        }
        current = Mutex(opened.pool)
        writing.withLock { $0 = opened.progress }
    }

    /// The schema's history. A migration that has shipped is never edited.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 documents") { database in
            for kind in [DocumentKind.container, .network] {
                try database.create(table: kind.rawValue) { table in
                    table.primaryKey("id", .text)
                    table.column("name", .text).notNull().unique()
                    table.column("content", .text).notNull()
                }
            }
            try database.create(table: "setting") { table in
                table.primaryKey("name", .text)
                table.column("value", .text).notNull()
            }
        }
        migrator.registerMigration("2 volumes") { database in
            try database.create(table: DocumentKind.volume.rawValue) { table in
                table.primaryKey("id", .text)
                table.column("name", .text).notNull().unique()
                table.column("content", .text).notNull()
            }
        }
        return migrator
    }

    /// All objects of a kind, in the order of their ids.
    public func all(_ kind: DocumentKind) throws(StoreError) -> [Document] {
        try attempt("read every \(kind)") { pool in
            try pool.read { try Self.documents(kind, in: $0) }
        }
    }

    static func documents(_ kind: DocumentKind, in database: Database) throws -> [Document] {
        try Row.fetchAll(database, sql: "SELECT id, name, content FROM \(kind.rawValue) ORDER BY id")
            .map { Document(id: $0["id"], name: $0["name"], content: $0["content"]) }
    }

    /// Writes an object, in place of the one with the same id. A name that another object has is a conflict.
    public func put(_ kind: DocumentKind, _ document: Document) throws(StoreError) {
        try change("write \(kind) \(document.name)", DocumentMirror.Key(folder: kind.rawValue, id: document.id)) {
            try Self.insert(kind, document, into: $0)
            return document
        }
    }

    static func insert(_ kind: DocumentKind, _ document: Document, into database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO \(kind.rawValue) (id, name, content) VALUES (?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, content = excluded.content
                """)
        try statement.execute(arguments: [document.id, document.name, document.content])
    }

    /// Removes an object; a missing one is fine.
    public func remove(_ kind: DocumentKind, id: String) throws(StoreError) {
        try change("remove \(kind) \(id)", DocumentMirror.Key(folder: kind.rawValue, id: id)) { database in
            try database.cachedStatement(sql: "DELETE FROM \(kind.rawValue) WHERE id = ?").execute(arguments: [id])
            return nil
        }
    }

    /// A setting that the engine made up once and keeps, such as its own id; nil where it has not been set.
    public func setting(_ name: String) throws(StoreError) -> String? {
        try attempt("read setting \(name)") { pool in try pool.read { try Self.setting(name, in: $0) } }
    }

    static func setting(_ name: String, in database: Database) throws -> String? {
        try String.fetchOne(database, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
    }

    /// Keeps a setting.
    public func setSetting(_ name: String, _ value: String) throws(StoreError) {
        try change("write setting \(name)", DocumentMirror.Key(folder: DocumentMirror.settings, id: name)) {
            try Self.set(name, value, in: $0)
            return Document(id: name, name: name, content: value)
        }
    }

    static func set(_ name: String, _ value: String, in database: Database) throws {
        let statement = try database.cachedStatement(
            sql:
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        )
        try statement.execute(arguments: [name, value])
    }

    /// Writes everything back and lets go of the file.
    public func close() {
        let pool = current.withLock { $0 }
        do {
            _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try pool.close()
        } catch {
            log("the engine's state was not closed cleanly: \(Damage.words(error))")
        }
    }

    /// Changes the database and then the copy.
    ///
    /// - Parameter body: changes the database, and returns what the copy is to be; nil where it is to go.
    private func change(
        _ what: String, _ key: DocumentMirror.Key, _ body: (Database) throws -> Document?
    ) throws(StoreError) {
        try attempt(what) { pool in
            try writing.withLock { progress in
                let generation = progress.generation + 1
                let document = try pool.write { database in
                    let document = try body(database)
                    try Self.set(Self.generationSetting, "\(generation)", in: database)
                    return document
                }
                progress.generation = generation
                copy(key, document, pool, &progress)
            }
        }
    }

    private func attempt<Value>(_ what: String, _ body: (DatabasePool) throws -> Value) throws(StoreError) -> Value {
        do {
            let pool = current.withLock { $0 }
            do { return try body(pool) } catch  where Damage.isDamage(error) {
                return try body(try rebuild(instead: pool, because: error))
            }
        } catch {
            throw Self.failure(what, error)
        }
    }

    private static func failure(_ what: String, _ error: any Error) -> StoreError {
        let conflict = (error as? DatabaseError)?.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE
        return StoreError(
            description: "the engine's state: \(what): \(Damage.words(error))", isConflict: conflict)
    }
}
