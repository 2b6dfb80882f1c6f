/// Switches as clients send them in queries.
public enum QueryFlag {
    /// Docker's reading: nothing, `0`, `no`, `false` and `none` are false in any case, anything else is true.
    public static func value(_ text: String?) -> Bool {
        guard let text else { return false }
        switch text.lowercased().filter({ $0 != " " }) {
        case "", "0", "no", "false", "none": return false
        default: return true
        }
    }

    /// Go's `strconv.ParseBool`; nil for any other text.
    public static func strict(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}
