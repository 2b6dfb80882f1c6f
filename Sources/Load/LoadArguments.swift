/// The command line of `causeway-load`.
public struct LoadArguments: Sendable {
    /// What is wrong with it.
    public struct Mistake: Error, CustomStringConvertible {
        /// The words.
        public var description: String
    }

    /// The kinds of load.
    public enum Command: String, Sendable {
        case api, connect, floor, names, endpoints, containers, clear, model

        /// What its words mean that are no options, in their order; those that must be there come first.
        var operands: (needed: [String], more: [String]) {
            switch self {
            case .api: (["socket", "path"], ["connections", "seconds"])
            case .connect: (["socket", "network", "container"], ["rounds"])
            case .floor: ([], ["rounds"])
            case .names: (["server", "name"], ["seconds", "window"])
            case .endpoints, .containers, .clear, .model: (["socket"], [])
            }
        }
    }

    /// What there is.
    public static let usage = """
        usage: causeway-load COMMAND …

        Measured by `make bench`; times in microseconds:

          api SOCKET PATH [CONNECTIONS [SECONDS]]
                      GET over and over, one request at a time on each connection: replies a second, median, 99th
                      percentile
          connect SOCKET NETWORK CONTAINER [ROUNDS]
                      connects a container and disconnects it on one kept connection: a line each round, both times
          floor [ROUNDS]
                      the same messages to the kernel and nothing else, in the network namespace that it runs in, which
                      is to be an empty one: a line each round, both times
          names SERVER NAME [SECONDS [QUERIES AT ONCE]]
                      asks SERVER, an IPv4 address, for NAME's addresses: answers a second, median, 99th percentile, lost

        What `make torture` and the tests put an engine under:

          endpoints SOCKET --count N [--networks 8] [--clients 4]
                      attaches running containers to networks and detaches them, N times in all; prints times
          containers SOCKET --count N [--network bridge] [--publish]
                      starts containers one after the other, which run on; prints times
          clear SOCKET
                      removes what `containers` has made
          model SOCKET [--seconds 600] [--clients 8] [--seed N] [--deadline 60]
                      does at random to a few containers and networks what can be done, and holds every reply
                      against a model
        """

    /// What to do.
    public let command: Command
    private var values: [String: String] = [:]

    /// Reads it.
    public init(_ words: [String]) throws(Mistake) {
        guard let first = words.first, let command = Command(rawValue: first) else {
            throw Mistake(description: "name a command")
        }
        self.command = command
        let (needed, more) = command.operands
        var operands = (needed + more)[...]
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            if word.hasPrefix("--") {
                values[String(word.dropFirst(2))] = word == "--publish" ? "true" : rest.popFirst() ?? ""
            } else if let name = operands.popFirst() {
                values[name] = word
            } else {
                throw Mistake(description: "'\(word)' is one word too many")
            }
        }
        if let missing = needed.first(where: { values[$0] == nil }) {
            throw Mistake(description: "\(first) needs a \(missing)")
        }
    }

    /// Path of the engine's socket.
    var socket: String { values["socket"] ?? "" }

    /// A text; nil where it is not given.
    func text(_ name: String) -> String? { values[name] }

    /// A number of at least one; `usual` where it is not given.
    func number(_ name: String, _ usual: Int) throws(Mistake) -> Int {
        guard let text = values[name] else { return usual }
        guard let number = Int(text), number > 0 else {
            throw Mistake(description: "--\(name): '\(text)' is no number")
        }
        return number
    }

    /// `--seconds`, which may have a fraction.
    func seconds(_ usual: Double) throws(Mistake) -> Double {
        guard let text = values["seconds"] else { return usual }
        guard let number = Double(text), number > 0 else {
            throw Mistake(description: "--seconds: '\(text)' is no number")
        }
        return number
    }
}
