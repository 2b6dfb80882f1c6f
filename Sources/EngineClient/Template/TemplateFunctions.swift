import EngineAPI

/// The functions that Docker's templates know: Go's own, and Docker's `json`, `join`, `split`, `lower`, `upper`,
/// `title`, `pad`, `truncate`.
enum TemplateFunctions {
    static let names: Set<String> = [
        "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index", "slice", "print", "printf", "println",
        "json", "join", "split", "lower", "upper", "title", "pad", "truncate", "urlquery",
    ]

    static func call(_ name: String, _ arguments: [TemplateValue]) throws(TemplateError) -> TemplateValue {
        let trees = arguments.map(\.tree)
        let texts = trees.map { text($0) }
        func need(_ count: Int) throws(TemplateError) {
            if arguments.count < count {
                throw TemplateError(
                    ":1: executing \"\" at <\(name)>: wrong number of args for \(name): "
                        + "want \(count) got \(arguments.count)"
                )
            }
        }
        switch name {
        case "and":
            try need(1)
            return arguments.first { !$0.isTrue } ?? arguments[arguments.count - 1]
        case "or":
            try need(1)
            return arguments.first(where: \.isTrue) ?? arguments[arguments.count - 1]
        case "not":
            try need(1)
            return .json(.bool(!arguments[0].isTrue))
        case "eq":
            try need(2)
            return .json(.bool(trees.dropFirst().contains { compare($0, trees[0]) == 0 }))
        case "ne", "lt", "le", "gt", "ge":
            try need(2)
            return .json(.bool(holds(name, compare(trees[0], trees[1]))))
        case "len":
            try need(1)
            return .json(.int(Int64(try length(trees[0]))))
        case "index":
            try need(1)
            return try index(trees)
        case "slice":
            try need(2)
            return try slice(trees)
        case "print": return .json(.string(texts.joined()))
        case "println": return .json(.string(texts.joined(separator: " ") + "\n"))
        case "printf":
            try need(1)
            return .json(.string(format(texts[0], Array(trees.dropFirst()))))
        case "json":
            try need(1)
            return .json(.string(trees[0].compact))
        case "join":
            try need(2)
            return .json(.string(trees[0].elements.map { text($0) }.joined(separator: texts[1])))
        case "split":
            try need(2)
            return .json(.array(split(texts[0], texts[1])))
        case "lower", "upper", "title", "urlquery":
            try need(1)
            return .json(.string(change(name, texts[0])))
        case "pad":
            try need(3)
            let count = { (tree: JSONValue) in max(0, min(1000, Int(tree.integer ?? 0))) }
            let text = texts[0]
            if text.isEmpty { return .json(.string("")) }
            return .json(
                .string(
                    String(repeating: " ", count: count(trees[1])) + text
                        + String(repeating: " ", count: count(trees[2]))))
        case "truncate":
            try need(2)
            return .json(.string(String(texts[0].prefix(max(0, Int(trees[1].integer ?? 0))))))
        default:
            throw TemplateError(":1: function \"\(name)\" not defined")
        }
    }

