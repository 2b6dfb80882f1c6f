import CSQLite

/// What SQLite refused, with its extended result code and its words.
struct SQLiteError: Error, CustomStringConvertible {
    let code: Int32
    let message: String

    /// The primary result code: the lower eight bits.
    var kind: Int32 { code & 0xFF }

    var description: String { "SQLite error \(code): \(message)" }
}

/// One connection to a database file, for one thread at a time. Statements are prepared once.
@safe struct SQLiteConnection: ~Copyable {
    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = unsafe [:]

    /// Opens the file, and makes it where it is not there; its directory must exist.
    init(path: String) throws(SQLiteError) {
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(
            path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nil)
        guard let handle = unsafe opened else { throw SQLiteError(code: code, message: "out of memory") }
        if code != SQLITE_OK {
            let error = unsafe SQLiteError(code: code, message: String(cString: sqlite3_errmsg(handle)))
            unsafe sqlite3_close_v2(handle)
            throw error
        }
        unsafe self.handle = unsafe handle
        unsafe sqlite3_extended_result_codes(handle, 1)
        // Somebody may read the file with sqlite3(1).
        unsafe sqlite3_busy_timeout(handle, 5000)
    }

    deinit {
        unsafe statements.values.forEach { _ = unsafe sqlite3_finalize($0) }
        unsafe sqlite3_close_v2(handle)
    }

    /// Runs one statement.
    ///
    /// - Parameters:
    ///   - sql: the statement, with a `?` for each value.
    ///   - values: bound as text, in that order.
    /// - Returns: the rows, each column as text.
    @discardableResult
    mutating func run(_ sql: String, _ values: [String] = []) throws(SQLiteError) -> [[String]] {
        let statement = unsafe try prepared(sql)
        defer {
            unsafe sqlite3_reset(statement)
            unsafe sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            // SQLITE_TRANSIENT, a cast that the C library's module cannot show: SQLite makes a copy.
            let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            try check(
                unsafe sqlite3_bind_text(statement, Int32(index + 1), value, Int32(value.utf8.count), copied))
        }
        var rows: [[String]] = []
        while true {
            let code = unsafe sqlite3_step(statement)
            if code == SQLITE_DONE { return rows }
            if code != SQLITE_ROW { try check(code) }
            let columns = unsafe sqlite3_column_count(statement)
            rows.append(
                (0..<columns).map { column in
                    guard let text = unsafe sqlite3_column_text(statement, column) else { return "" }
                    let bytes = unsafe UnsafeBufferPointer(
                        start: text, count: Int(sqlite3_column_bytes(statement, column)))
                    return unsafe String(decoding: bytes, as: UTF8.self)
                })
        }
    }

    private mutating func prepared(_ sql: String) throws(SQLiteError) -> OpaquePointer {
        if let known = unsafe statements[sql] { return unsafe known }
        var made: OpaquePointer?
        try check(unsafe sqlite3_prepare_v2(handle, sql, -1, &made, nil))
        guard let statement = unsafe made else { throw SQLiteError(code: SQLITE_MISUSE, message: "no statement") }
        unsafe statements[sql] = unsafe statement
        return unsafe statement
    }

    private func check(_ code: Int32) throws(SQLiteError) {
        if code == SQLITE_OK { return }
        throw unsafe SQLiteError(code: code, message: String(cString: sqlite3_errmsg(handle)))
    }
}
