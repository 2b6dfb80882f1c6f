import EngineAPI

/// Why a template cannot be read or filled in, in the words of Go's `text/template`.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The words, beginning with `template: `.
    public let description: String

    init(_ message: String) {
        description = "template: " + message
    }
}

/// A piece of a template.
indirect enum TemplateNode {
    /// Text to print as it is.
    case text(String)
    /// `{{pipeline}}`: printed unless it only declares variables.
    case action(TemplatePipeline)
    /// `{{if}}`.
    case condition(TemplatePipeline, [TemplateNode], otherwise: [TemplateNode])
    /// `{{range}}`.
    case loop(TemplatePipeline, [TemplateNode], otherwise: [TemplateNode])
    /// `{{with}}`.
    case scope(TemplatePipeline, [TemplateNode], otherwise: [TemplateNode])
}

/// `$a, $b := command | command`.
struct TemplatePipeline {
    /// Variables that are declared or set, without `$`.
    var variables: [String] = []
    /// Whether `=` stands in place of `:=`.
    var assigns = false
    /// The commands; each one's value is the last argument of the next.
    var commands: [[TemplateOperand]] = []
    /// The text, for messages.
    var source = ""
}

/// One operand of a command.
indirect enum TemplateOperand {
    /// `.`.
    case dot
    /// `.A.B`.
    case field([String])
    /// `$x.A`; the empty name is `$`.
    case variable(String, [String])
    /// A string, number, boolean or nil.
    case literal(JSONValue)
    /// The name of a function.
    case function(String)
    /// `(pipeline).A`.
    case group(TemplatePipeline, [String])
}

/// The tokens inside `{{` and `}}`.
enum TemplateToken: Equatable {
    case field(String)
    case dot
    case variable(String)
    case word(String)
    case string(String)
    case number(String)
    case symbol(String)
}

extension TemplateToken {
    /// Splits the inside of an action. A field that follows without a space is `.symbol("")`-free: it comes as a field
    /// token right after what it belongs to, and `glued` tells so.
    static func scan(_ source: Substring) throws(TemplateError) -> [(token: TemplateToken, glued: Bool)] {
        var tokens: [(token: TemplateToken, glued: Bool)] = []
        var rest = source
        var glued = false
        let isName = { (character: Character) in character.isLetter || character.isNumber || character == "_" }
        while let first = rest.first {
            if first.isWhitespace {
                rest = rest.dropFirst()
                glued = false
                continue
            }
            var token: TemplateToken
            switch first {
            case ".":
                let name = rest.dropFirst().prefix(while: isName)
                token = name.isEmpty ? .dot : .field(String(name))
                rest = rest.dropFirst(1 + name.count)
            case "$":
                let name = rest.dropFirst().prefix(while: isName)
                token = .variable(String(name))
                rest = rest.dropFirst(1 + name.count)
            case "\"", "`":
                (token, rest) = try scanString(rest, quote: first)
            case "(", ")", "|", ",", "=":
                token = .symbol(String(first))
                rest = rest.dropFirst()
            case ":" where rest.hasPrefix(":="):
                token = .symbol(":=")
                rest = rest.dropFirst(2)
            case let character where character.isNumber || character == "-" || character == "+":
                let digits = rest.dropFirst().prefix { isName($0) || $0 == "." }
                token = .number(String(first) + digits)
                rest = rest.dropFirst(1 + digits.count)
            case let character where isName(character):
                let name = rest.prefix(while: isName)
                token = .word(String(name))
                rest = rest.dropFirst(name.count)
            default:
                throw TemplateError(":1: unexpected \"\(first)\" in command")
            }
            tokens.append((token, glued))
            glued = true
        }
        return tokens
    }

    private static func scanString(
        _ source: Substring, quote: Character
    ) throws(TemplateError) -> (TemplateToken, Substring) {
        var text = ""
        var rest = source.dropFirst()
        while let character = rest.first {
            rest = rest.dropFirst()
            if character == quote { return (.string(text), rest) }
            guard character == "\\", quote == "\"", let escaped = rest.first else {
                text.append(character)
                continue
            }
            rest = rest.dropFirst()
            switch escaped {
            case "n": text += "\n"
            case "t": text += "\t"
            case "r": text += "\r"
            default: text.append(escaped)
            }
        }
        throw TemplateError(":1: unterminated quoted string")
    }
}
