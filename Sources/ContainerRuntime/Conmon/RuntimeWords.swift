/// Turns what crun and runc print on failure into the words that Docker's clients know.
///
/// `docker run` chooses its exit code by these words: 127 for "executable file not found" and "no such file or
/// directory", 126 for "permission denied".
enum RuntimeWords {
    /// A container that could not be made.
    static func createFailed(_ output: String, command: String?) -> RuntimeError {
        explain(
            output, command: command,
            prefix: "failed to create task for container: OCI runtime create failed: "
                + "unable to start container process: error during container init: ")
    }

    /// A process that could not be added to a running container.
    static func execFailed(_ output: String, command: String?) -> RuntimeError {
        explain(
            output, command: command,
            prefix: "OCI runtime exec failed: exec failed: unable to start container process: ")
    }

    private static func explain(_ output: String, command: String?, prefix: String) -> RuntimeError {
        let words = essence(of: output)
        let lowered = words.lowercased()
        let subject = command.map { "exec: \"\($0)\": " } ?? ""
        if lowered.contains("executable file") && lowered.contains("not found") {
            // Docker names the search path only where there was a search.
            let searched = command?.contains("/") != true
            let reason =
                searched
                ? "executable file not found in $PATH" : "stat \(command ?? ""): no such file or directory"
            return RuntimeError("\(prefix)\(subject)\(reason): unknown", exitCode: 127)
        }
        let isCommand = lowered.contains("executable") || lowered.contains("exec ")
        // Opening a folder for execution is not permitted either.
        if lowered.hasSuffix("permission denied") || lowered.hasSuffix("not permitted"), isCommand {
            return RuntimeError("\(prefix)\(subject)permission denied: unknown", exitCode: 126)
        }
        if lowered.hasSuffix("is a directory"), isCommand {
            return RuntimeError("\(prefix)\(subject)is a directory: unknown", exitCode: 126)
        }
        if lowered.hasPrefix("mount `"), lowered.hasSuffix("not a directory") {
            return RuntimeError(
                "\(prefix)\(words): Are you trying to mount a directory onto a file (or vice-versa)? "
                    + "Check if the specified host path exists and is the expected type: unknown")
        }
        return RuntimeError("\(prefix)\(words.isEmpty ? "the runtime said nothing" : words): unknown")
    }

    /// The last line that says something, without the time stamps of crun and the `level=error msg=` of runc.
    static func essence(of output: String) -> String {
        let lines = output.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.isEmpty }
        guard var line = lines.last(where: { $0.contains("level=error") }) ?? lines.last else { return "" }
        if let start = line.firstRange(of: "msg=\"") {
            line = String(line[start.upperBound...])
            if line.hasSuffix("\"") { line.removeLast() }
            line = line.replacing("\\\"", with: "\"")
        }
        // crun: `2026-11-23T15:59:14.707156Z: the words`
        if line.first?.isNumber == true, let colon = line.firstRange(of: "Z: ") {
            line = String(line[colon.upperBound...])
        }
        return line
    }
}
