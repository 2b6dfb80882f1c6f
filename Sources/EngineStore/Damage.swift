import CSQLite
import Glibc

/// What SQLite's errors mean to the engine.
enum Damage {
    /// Whether the file is not what it was, so that trying again does not help; not where the disk is full or the file
    /// may not be written.
    static func isDamage(_ error: any Error) -> Bool {
        guard let error = error as? SQLiteError else { return false }
        // SQLITE_IOERR_SHORT_READ, which is made by arithmetic that the module cannot show.
        if error.code == SQLITE_IOERR | 2 << 8 { return true }
        if [SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT].contains(error.kind) { return true }
        // Tables that should be there are not.
        return error.kind == SQLITE_ERROR && error.message.hasPrefix("no such ")
    }

    /// An error in words that say what to do about it.
    static func words(_ error: any Error) -> String {
        guard let error = error as? SQLiteError else { return "\(error)" }
        let message = error.message
        switch error.kind {
        case SQLITE_FULL: return "no space left on device: free some, and try again (\(message))"
        case SQLITE_READONLY:
            return "the file, its directory or their file system may not be written: make them writable (\(message))"
        case SQLITE_CANTOPEN:
            return "the file cannot be opened or made: look for missing rights, a full disk or too many open files "
                + "(\(message))"
        case SQLITE_IOERR: return "the disk does not take or give it: it may be full or broken (\(error))"
        default: return "\(error)"
        }
    }

    /// Now, as it is put into names of files: `20261125T004500Z`.
    static var date: String {
        var now = time(nil)
        var parts = unsafe tm()
        _ = unsafe gmtime_r(&now, &parts)
        let (year, month, day) = unsafe (parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)\(two(month))\(two(day))T\(two(hour))\(two(minute))\(two(second))Z"
    }
}
