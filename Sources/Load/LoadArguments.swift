/// The command line of `causeway-load`.
public struct LoadArguments: Sendable {
    /// What is wrong with it.
    public struct Mistake: Error, CustomStringConvertible {
        /// The words.
        public var description: String
    }

    /// The kinds of load.
    public enum Command: String, Sendable {
        case endpoints, containers, clear, model, requests
    }

    /// What there is.
    public static let usage = """
        usage: causeway-load SOCKET PATH [CLIENTS [SECONDS]]
               causeway-load COMMAND SOCKET [OPTIONS]

        The first asks for PATH over and over, 16 clients for 3 seconds where nothing is said, and prints requests a
        second, the median and the 99th percentile of the time to a whole reply in microseconds. The commands:

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
    /// Path of the engine's socket.
    public let socket: String
    private var options: [String: String] = [:]

    /// Reads it.
    public init(_ words: [String]) throws(Mistake) {
        if let first = words.first, first.hasPrefix("/") {
            guard (2...4).contains(words.count) else { throw Mistake(description: "name a socket and a path") }
            command = .requests
            socket = first
            for (name, value) in zip(["path", "clients", "seconds"], words.dropFirst()) { options[name] = value }
            return
        }
        guard words.count >= 2, let command = Command(rawValue: words[0]) else {
            throw Mistake(description: "name a command and a socket")
        }
        self.command = command
        socket = words[1]
        var rest = words[2...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else { throw Mistake(description: "'\(word)' is no option") }
            options[String(word.dropFirst(2))] = word == "--publish" ? "true" : rest.popFirst() ?? ""
        }
    }

    /// A text; nil where it is not given.
    func text(_ name: String) -> String? { options[name] }

    /// A number of at least one; `usual` where it is not given.
    func number(_ name: String, _ usual: Int) throws(Mistake) -> Int {
        guard let text = options[name] else { return usual }
        guard let number = Int(text), number > 0 else {
            throw Mistake(description: "--\(name): '\(text)' is no number")
        }
        return number
    }

    /// `--seconds`, which may have a fraction.
    func seconds(_ usual: Double) throws(Mistake) -> Double {
        guard let text = options["seconds"] else { return usual }
        guard let number = Double(text), number > 0 else {
            throw Mistake(description: "--seconds: '\(text)' is no number")
        }
        return number
    }
}
