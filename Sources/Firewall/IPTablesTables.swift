import IPAddressing
import SystemCalls

/// The tables of one family in one network namespace, read and written by iptables' programs. Its calls block.
struct IPTablesTables {
    let family: IPFamily
    let programs: IPTablesPrograms
    let namespace: NetworkNamespace?
    /// Is told the process id of each program that is run.
    var onStart: (Int32) -> Void = { _ in }

    /// Reads all tables that are in use.
    func observe() throws(FirewallError) -> ObservedRuleset {
        let program = family == .v4 ? programs.save : programs.saveIPv6
        return try ObservedRuleset(parsing: run(program, [], "read the firewall's rules").text)
    }

    /// Works out the change and writes it. Should the host's rules be others than those it was worked out from, so that
    /// it does not fit, it is worked out once more.
    ///
    /// - Parameters:
    ///   - known: the rules, where they are known; else they are observed.
    ///   - difference: the lines for iptables-restore; none where nothing needs to be done.
    /// - Returns: the lines that were written, and the rules as they were before.
    func change(
        from known: ObservedRuleset?, _ difference: (ObservedRuleset) -> [String]
    ) throws(FirewallError) -> (lines: [String], before: ObservedRuleset) {
        let before: ObservedRuleset
        if let known { before = known } else { before = try observe() }
        let lines = difference(before)
        if lines.isEmpty { return (lines, before) }
        do {
            try restore(lines)
            return (lines, before)
        } catch {
            let observed = try observe()
            let again = difference(observed)
            if again == lines { throw error }
            if !again.isEmpty { try restore(again) }
            return (again, observed)
        }
    }

    func restore(_ lines: [String]) throws(FirewallError) {
        let attempt = "change the firewall's rules"
        let program = family == .v4 ? programs.restore : programs.restoreIPv6
        var text: [UInt8] = []
        for line in lines {
            text += line.utf8
            text.append(UInt8(ascii: "\n"))
        }
        do {
            _ = try run(program, ["--noflush", "--wait"], attempt, input: text)
        } catch {
            guard let number = Self.lineNumber(in: error.reason), lines.indices.contains(number - 1) else {
                throw error
            }
            throw FirewallError(
                attempt, "\(error.reason) (the line is: \(lines[number - 1]))", remedy: error.remedy)
        }
    }

    private func run(
        _ program: String, _ arguments: [String], _ attempt: String, input: [UInt8] = []
    ) throws(FirewallError) -> ProcessOutput {
        let output: ProcessOutput
        do {
            output = try ChildProcess.run(
                ChildRequest(
                    program, arguments, environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"],
                    networkNamespace: namespace),
                input: input, onStart: onStart)
        } catch {
            let missing = error.errno == .noEntry
            throw FirewallError(
                attempt, error.description,
                remedy: missing ? "install the Debian package iptables (apt-get install iptables)" : "")
        }
        guard output.status.isSuccess else {
            let words = output.errorText.isEmpty ? "it ended with \(output.status)" : output.errorText
            throw FirewallError(attempt, words)
        }
        return output
    }

    /// The line that iptables-restore complains about: `line 5: …`, `line: 5` or `line 5 failed`.
    static func lineNumber(in text: String) -> Int? {
        let words = text.split { " :\n".contains($0) }
        guard let place = words.lastIndex(of: "line"), place + 1 < words.count else { return nil }
        return Int(words[place + 1])
    }
}
