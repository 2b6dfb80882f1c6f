import EngineAPI

/// The signals of Linux on the common architectures, by name and number (signal(7)).
enum SignalName {
    /// SIGKILL.
    static let kill: Int32 = 9
    /// SIGTERM.
    static let terminate: Int32 = 15

    private static let names: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7, "FPE": 8, "KILL": 9,
        "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CLD": 17,
        "CONT": 18, "STOP": 19, "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26,
        "PROF": 27, "WINCH": 28, "IO": 29, "POLL": 29, "PWR": 30, "SYS": 31, "RTMIN": 34, "RTMAX": 64,
    ]

    /// The number of `SIGTERM`, `term`, `15`, `RTMIN+3`; nil for anything else.
    static func number(_ text: String) -> Int32? {
        if let number = Int32(text) { return (1...64).contains(number) ? number : nil }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if let number = names[name] { return number }
        for (base, sign) in [("RTMIN+", Int32(1)), ("RTMAX-", -1)] where name.hasPrefix(base) {
            guard let offset = Int32(name.dropFirst(base.count)), (0...30).contains(offset) else { return nil }
            return sign > 0 ? 34 + offset : 64 - offset
        }
        return nil
    }

    /// The same, throwing the caller's error for a signal that does not exist.
    static func number(_ text: String, orThrow failure: (String) -> APIError) throws(APIError) -> Int32 {
        guard let number = number(text) else { throw failure(text) }
        return number
    }
}
