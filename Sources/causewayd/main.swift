import DaemonOptions
import Engine
import Glibc

// The daemon's program: reads the options, then runs until it is told to end.

let words = Array(CommandLine.arguments.dropFirst())
do {
    switch try DaemonInvocation.parse(words) {
    case .help(let text): StandardStream.output.write(text + "\n")
    case .version: StandardStream.output.write("causewayd version \(EngineVersion.current)\n")
    case .validated: StandardStream.errors.write(DaemonInvocation.validationMessage + "\n")
    case .run(let configuration): try await Daemon.run(configuration, arguments: words)
    }
} catch let error as DaemonOptionError {
    StandardStream.errors.write(error.message + "\n")
    exit(error.exitCode)
} catch {
    StandardStream.errors.write("causewayd: \(error)\n")
    exit(1)
}
