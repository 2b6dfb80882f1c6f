public import EngineAPI

/// A template in the syntax of Go's `text/template`, as `--format` takes it, filled in with JSON.
public struct Template {
    private let nodes: [TemplateNode]

    /// Functions that change how a value looks: a column's header stays as it is.
    fileprivate static let shapingFunctions: Set<String> = [
        "json", "lower", "upper", "title", "truncate", "split", "join", "pad",
    ]

    /// Methods of the top value that take an argument, such as `{{.Label "x"}}`.
    public typealias Methods = [String: @Sendable (String) -> String]

    /// Reads a template.
    public init(_ source: String) throws(TemplateError) {
        nodes = try TemplateParser.parse(source)
    }

    /// Fills the template in.
    /// - Parameters:
    ///   - value: what `.` stands for.
    ///   - methods: methods of `value` that take an argument.
    ///   - isHeader: whether `value` holds the headers of columns, which functions leave as they are.
    public func render(
        _ value: JSONValue, methods: Methods = [:], isHeader: Bool = false
    ) throws(TemplateError) -> String {
        var evaluation = Evaluation(root: value, methods: methods, isHeader: isHeader)
        try evaluation.run(nodes, dot: .json(value))
        return evaluation.output
    }
}

/// What an operand stands for.
enum TemplateValue {
    case json(JSONValue)
    /// A field that is not there; fine in a condition, an error where it is printed.
    case missing(String)

    /// The JSON, with null for what is missing.
    var tree: JSONValue { if case .json(let tree) = self { tree } else { .null } }

    /// Go's truth: not false, zero, empty or nil.
    var isTrue: Bool {
        switch tree {
        case .null: false
        case .bool(let value): value
        case .int(let number): number != 0
        case .double(let number): number != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }

    /// The member `name`: as it is written, else whatever its case, since Go's `.ID` is JSON's `Id`.
    func member(_ name: String) throws(TemplateError) -> TemplateValue {
        switch self {
        case .missing(let missing):
            throw TemplateEvaluationError.missing(missing)
        case .json(.object(let members)):
            if let exact = members.first(where: { $0.name == name }) { return .json(exact.value) }
            let lowered = name.lowercased()
            if let similar = members.first(where: { $0.name.lowercased() == lowered }) { return .json(similar.value) }
            return .missing(name)
        case .json(.null):
            return .missing(name)
        case .json:
            throw TemplateError(
                ":1: executing \"\" at <.\(name)>: can't evaluate field \(name) in type interface {}")
        }
    }
}

enum TemplateEvaluationError {
    static func missing(_ name: String) -> TemplateError {
        TemplateError(":1: executing \"\" at <.\(name)>: map has no entry for key \"\(name)\"")
    }
}

/// One filling-in: the output so far and the variables in sight.
private struct Evaluation {
    let root: JSONValue
    let methods: Template.Methods
    let isHeader: Bool
    var output = ""
    var variables: [(name: String, value: TemplateValue)] = []

    init(root: JSONValue, methods: Template.Methods, isHeader: Bool) {
        self.root = root
        self.isHeader = isHeader
        self.methods = methods
    }

    mutating func run(_ nodes: [TemplateNode], dot: TemplateValue) throws(TemplateError) {
        let mark = variables.count
        for node in nodes {
            switch node {
            case .text(let text):
                output += text
            case .action(let pipeline):
                let value = try evaluate(pipeline, dot: dot)
                if !pipeline.variables.isEmpty { continue }
                if case .missing(let name) = value { throw TemplateEvaluationError.missing(name) }
                output += TemplateFunctions.text(value.tree, atTop: true)
            case .condition(let pipeline, let body, let otherwise):
                let inner = variables.count
                try run(try evaluate(pipeline, dot: dot).isTrue ? body : otherwise, dot: dot)
                variables.removeLast(variables.count - inner)
            case .scope(let pipeline, let body, let otherwise):
                let inner = variables.count
                let value = try evaluate(pipeline, dot: dot)
                if value.isTrue { try run(body, dot: value) } else { try run(otherwise, dot: dot) }
                variables.removeLast(variables.count - inner)
            case .loop(let pipeline, let body, let otherwise):
                try loop(pipeline, body, otherwise, dot: dot)
            }
        }
        variables.removeLast(variables.count - mark)
    }

