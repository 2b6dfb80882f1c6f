import GRDB
import Glibc

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
    private let database: DatabasePool

    /// Opens the store, making or migrating it as needed.
    ///
    /// - Parameter path: the file; its directory must exist.
    public init(path: String) throws(StoreError) {
        do {
            Self.hide(path)
            var configuration = Configuration()
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
            configuration.maximumReaderCount = 2
            configuration.label = "engine"
            database = try DatabasePool(path: path, configuration: configuration)
            try Self.migrator.migrate(database)
        } catch {
            throw Self.failure("open \(path)", error)
        }
    }

    /// Makes the file, if need be, so that only its owner can read it: it holds containers' environments. SQLite makes
    /// the files beside it with the same mode.
    private static func hide(_ path: String) {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        // What is wrong with it is SQLite's to say.
        if descriptor >= 0 { Glibc.close(descriptor) }
        for file in [path, path + "-wal", path + "-shm"] { _ = unsafe chmod(file, 0o600) }
    }

    /// The schema's history. A migration that has shipped is never edited.
    private static var migrator: DatabaseMigrator {
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
        try attempt("read every \(kind)") {
            try database.read { database in
                try Row.fetchAll(database, sql: "SELECT id, name, content FROM \(kind.rawValue) ORDER BY id")
                    .map { Document(id: $0["id"], name: $0["name"], content: $0["content"]) }
            }
        }
    }

    /// Writes an object, in place of the one with the same id. A name that another object has is a conflict.
    public func put(_ kind: DocumentKind, _ document: Document) throws(StoreError) {
        try attempt("write \(kind) \(document.name)") {
            try database.write { database in
                let statement = try database.cachedStatement(
                    sql: """
                        INSERT INTO \(kind.rawValue) (id, name, content) VALUES (?, ?, ?)
                        ON CONFLICT (id) DO UPDATE SET name = excluded.name, content = excluded.content
                        """)
                try statement.execute(arguments: [document.id, document.name, document.content])
            }
        }
    }

    /// Removes an object; a missing one is fine.
    public func remove(_ kind: DocumentKind, id: String) throws(StoreError) {
        try attempt("remove \(kind) \(id)") {
            try database.write { database in
                try database.cachedStatement(sql: "DELETE FROM \(kind.rawValue) WHERE id = ?").execute(arguments: [id])
            }
        }
    }

    /// A setting that the engine made up once and keeps, such as its own id; nil where it has not been set.
    public func setting(_ name: String) throws(StoreError) -> String? {
        try attempt("read setting \(name)") {
            try database.read {
                try String.fetchOne($0, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
            }
        }
    }

    /// Keeps a setting.
    public func setSetting(_ name: String, _ value: String) throws(StoreError) {
        try attempt("write setting \(name)") {
            try database.write { database in
                try database.execute(
                    sql:
                        "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    arguments: [name, value])
            }
        }
    }

    /// Writes everything back and lets go of the file.
    public func close() {
        do { try database.close() } catch { return }
    }

    private func attempt<Value>(_ what: String, _ body: () throws -> Value) throws(StoreError) -> Value {
        do { return try body() } catch { throw Self.failure(what, error) }
    }

    private static func failure(_ what: String, _ error: any Error) -> StoreError {
        let conflict = (error as? DatabaseError)?.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE
        return StoreError(description: "the engine's state: \(what): \(error)", isConflict: conflict)
    }
}
