import SystemCalls

/// What a lab looks like now.
struct LabStatus: Hashable, Sendable {
    /// How far up it is.
    enum State: String, Sendable {
        /// Nothing of it is there.
        case down
        /// The network is there, the daemon is not.
        case network
        /// The daemon runs and answers.
        case up
        /// The daemon runs and does not answer.
        case unresponsive
    }

    let lab: Lab
    let state: State
    let daemon: Int32?
    let processes: [LabProcesses.Member]

    /// Looks at a lab.
    init(_ lab: Lab) {
        self.lab = lab
        daemon = lab.daemonPID
        processes = LabProcesses(lab).members()
        if daemon != nil {
            state = EnginePing.answers(lab.socketPath) ? .up : .unresponsive
        } else {
            state = FileSystem.exists(lab.hostNamespacePath) ? .network : .down
        }
    }

    /// For people: one fact a line.
    var text: String {
        guard state != .down else { return "\(lab.name)  down" }
        var lines = [
            "\(lab.name)  \(words)",
            "  host       \(lab.hostNamespace)  \(Lab.hostAddress) via \(Lab.gatewayAddress)",
            "  internet   \(lab.internetNamespace)  \(Lab.webAddress) web, \(Lab.nameServerAddress) DNS",
        ]
        if let daemon {
            lines.append("  daemon     process \(daemon), log \(lab.daemonLog)")
            lines.append("  socket     \(lab.dockerHost)")
        }
        let names = processes.map { "\($0.name)(\($0.pid))\($0.inContainer ? " in a container" : "")" }
        lines.append("  processes  \(names.isEmpty ? "none" : names.joined(separator: ", "))")
        return lines.joined(separator: "\n")
    }

    private var words: String {
        switch state {
        case .down: "down"
        case .network: "up, without a daemon"
        case .up: "up"
        case .unresponsive: "up, but its daemon does not answer"
        }
    }

    /// For programs: one JSON object. Names and paths of a lab hold nothing that JSON would escape.
    var json: String {
        let processes = processes.map { member in
            let name = member.name.filter { $0.isASCII && $0 != "\"" && $0 != "\\" && $0 >= " " }
            return #"{"pid":\#(member.pid),"name":"\#(name)","inContainer":\#(member.inContainer)}"#
        }
        return #"{"name":"\#(lab.name)","state":"\#(state.rawValue)","#
            + #""hostNamespace":"\#(lab.hostNamespace)","internetNamespace":"\#(lab.internetNamespace)","#
            + #""dockerHost":"\#(lab.dockerHost)","daemon":\#(daemon.map { "\($0)" } ?? "null"),"#
            + #""log":"\#(lab.daemonLog)","processes":[\#(processes.joined(separator: ","))]}"#
    }
}
