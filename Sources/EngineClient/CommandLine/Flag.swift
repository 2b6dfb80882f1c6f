/// One option of a command.
public struct Flag: Sendable {
    /// What an option's value is like.
    public enum Kind: Sendable {
        /// `--x`, or `--x=false`.
        case bool
        /// Any text; given twice, the last one counts.
        case string
        /// A whole number.
        case int
        /// Any text, any number of times.
        case list
        /// Text that `check` looks at; given twice, the last one counts.
        case value(String, @Sendable (String) throws(ValueError) -> Void)
        /// Text that `check` looks at, any number of times.
        case values(String, @Sendable (String) throws(ValueError) -> Void)
    }

    /// The long name, without dashes.
    public let name: String
    /// The letter, or nil.
    public let letter: Character?
    /// What the value is like.
    public let kind: Kind
    /// What it does; `\n` breaks the line in the help.
    public let help: String
    /// What the help shows as the value without the option, as it is shown.
    public let shownDefault: String?
    /// Whether the help leaves it out.
    public let isHidden: Bool
    /// The option that this name is only another name for.
    public let canonicalName: String

    /// Describes an option.
    public init(
        _ name: String, _ letter: Character? = nil, _ kind: Kind = .bool, _ help: String = "",
        shownDefault: String? = nil, isHidden: Bool = false, anotherNameFor canonicalName: String? = nil
    ) {
        self.name = name
        self.letter = letter
        self.kind = kind
        self.help = help
        self.shownDefault = shownDefault
        self.isHidden = isHidden || canonicalName != nil
        self.canonicalName = canonicalName ?? name
    }

    /// What the help calls the value; empty for switches.
    var valueName: String {
        switch kind {
        case .bool: ""
        case .string: "string"
        case .int: "int"
        case .list: "list"
        case .value(let name, _), .values(let name, _): name
        }
    }

    var isSwitch: Bool { if case .bool = kind { true } else { false } }

    /// `-m, --memory`, as messages name it.
    var shownName: String { (letter.map { "-\($0), " } ?? "") + "--" + name }

    /// Whether `value` will do, in Docker's words where not.
    func check(_ value: String) throws(ClientError) {
        do throws(ValueError) {
            switch kind {
            case .string, .list: break
            case .bool:
                if Flag.boolean(value) == nil {
                    throw ValueError("strconv.ParseBool: parsing \"\(value)\": invalid syntax")
                }
            case .int:
                if Int64(value) == nil {
                    throw ValueError("strconv.ParseInt: parsing \"\(value)\": invalid syntax")
                }
            case .value(_, let check), .values(_, let check): try check(value)
            }
        } catch {
            throw ClientError(
                .usage, "invalid argument \"\(value)\" for \"\(shownName)\" flag: \(error.message)", exitStatus: 125)
        }
    }

    /// The words for true and false that Go accepts.
    static func boolean(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}
