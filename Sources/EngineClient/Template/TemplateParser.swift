import EngineAPI

/// Reads the syntax of Go's `text/template`: fields, variables, pipelines, `if`, `range`, `with`, comments, trimming.
struct TemplateParser {
    /// One `{{action}}` or the text between two.
    private enum Part {
        case text(String)
        case action(Substring)
    }

    private var parts: [Part] = []
    private var position = 0

    /// Reads a whole template.
    static func parse(_ source: String) throws(TemplateError) -> [TemplateNode] {
        var parser = try TemplateParser(source)
        let (nodes, ending) = try parser.block(inside: nil)
        if let ending { throw TemplateError(":1: unexpected {{\(ending)}}") }
        return nodes
    }

    private init(_ source: String) throws(TemplateError) {
        var rest = source[...]
        var trimsNext = false
        while !rest.isEmpty {
            let open = rest.firstRange(of: "{{")
            var text = rest[..<(open?.lowerBound ?? rest.endIndex)]
            if trimsNext { text = text.drop { $0.isWhitespace } }
            trimsNext = false
            guard let open else {
                parts.append(.text(String(text)))
                return
            }
            rest = rest[open.upperBound...]
            if rest.hasPrefix("- ") || rest.hasPrefix("-\n") || rest.hasPrefix("-\t") {
                rest = rest.dropFirst()
                while text.last?.isWhitespace == true { text = text.dropLast() }
            }
            if !text.isEmpty { parts.append(.text(String(text))) }
            guard let end = TemplateParser.endOfAction(rest) else { throw TemplateError(":1: unclosed action") }
            var inside = rest[..<end]
            rest = rest[rest.index(end, offsetBy: 2)...]
            if inside.hasSuffix(" -") || inside.hasSuffix("\n-") {
                inside = inside.dropLast()
                trimsNext = true
            }
            let trimmed = inside.trimmingSpaces
            if !trimmed.hasPrefix("/*") { parts.append(.action(trimmed[...])) }
        }
    }

    /// Where `}}` is, outside of quoted strings.
    private static func endOfAction(_ source: Substring) -> Substring.Index? {
        var quote: Character?
        var index = source.startIndex
        while index < source.endIndex {
            let character = source[index]
            if let open = quote {
                if character == "\\", open == "\"" {
                    index = source.index(after: index)
                    if index == source.endIndex { return nil }
                } else if character == open {
                    quote = nil
                }
            } else if character == "\"" || character == "`" {
                quote = character
            } else if source[index...].hasPrefix("}}") {
                return index
            }
            index = source.index(after: index)
        }
        return nil
    }

    /// Reads until the end or until `{{end}}` or `{{else…}}`, which is handed out.
    private mutating func block(inside keyword: String?) throws(TemplateError) -> ([TemplateNode], String?) {
        var nodes: [TemplateNode] = []
        while position < parts.count {
            let part = parts[position]
            position += 1
            switch part {
            case .text(let text):
                nodes.append(.text(text))
            case .action(let source):
                let word = String(source.prefix { $0.isLetter })
                let rest = source.dropFirst(word.count)
                switch word {
                case "end", "else": return (nodes, String(source))
                case "if", "range", "with": nodes.append(try control(word, rest))
                default: nodes.append(.action(try TemplateParser.pipeline(source)))
                }
            }
        }
        if keyword != nil { throw TemplateError(":1: unexpected EOF") }
        return (nodes, nil)
    }

    private mutating func control(_ keyword: String, _ source: Substring) throws(TemplateError) -> TemplateNode {
        let pipeline = try TemplateParser.pipeline(source)
        if pipeline.commands.isEmpty { throw TemplateError(":1: missing value for \(keyword)") }
        let (body, ending) = try block(inside: keyword)
        var otherwise: [TemplateNode] = []
        if let ending, ending.hasPrefix("else") {
            let rest = ending.dropFirst(4).trimmingSpaces
            let next = String(rest.prefix { $0.isLetter })
            if next == "if" || next == "with" {
                otherwise = [try control(next, rest.dropFirst(next.count))]
            } else {
                otherwise = try block(inside: keyword).0
            }
        }
        switch keyword {
        case "if": return .condition(pipeline, body, otherwise: otherwise)
        case "range": return .loop(pipeline, body, otherwise: otherwise)
        default: return .scope(pipeline, body, otherwise: otherwise)
        }
    }

    private static func pipeline(_ source: Substring) throws(TemplateError) -> TemplatePipeline {
        var tokens = try TemplateToken.scan(source)[...]
        var pipeline = try pipeline(&tokens)
        if !tokens.isEmpty { throw TemplateError(":1: unexpected right paren") }
        pipeline.source = source.trimmingSpaces
        return pipeline
    }

    private static func pipeline(
        _ tokens: inout ArraySlice<(token: TemplateToken, glued: Bool)>
    ) throws(TemplateError) -> TemplatePipeline {
        var pipeline = TemplatePipeline()
        let symbols = tokens.prefix(4).map(\.token)
        if let sign = symbols.firstIndex(where: { $0 == .symbol(":=") || $0 == .symbol("=") }) {
            for case .variable(let name) in symbols[..<sign] { pipeline.variables.append(name) }
            pipeline.assigns = symbols[sign] == .symbol("=")
            tokens = tokens.dropFirst(sign + 1)
        }
        var command: [TemplateOperand] = []
        while let (token, glued) = tokens.first, token != .symbol(")") {
            tokens = tokens.dropFirst()
            switch token {
            case .symbol("|"):
                if command.isEmpty { throw TemplateError(":1: missing value for command") }
                pipeline.commands.append(command)
                command = []
            case .symbol("("):
                let inner = try TemplateParser.pipeline(&tokens)
                guard tokens.first?.token == .symbol(")") else { throw TemplateError(":1: unclosed left paren") }
                tokens = tokens.dropFirst()
                command.append(.group(inner, []))
            case .symbol(let text): throw TemplateError(":1: unexpected \"\(text)\" in operand")
            case .dot: command.append(.dot)
            case .field(let name): try append(field: name, glued: glued, to: &command)
            case .variable(let name): command.append(.variable(name, []))
            case .string(let text): command.append(.literal(.string(text)))
            case .number(let text):
                guard let number = TemplateParser.number(text) else {
                    throw TemplateError(":1: bad number syntax: \"\(text)\"")
                }
                command.append(.literal(number))
            case .word("true"): command.append(.literal(.bool(true)))
            case .word("false"): command.append(.literal(.bool(false)))
            case .word("nil"): command.append(.literal(.null))
            case .word(let name):
                guard TemplateFunctions.names.contains(name) else {
                    throw TemplateError(":1: function \"\(name)\" not defined")
                }
                command.append(.function(name))
            }
        }
        if !command.isEmpty { pipeline.commands.append(command) }
        return pipeline
    }

    private static func number(_ text: String) -> JSONValue? {
        Int64(text).map { .int($0) } ?? Double(text).map { .double($0) }
    }

    /// `.B` right after `.A`, `$x` or `)` goes deeper; with a space before it, it is an operand of its own.
    private static func append(
        field name: String, glued: Bool, to command: inout [TemplateOperand]
    ) throws(TemplateError) {
        guard glued, let last = command.popLast() else {
            command.append(.field([name]))
            return
        }
        switch last {
        case .field(let path): command.append(.field(path + [name]))
        case .variable(let variable, let path): command.append(.variable(variable, path + [name]))
        case .group(let pipeline, let path): command.append(.group(pipeline, path + [name]))
        default: throw TemplateError(":1: unexpected <.\(name)> in operand")
        }
    }
}
