import GRDB
import Glibc
import Synchronization
import SystemCalls

extension EngineStore {
    /// The setting that counts the changes.
    static let generationSetting = "generation"

    // MARK: Opening

    /// Opens the database and holds it against the copies; whichever of the two has seen more is right.
    static func openSound(
        _ path: String, _ mirror: DocumentMirror, _ log: @Sendable (String) -> Void
    ) throws -> (pool: DatabasePool, progress: Progress) {
        try checkWritable(path)
        let copied = mirror.generation
        do {
            let isNew = (FileSystem.status(path)?.st_size ?? 0) == 0
            let pool = try open(path)
            let generation = try pool.read { try Self.generation(in: $0) }
            if copied <= generation {
                var progress = Progress(generation: generation)
                try align(mirror, pool, &progress, log)
                return (pool, progress)
            }
            if isNew {
                log("the engine's state \(path) is damaged (it is empty or gone): made again from \(mirror.folder)")
                return try fill(pool, mirror, log)
            }
            try pool.close()
            return try remake(path, mirror, "its last \(copied - generation) changes are missing", log)
        } catch  where Damage.isDamage(error) {
            return try remake(path, mirror, Damage.words(error), log)
        }
    }

    /// SQLite has no good words for a file system that is read-only, or a file that is immutable.
    private static func checkWritable(_ path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        for item in [folder, path] where FileSystem.exists(item) {
            do throws(SystemCallError) { try check("write", item) { unsafe access(item, W_OK) } } catch {
                throw DatabaseError(resultCode: .SQLITE_READONLY, message: "\(error)")
            }
        }
    }

    private static func open(_ path: String) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
        configuration.maximumReaderCount = 2
        configuration.label = "engine"
        let pool = try DatabasePool(path: path, configuration: configuration)
        try migrator.migrate(pool)
        let findings = try pool.read { try String.fetchAll($0, sql: "PRAGMA quick_check(1)") }
        guard findings == ["ok"] else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: findings.joined(separator: "; "))
        }
        return pool
    }

    private static func generation(in database: Database) throws -> Int64 {
        try setting(generationSetting, in: database).flatMap { Int64($0) } ?? 0
    }

    // MARK: Making it again

    /// The database is damaged: makes it again, unless somebody has just done so.
    func rebuild(instead damaged: DatabasePool, because error: any Error) throws -> DatabasePool {
        try writing.withLock { progress in
            let present = current.withLock { $0 }
            if present !== damaged { return present }
            try? damaged.close()
            let made = try Self.remake(path, mirror, Damage.words(error), log)
            current.withLock { $0 = made.pool }
            progress = made.progress
            return made.pool
        }
    }

    /// Puts the database aside, and makes a new one from the copies.
    private static func remake(
        _ path: String, _ mirror: DocumentMirror, _ why: String, _ log: @Sendable (String) -> Void
    ) throws -> (pool: DatabasePool, progress: Progress) {
        let aside = "\(path).damaged-\(Damage.date)"
        for suffix in ["", "-wal", "-shm"] where FileSystem.exists(path + suffix) {
            try check("rename", path + suffix) { unsafe rename(path + suffix, aside + suffix) }
        }
        log(
            "the engine's state \(path) is damaged (\(why)), and kept aside as \(aside): made again from "
                + mirror.folder)
        return try fill(try open(path), mirror, log)
    }

    /// Fills a new database from the copies.
    private static func fill(
        _ pool: DatabasePool, _ mirror: DocumentMirror, _ log: @Sendable (String) -> Void
    ) throws -> (pool: DatabasePool, progress: Progress) {
        let settings = mirror.read(DocumentMirror.settings)
        let documents = DocumentKind.allCases.flatMap { kind in mirror.read(kind.rawValue).map { (kind, $0) } }
        let generation = mirror.generation + 1
        var taken: [(DocumentKind, Document)] = []
        try pool.write { database in
            for setting in settings { try set(setting.id, setting.content, in: database) }
            for (kind, document) in documents {
                // Of two with one name, the first stays.
                if taken.contains(where: { $0.0 == kind && $0.1.name == document.name }) { continue }
                try insert(kind, document, into: database)
                taken.append((kind, document))
            }
            try set(generationSetting, "\(generation)", in: database)
        }
        let counts = DocumentKind.allCases.map { kind in "\(taken.count { $0.0 == kind }) \(kind.rawValue)s" }
        log("the engine's state was made again: \(counts.joined(separator: ", "))")
        var progress = Progress(generation: generation)
        try align(mirror, pool, &progress, log)
        return (pool, progress)
    }

    // MARK: Copies

    /// Makes the copies what the database says: those of a store that had none, and those that a crash came before.
    private static func align(
        _ mirror: DocumentMirror, _ pool: DatabasePool, _ progress: inout Progress, _ log: (String) -> Void
    ) throws {
        do {
            try mirror.prepare()
            for kind in DocumentKind.allCases.map(\.rawValue) + [DocumentMirror.settings] {
                let wanted = try pool.read { try contents(kind, in: $0) }
                let present = Dictionary(mirror.read(kind).map { ($0.id, $0) }) { first, _ in first }
                for (id, document) in wanted where present[id] != document {
                    try mirror.write(DocumentMirror.Key(folder: kind, id: id), document)
                }
                for id in present.keys where wanted[id] == nil {
                    try mirror.remove(DocumentMirror.Key(folder: kind, id: id))
                }
            }
            try mirror.setGeneration(progress.generation)
        } catch let error as SystemCallError {
            log("the copies of the engine's state are not up to date: \(error)")
        }
    }

    private static func contents(_ kind: String, in database: Database) throws -> [String: Document] {
        guard let kind = DocumentKind(rawValue: kind) else {
            let rows = try Row.fetchAll(
                database, sql: "SELECT name, value FROM setting WHERE name <> ?", arguments: [generationSetting])
            return Dictionary(
                rows.map { row -> (String, Document) in
                    let name: String = row["name"]
                    return (name, Document(id: name, name: name, content: row["value"]))
                }
            ) { first, _ in first }
        }
        return Dictionary(try documents(kind, in: database).map { ($0.id, $0) }) { first, _ in first }
    }

    /// Copies a change that the database has, and those that could not be copied before. Never fails: the database has
    /// it; the log is told once.
    func copy(
        _ key: DocumentMirror.Key, _ document: Document?, _ pool: DatabasePool, _ progress: inout Progress
    ) {
        do {
            let late = progress.stale
            progress.stale.insert(key)
            try write(key, document)
            progress.stale.remove(key)
            for key in late.subtracting([key]) {
                try write(key, try pool.read { try Self.contents(key.folder, in: $0)[key.id] })
                progress.stale.remove(key)
            }
            try mirror.setGeneration(progress.generation)
        } catch {
            if progress.stale.count == 1 { log("a copy of the engine's state was not written: \(error)") }
        }
    }

    private func write(_ key: DocumentMirror.Key, _ document: Document?) throws(SystemCallError) {
        if let document { try mirror.write(key, document) } else { try mirror.remove(key) }
    }
}
