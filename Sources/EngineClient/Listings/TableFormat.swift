public import EngineAPI

/// One row of a listing: its fields by the names that templates use.
public struct TableRow: Sendable {
    /// The fields; the values are text nearly everywhere.
    public var fields: [String: JSONValue]
    /// Fields that take an argument, such as `{{.Label "x"}}`.
    public var methods: Template.Methods

    /// Joins the two.
    public init(_ fields: [String: JSONValue], methods: Template.Methods = [:]) {
        self.fields = fields
        self.methods = methods
    }

    /// The row as an object, sorted by name, as `{{json .}}` prints it.
    var value: JSONValue {
        .object(fields.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, $0.value) })
    }
}

/// Prints rows the way `--format` asks for: a table, JSON lines, or a template.
public struct TableFormat: Sendable {
    /// The template of the table, columns separated by tabs.
    public let table: String
    /// The template for `--quiet`.
    public let quiet: String
    /// Column headers by the fields' names.
    public let headers: [String: String]

    /// Describes a kind of listing.
    public init(table: String, quiet: String, headers: [String: String]) {
        self.table = table
        self.quiet = quiet
        self.headers = headers
    }

    /// Whether a format asks for a field, so that it must be worked out.
    public static func mentions(_ format: String, _ field: String) -> Bool { format.contains("." + field) }

    /// Prints rows.
    /// - Parameters:
    ///   - format: what `--format` says; empty means a table.
    ///   - isQuiet: whether only names or ids are wanted.
    public func render(_ rows: [TableRow], format: String = "", isQuiet: Bool = false) throws(ClientError) -> String {
        do throws(TemplateError) {
            if format == "json" || format.filter({ $0 != " " }) == "{{json.}}" { return TableFormat.json(rows) }
            var source = format
            var isTable = false
            if format.isEmpty || format == "table" {
                source = table
                isTable = true
            } else if format.hasPrefix("table ") || format.hasPrefix("table\\t") {
                source = String(format.dropFirst(5))
                isTable = true
            }
            if isQuiet, isTable { return try lines(rows, Template(quiet)) }
            source = source.trimmingSpaces.replacing("\\t", with: "\t").replacing("\\n", with: "\n")
            let template = try Template(source)
            if !isTable { return try lines(rows, template) }
            let header = JSONValue.object(headers.map { JSONValue.Member($0.key, .string($0.value)) })
            let labelHeader: Template.Methods = [
                "Label": { name in
                    String(name.split(separator: ".").last ?? "").replacing("-", with: " ").replacing("_", with: " ")
                }
            ]
            let first = try template.render(header, methods: labelHeader, isHeader: true)
            return TabWriter.align(first + "\n" + (try lines(rows, template)))
        } catch {
            let verb = error.description.contains("executing") ? "execute" : "parse"
            throw .local("failed to \(verb) template: \(error)")
        }
    }

    /// One object a line. Go writes `<`, `>` and `&` in a row's fields as escapes, and so do we.
    private static func json(_ rows: [TableRow]) -> String {
        rows.map { escaped($0.value) + "\n" }.joined()
    }

    /// JSON text of rows' fields.
    static func escaped(_ value: JSONValue) -> String {
        value.compact.replacing("<", with: "\\u003c").replacing(">", with: "\\u003e")
            .replacing("&", with: "\\u0026")
    }

    private func lines(_ rows: [TableRow], _ template: Template) throws(TemplateError) -> String {
        var text = ""
        for row in rows { text += try template.render(row.value, methods: row.methods) + "\n" }
        return text
    }
}

/// Short forms that tables use.
public enum Shortened {
    /// The first twelve digits of an id, without the digest's algorithm.
    public static func id(_ id: String) -> String {
        let digits = id.firstIndex(of: ":").map { id[id.index(after: $0)...] } ?? id[...]
        return String(digits.prefix(12))
    }

    /// At most `width` characters, the last of them `…` where something is cut.
    public static func text(_ text: String, width: Int) -> String {
        text.unicodeScalars.count <= width ? text : String(text.prefix(width - 1)) + "…"
    }

    /// Text in double quotes as Go prints it.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case let scalar where scalar.value < 32 || scalar.value == 127:
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.count < 2 ? "0" : "") + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
