import DaemonOptions
import Engine
import Glibc

// The daemon's program: reads the options, then runs until it is told to end.

func say(_ text: String, to stream: UnsafeMutablePointer<FILE>?) {
    guard let stream = unsafe stream else { return }
    unsafe fputs(text + "\n", stream)
}

setvbuf(stdout, nil, _IOLBF, 0)
let words = Array(CommandLine.arguments.dropFirst())
do {
    switch try DaemonInvocation.parse(words) {
    case .help(let text): unsafe say(text, to: stdout)
    case .version: unsafe say("causewayd version \(EngineVersion.current)", to: stdout)
    case .validated: unsafe say(DaemonInvocation.validationMessage, to: stderr)
    case .run(let configuration):
        try await Daemon.run(configuration, arguments: words)
    }
} catch let error as DaemonOptionError {
    unsafe say(error.message, to: stderr)
    exit(error.exitCode)
} catch {
    unsafe say("causewayd: \(error)", to: stderr)
    exit(1)
}
