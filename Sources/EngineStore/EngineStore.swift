import CSQLite
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

/// The engine's durable state: one SQLite file in WAL mode.
///
/// A change is atomic and survives the end of the process at any moment. A crash of the machine may lose the last
/// changes but never tears one: `synchronous` is NORMAL, so that no request waits for the disk.
public final class EngineStore: Sendable {
    /// Nil when it is closed.
    private let connection: Mutex<SQLiteConnection?>
    /// Whether nothing had ever been kept in it when it was opened: this engine's first start, or its state is lost.
    public let isNew: Bool

    /// Opens the store, making or migrating it as needed.
    ///
    /// - Parameter path: the file; its directory must exist.
    public init(path: String) throws(StoreError) {
        do {
            var connection = try SQLiteConnection(path: path)
            try connection.run("PRAGMA journal_mode = WAL")
            try connection.run("PRAGMA synchronous = NORMAL")
            isNew = try connection.run("SELECT name FROM sqlite_master WHERE name = 'setting'").isEmpty
            try Self.migrate(&connection)
            self.connection = Mutex(connection)
        } catch {
            throw Self.failure("open \(path)", error)
        }
    }

    /// The schema's history, each step in a transaction of its own; `PRAGMA user_version` counts them. A step that has
    /// shipped is never edited. The first finds tables that releases with another count have made.
    private static let steps = [
        [
            documents("container"), documents("network"), documents("volume"),
            "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL)",
        ]
    ]

    private static func documents(_ table: String) -> String {
        "CREATE TABLE IF NOT EXISTS \(table) (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE, "
            + "content TEXT NOT NULL)"
    }

    private static func migrate(_ connection: inout SQLiteConnection) throws(SQLiteError) {
        let version = try connection.run("PRAGMA user_version").first?.first.flatMap { Int($0) } ?? 0
        for (number, step) in steps.enumerated().dropFirst(version) {
            try connection.run("BEGIN IMMEDIATE")
            do {
                for statement in step { try connection.run(statement) }
                try connection.run("PRAGMA user_version = \(number + 1)")
                try connection.run("COMMIT")
            } catch {
                _ = try? connection.run("ROLLBACK")
                throw error
            }
        }
    }

    /// All objects of a kind, in the order of their ids.
    public func all(_ kind: DocumentKind) throws(StoreError) -> [Document] {
        try run("read every \(kind)", "SELECT id, name, content FROM \(kind.rawValue) ORDER BY id").map {
            Document(id: $0[0], name: $0[1], content: $0[2])
        }
    }

    /// Writes an object, in place of the one with the same id. A name that another object has is a conflict.
    public func put(_ kind: DocumentKind, _ document: Document) throws(StoreError) {
        try run(
            "write \(kind) \(document.name)",
            """
            INSERT INTO \(kind.rawValue) (id, name, content) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, content = excluded.content
            """, [document.id, document.name, document.content])
    }

    /// Removes an object; a missing one is fine.
    public func remove(_ kind: DocumentKind, id: String) throws(StoreError) {
        try run("remove \(kind) \(id)", "DELETE FROM \(kind.rawValue) WHERE id = ?", [id])
    }

    /// A setting that the engine made up once and keeps, such as its own id; nil where it has not been set.
    public func setting(_ name: String) throws(StoreError) -> String? {
        try run("read setting \(name)", "SELECT value FROM setting WHERE name = ?", [name]).first?.first
    }

    /// Keeps a setting.
    public func setSetting(_ name: String, _ value: String) throws(StoreError) {
        try run(
            "write setting \(name)",
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value])
    }

    /// Writes everything back and lets go of the file.
    public func close() { connection.withLock { $0 = nil } }

    @discardableResult
    private func run(_ what: String, _ sql: String, _ values: [String] = []) throws(StoreError) -> [[String]] {
        try connection.withLock { connection throws(StoreError) in
            do throws(SQLiteError) {
                if let rows = try connection?.run(sql, values) { return rows }
                throw SQLiteError(code: SQLITE_MISUSE, message: "it is closed")
            } catch {
                throw Self.failure(what, error)
            }
        }
    }

    private static func failure(_ what: String, _ error: SQLiteError) -> StoreError {
        // SQLITE_CONSTRAINT_UNIQUE, which is made by arithmetic that the module cannot show.
        StoreError(
            description: "the engine's state: \(what): \(error)", isConflict: error.code == SQLITE_CONSTRAINT | 8 << 8)
    }
}
