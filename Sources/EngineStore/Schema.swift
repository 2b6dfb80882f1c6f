/// The tables, and what is read from and written to them.
extension EngineStore.State {
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

    /// Brings the tables up to date.
    mutating func migrate() throws(SQLiteError) {
        let version = try run("PRAGMA user_version").first?.first.flatMap { Int($0) } ?? 0
        for (number, step) in Self.steps.enumerated().dropFirst(version) {
            try transaction { state throws(SQLiteError) in
                for statement in step { try state.run(statement) }
                try state.run("PRAGMA user_version = \(number + 1)")
            }
        }
    }

    mutating func documents(_ kind: DocumentKind) throws(SQLiteError) -> [Document] {
        try run("SELECT id, name, content FROM \(kind.rawValue) ORDER BY id").map {
            Document(id: $0[0], name: $0[1], content: $0[2])
        }
    }

    mutating func insert(_ kind: DocumentKind, _ document: Document) throws(SQLiteError) {
        try run(
            """
            INSERT INTO \(kind.rawValue) (id, name, content) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, content = excluded.content
            """, [document.id, document.name, document.content])
    }

    mutating func setting(_ name: String) throws(SQLiteError) -> String? {
        try run("SELECT value FROM setting WHERE name = ?", [name]).first?.first
    }

    mutating func set(_ name: String, _ value: String) throws(SQLiteError) {
        try run(
            "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value])
    }

    /// Every object of a folder of copies, by its id.
    mutating func contents(_ folder: String) throws(SQLiteError) -> [String: Document] {
        let all =
            if let kind = DocumentKind(rawValue: folder) {
                try documents(kind)
            } else {
                try run("SELECT name, value FROM setting WHERE name <> ?", [EngineStore.generationSetting]).map {
                    Document(id: $0[0], name: $0[0], content: $0[1])
                }
            }
        return Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
    }
}
