import CSQLite
import Glibc
import SystemCalls

extension EngineStore {
    /// The setting that counts the changes.
    static let generationSetting = "generation"

    // MARK: Opening

    /// Opens the database and holds it against the copies; whichever of the two has seen more is right.
    static func openSound(
        _ path: String, _ mirror: DocumentMirror, _ log: @Sendable (String) -> Void
    ) throws -> State {
        try checkWritable(path)
        let copied = mirror.generation
        do {
            let isNew = (FileSystem.status(path)?.st_size ?? 0) == 0
            var state = try open(path)
            if copied <= state.generation {
                try align(mirror, &state, log)
                return state
            }
            if isNew {
                log("the engine's state \(path) is damaged (it is empty or gone): made again from \(mirror.folder)")
                try fill(&state, mirror, log)
                return state
            }
            let missing = copied - state.generation
            state.connection = nil
            return try remake(path, mirror, "its last \(missing) changes are missing", log)
        } catch  where Damage.isDamage(error) {
            return try remake(path, mirror, Damage.words(error), log)
        }
    }

    /// SQLite has no good words for a file system that is read-only, or a file that is immutable.
    private static func checkWritable(_ path: String) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        for item in [folder, path] where FileSystem.exists(item) {
            do throws(SystemCallError) { try check("write", item) { unsafe access(item, W_OK) } } catch {
                throw SQLiteError(code: SQLITE_READONLY, message: "\(error)")
            }
        }
    }

    /// Makes the file, if need be, so that only its owner can read it: it holds containers' environments. SQLite makes
    /// the files beside it with the same mode.
    private static func hide(_ path: String) {
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        // What is wrong with it is SQLite's to say.
        if descriptor >= 0 { Glibc.close(descriptor) }
        for file in [path, path + "-wal", path + "-shm"] { _ = unsafe chmod(file, 0o600) }
    }

    private static func open(_ path: String) throws(SQLiteError) -> State {
        hide(path)
        var state = State(try SQLiteConnection(path: path), generation: 0)
        try state.run("PRAGMA journal_mode = WAL")
        try state.run("PRAGMA synchronous = NORMAL")
        state.isNew = try state.run("SELECT name FROM sqlite_master WHERE name = 'setting'").isEmpty
        try state.migrate()
        let findings = try state.run("PRAGMA quick_check(1)").compactMap(\.first)
        guard findings == ["ok"] else {
            throw SQLiteError(code: SQLITE_CORRUPT, message: findings.joined(separator: "; "))
        }
        state.generation = try state.setting(generationSetting).flatMap { Int64($0) } ?? 0
        return state
    }

    // MARK: Making it again

    /// Puts the database aside, and makes a new one from the copies.
    static func remake(
        _ path: String, _ mirror: DocumentMirror, _ why: String, _ log: @Sendable (String) -> Void
    ) throws -> State {
        let aside = "\(path).damaged-\(Damage.date)"
        for suffix in ["", "-wal", "-shm"] where FileSystem.exists(path + suffix) {
            try check("rename", path + suffix) { unsafe rename(path + suffix, aside + suffix) }
        }
        log(
            "the engine's state \(path) is damaged (\(why)), and kept aside as \(aside): made again from "
                + mirror.folder)
        var state = try open(path)
        try fill(&state, mirror, log)
        return state
    }

    /// Fills a new database from the copies.
    private static func fill(
        _ state: inout State, _ mirror: DocumentMirror, _ log: @Sendable (String) -> Void
    ) throws(SQLiteError) {
        let settings = mirror.read(DocumentMirror.settings)
        let documents = DocumentKind.allCases.flatMap { kind in mirror.read(kind.rawValue).map { (kind, $0) } }
        let generation = mirror.generation + 1
        var taken: [(DocumentKind, Document)] = []
        try state.transaction { state throws(SQLiteError) in
            for setting in settings { try state.set(setting.id, setting.content) }
            for (kind, document) in documents {
                // Of two with one name, the first stays.
                if taken.contains(where: { $0.0 == kind && $0.1.name == document.name }) { continue }
                try state.insert(kind, document)
                taken.append((kind, document))
            }
            try state.set(generationSetting, "\(generation)")
        }
        state.generation = generation
        state.isNew = true
        let counts = DocumentKind.allCases.map { kind in "\(taken.count { $0.0 == kind }) \(kind.rawValue)s" }
        log("the engine's state was made again: \(counts.joined(separator: ", "))")
        try align(mirror, &state, log)
    }

    // MARK: Copies

    /// Makes the copies what the database says: those of a store that had none, and those that a crash came before.
    private static func align(
        _ mirror: DocumentMirror, _ state: inout State, _ log: (String) -> Void
    ) throws(SQLiteError) {
        for kind in DocumentKind.allCases.map(\.rawValue) + [DocumentMirror.settings] {
            let wanted = try state.contents(kind)
            do throws(SystemCallError) {
                try mirror.prepare()
                let present = Dictionary(mirror.read(kind).map { ($0.id, $0) }) { first, _ in first }
                for (id, document) in wanted where present[id] != document {
                    try mirror.write(DocumentMirror.Key(folder: kind, id: id), document)
                }
                for id in present.keys where wanted[id] == nil {
                    try mirror.remove(DocumentMirror.Key(folder: kind, id: id))
                }
            } catch {
                return log("the copies of the engine's state are not up to date: \(error)")
            }
        }
        do throws(SystemCallError) { try mirror.setGeneration(state.generation) } catch {
            log("the copies of the engine's state are not up to date: \(error)")
        }
    }
}
