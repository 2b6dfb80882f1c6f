import EngineAPI
import Glibc

/// Shows the progress messages of pull, load and import: on a terminal one line for each layer, elsewhere only what is
/// worth keeping.
public struct ProgressDisplay {
    private let isTerminal: Bool
    private let write: (String) -> Void
    private var layers: [String] = []

    /// Shows on a descriptor.
    public init(descriptor: CInt) {
        self.init(isTerminal: Terminal.isTerminal(descriptor)) { text in
            Console.write(Array(text.utf8), to: descriptor)
        }
    }

    /// Keeps everything to itself, apart from failures.
    public static var silent: ProgressDisplay { ProgressDisplay(isTerminal: false) { _ in } }

    /// Shows by calling `write`.
    init(isTerminal: Bool, write: @escaping (String) -> Void) {
        self.isTerminal = isTerminal
        self.write = write
    }

    /// Shows all messages of a reply. A failure that the daemon reports among them is thrown.
    public mutating func show(_ reply: HTTPResponse) throws(ClientError) {
        var failure: ClientError?
        var display = self
        try reply.forEachLine { (line) throws(ClientError) in
            if failure != nil { return }
            do throws(ClientError) {
                try display.show(try JSONValue(parsing: line))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// Shows one message.
    mutating func show(_ message: JSONValue) throws(ClientError) {
        if let error = message["errorDetail"]?["message"]?.string ?? message["error"]?.string {
            throw .local(error)
        }
        if message["aux"] != nil, message["stream"] == nil, message["status"] == nil { return }
        let id = message.text("id")
        let bar = ProgressDisplay.bar(message["progressDetail"])
        if let stream = message["stream"]?.string {
            write(stream)
            return
        }
        if !isTerminal {
            if bar.isEmpty { write((id.isEmpty ? "" : id + ": ") + message.text("status") + "\n") }
            return
        }
        guard !id.isEmpty, message["progressDetail"] != nil else {
            layers = []
            write((id.isEmpty ? "" : id + ": ") + message.text("status") + "\n")
            return
        }
        if !layers.contains(id) {
            layers.append(id)
            write("\n")
        }
        let above = layers.count - (layers.firstIndex(of: id) ?? 0)
        write("\u{1B}[\(above)A\u{1B}[2K\r\(id): \(message.text("status")) \(bar)\r\u{1B}[\(above)B")
    }

    /// `[=====>     ]  1.2MB/3MB`, or nothing where no amount is known.
    static func bar(_ detail: JSONValue?) -> String {
        guard let detail else { return "" }
        let current = detail.number("current")
        let total = detail.number("total")
        if current <= 0, total <= 0 { return "" }
        if total <= 0 || current > total { return HumanUnits.size(current) }
        let done = Int(current * 50 / total)
        let bar = String(repeating: "=", count: done) + ">" + String(repeating: " ", count: max(0, 50 - done))
        return "[\(bar.prefix(51))]  \(HumanUnits.size(current))/\(HumanUnits.size(total))"
    }
}
