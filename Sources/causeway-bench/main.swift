// The load of `make bench`: what asks an engine, its resolver or the kernel for the same thing over and over, and
// measures each answer. Prints numbers alone, times in microseconds.

import Glibc
import SystemCalls

let usage = """
    usage: causeway-bench api SOCKET PATH [CONNECTIONS [SECONDS]]
               GET over and over, one request at a time on each connection: replies a second, median, 99th percentile
           causeway-bench connect SOCKET NETWORK CONTAINER [ROUNDS]
               connects a container and disconnects it on one kept connection: a line each round, both times
           causeway-bench floor [ROUNDS]
               the same messages to the kernel and nothing else, in the network namespace that it runs in, which is to
               be an empty one: a line each round, both times
           causeway-bench names SERVER NAME [SECONDS [QUERIES AT ONCE]]
               asks SERVER, an IPv4 address, for NAME's addresses: answers a second, median, 99th percentile, lost
    """

/// Ends with a message and exit code 1.
func fail(_ message: String) -> Never {
    let standardError = FileDescriptor(owning: STDERR_FILENO)
    try? standardError.writeAll(Array("causeway-bench: \(message)\n".utf8))
    exit(1)
}

/// A number of the command line; `standard` where it is not given.
func number(_ arguments: [String], _ index: Int, standard: Int) -> Int {
    guard arguments.count > index else { return standard }
    guard let value = Int(arguments[index]), (1...1_000_000).contains(value) else { fail(usage) }
    return value
}

let arguments = Array(CommandLine.arguments.dropFirst())
do {
    switch (arguments.first, arguments.count) {
    case ("api", 3...5):
        try APILoad(
            socket: arguments[1], path: arguments[2], connections: number(arguments, 3, standard: 16),
            seconds: number(arguments, 4, standard: 3)
        ).run()
    case ("connect", 4...5):
        try ConnectLoad(
            socket: arguments[1], network: arguments[2], container: arguments[3],
            rounds: number(arguments, 4, standard: 50)
        ).run()
    case ("floor", 1...2): try FloorLoad().run(rounds: number(arguments, 1, standard: 50))
    case ("names", 3...5):
        try NamesLoad(
            server: arguments[1], name: arguments[2], seconds: number(arguments, 3, standard: 3),
            window: number(arguments, 4, standard: 32)
        ).run()
    default: fail(usage)
    }
} catch {
    fail("\(error)")
}
