import DaemonOptions
import SystemCalls

/// A configuration file that is not there.
func noFile(_ path: String) throws(SystemCallError) -> [UInt8] {
    throw SystemCallError("open", path, .noEntry)
}

/// Loads a command line and, where given, a file.
func load(_ arguments: [String], file: String? = nil) throws -> DaemonConfiguration {
    try DaemonConfiguration.load(arguments: arguments) { path throws(SystemCallError) in
        guard let file else { return try noFile(path) }
        return Array(file.utf8)
    }
}

/// The message that a command line and file are refused with; "accepted" where they are not.
func refusal(_ arguments: [String], file: String? = nil) -> String {
    do {
        _ = try load(arguments, file: file)
        return "accepted"
    } catch {
        return "\(error)"
    }
}

let inFile = "unable to configure the Causeway daemon with file /etc/causeway/daemon.json: "