    private mutating func loop(
        _ pipeline: TemplatePipeline, _ body: [TemplateNode], _ otherwise: [TemplateNode], dot: TemplateValue
    ) throws(TemplateError) {
        let mark = variables.count
        var plain = pipeline
        plain.variables = []
        let value = try evaluate(plain, dot: dot)
        var pairs: [(JSONValue, JSONValue)]
        switch value.tree {
        case .array(let elements):
            pairs = elements.enumerated().map { (.int(Int64($0.offset)), $0.element) }
        case .object(let members):
            pairs = members.sorted { $0.name < $1.name }.map { (.string($0.name), $0.value) }
        case .int(let count):
            pairs = (0..<max(0, min(count, 1_000_000))).map { (.int($0), .int($0)) }
        case .null:
            pairs = []
        default:
            throw TemplateError(":1: executing \"\" at <\(pipeline.source)>: range can't iterate over it")
        }
        if pairs.isEmpty { try run(otherwise, dot: dot) }
        for (key, element) in pairs {
            if pipeline.variables.count == 2 { variables.append((pipeline.variables[0], .json(key))) }
            if let name = pipeline.variables.last { variables.append((name, .json(element))) }
            try run(body, dot: .json(element))
            variables.removeLast(variables.count - mark)
        }
    }

    private mutating func evaluate(
        _ pipeline: TemplatePipeline, dot: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        var result: TemplateValue?
        for command in pipeline.commands { result = try evaluate(command, last: result, dot: dot) }
        guard let result else { throw TemplateError(":1: missing value for command") }
        for name in pipeline.variables {
            if pipeline.assigns, let index = variables.lastIndex(where: { $0.name == name }) {
                variables[index].value = result
            } else {
                variables.append((name, result))
            }
        }
        return result
    }

    private mutating func evaluate(
        _ command: [TemplateOperand], last: TemplateValue?, dot: TemplateValue
    ) throws(TemplateError) -> TemplateValue {
        guard let first = command.first else { throw TemplateError(":1: missing value for command") }
        if case .function(let name) = first {
            var arguments: [TemplateValue] = []
            for operand in command.dropFirst() { arguments.append(try resolve(operand, dot: dot)) }
            if let last { arguments.append(last) }
            if isHeader, Template.shapingFunctions.contains(name), let header = arguments.first { return header }
            return try TemplateFunctions.call(name, arguments)
        }
        if case .field(let path) = first, let name = path.last, command.count + (last == nil ? 0 : 1) == 2,
            let method = methods[name]
        {
            let argument = if let last { last } else { try resolve(command[1], dot: dot) }
            return .json(.string(method(TemplateFunctions.text(argument.tree))))
        }
        if command.count > 1 || last != nil {
            throw TemplateError(":1: can't give argument to non-function")
        }
        return try resolve(first, dot: dot)
    }

    private mutating func resolve(_ operand: TemplateOperand, dot: TemplateValue) throws(TemplateError) -> TemplateValue
    {
        switch operand {
        case .dot: return dot
        case .literal(let tree): return .json(tree)
        case .field(let path): return try follow(path, from: dot)
        case .function(let name): return try TemplateFunctions.call(name, [])
        case .group(let pipeline, let path): return try follow(path, from: try evaluate(pipeline, dot: dot))
        case .variable("", let path): return try follow(path, from: .json(root))
        case .variable(let name, let path):
            guard let variable = variables.last(where: { $0.name == name }) else {
                throw TemplateError(":1: undefined variable \"$\(name)\"")
            }
            return try follow(path, from: variable.value)
        }
    }

    private func follow(_ path: [String], from value: TemplateValue) throws(TemplateError) -> TemplateValue {
        var value = value
        for name in path { value = try value.member(name) }
        return value
    }
}