    /// A value as Go prints it: `[a b]`, `map[k:v]`, `<no value>` for nil at the top and `<nil>` inside.
    static func text(_ tree: JSONValue, atTop: Bool = false) -> String {
        switch tree {
        case .null: atTop ? "<no value>" : "<nil>"
        case .bool(let value): value ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): JSONValue.double(number).compact
        case .string(let text): text
        case .array(let elements): "[" + elements.map { text($0) }.joined(separator: " ") + "]"
        case .object(let members):
            "map[" + members.sorted { $0.name < $1.name }.map { "\($0.name):\(text($0.value))" }.joined(separator: " ")
                + "]"
        }
    }

    private static func holds(_ name: String, _ order: Int?) -> Bool {
        switch name {
        case "ne": order != 0
        case "lt": order.map { $0 < 0 } ?? false
        case "le": order.map { $0 <= 0 } ?? false
        case "gt": order.map { $0 > 0 } ?? false
        default: order.map { $0 >= 0 } ?? false
        }
    }

    /// Negative, zero or positive; nil where the two cannot be compared.
    private static func compare(_ one: JSONValue, _ other: JSONValue) -> Int? {
        switch (one, other) {
        case (.int(let one), .int(let other)): return one < other ? -1 : one > other ? 1 : 0
        case (.double(let one), .double(let other)): return one < other ? -1 : one > other ? 1 : 0
        case (.string(let one), .string(let other)): return one < other ? -1 : one > other ? 1 : 0
        default: return one == other ? 0 : nil
        }
    }

    private static func length(_ tree: JSONValue) throws(TemplateError) -> Int {
        switch tree {
        case .string(let text): text.utf8.count
        case .array(let elements): elements.count
        case .object(let members): members.count
        case .null: 0
        default: throw TemplateError(":1: executing \"\" at <len>: error calling len: len of type int")
        }
    }

    private static func index(_ trees: [JSONValue]) throws(TemplateError) -> TemplateValue {
        var value = trees[0]
        for key in trees.dropFirst() {
            switch value {
            case .array(let elements):
                guard let number = key.integer, elements.indices.contains(Int(number)) else {
                    throw TemplateError(
                        ":1: executing \"\" at <index>: error calling index: index out of range: \(text(key))")
                }
                value = elements[Int(number)]
            case .object:
                value = value[text(key)] ?? .string("")
            case .null:
                throw TemplateError(":1: executing \"\" at <index>: error calling index: index of untyped nil")
            default:
                throw TemplateError(
                    ":1: executing \"\" at <index>: error calling index: can't index item of type string")
            }
        }
        return .json(value)
    }

    private static func slice(_ trees: [JSONValue]) throws(TemplateError) -> TemplateValue {
        let count = try length(trees[0])
        let start = Int(trees[1].integer ?? 0)
        let end = trees.count > 2 ? Int(trees[2].integer ?? 0) : count
        guard start >= 0, start <= end, end <= count else {
            throw TemplateError(":1: executing \"\" at <slice>: error calling slice: index out of range: \(end)")
        }
        if case .array(let elements) = trees[0] { return .json(.array(Array(elements[start..<end]))) }
        return .json(.string(String(decoding: Array(text(trees[0]).utf8)[start..<end], as: UTF8.self)))
    }

    private static func split(_ text: String, _ separator: String) -> [JSONValue] {
        if separator.isEmpty { return text.map { .string(String($0)) } }
        var parts: [JSONValue] = []
        var rest = text[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(.string(String(rest[..<range.lowerBound])))
            rest = rest[range.upperBound...]
        }
        return parts + [.string(String(rest))]
    }

    private static func change(_ name: String, _ text: String) -> String {
        switch name {
        case "lower": text.lowercased()
        case "upper": text.uppercased()
        case "urlquery": EngineRequest.escape(text)
        default: text.prefix(1).uppercased() + text.dropFirst()
        }
    }

    /// `printf` with the verbs that templates use: `%s %d %v %q %t %x`, a width, `-` and `0`.
    private static func format(_ pattern: String, _ arguments: [JSONValue]) -> String {
        var result = ""
        var rest = pattern[...]
        var arguments = arguments[...]
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            rest = rest[rest.index(after: percent)...]
            let flags = rest.prefix { "-+# 0".contains($0) }
            rest = rest.dropFirst(flags.count)
            let width = Int(rest.prefix { $0.isNumber }) ?? 0
            rest = rest.drop { $0.isNumber || $0 == "." }
            guard let verb = rest.popFirst() else { return result + "%!(NOVERB)" }
            if verb == "%" {
                result += "%"
                continue
            }
            guard let argument = arguments.popFirst() else {
                result += "%!\(verb)(MISSING)"
                continue
            }
            var text = text(argument)
            if verb == "q" { text = JSONValue.string(text).compact }
            if verb == "x", let number = argument.integer { text = String(number, radix: 16) }
            let padding = max(0, min(width, 10_000) - text.count)
            if flags.contains("-") {
                result += text + String(repeating: " ", count: padding)
            } else {
                result += String(repeating: flags.contains("0") ? "0" : " ", count: padding) + text
            }
        }
        return result + rest
    }
}
