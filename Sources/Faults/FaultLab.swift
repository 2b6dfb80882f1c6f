public import Lab
import SystemCalls

/// Makes faults in a lab that is up, and takes them back. Calls block the thread.
public struct FaultLab: Sendable {
    /// The lab; its daemon runs and has the image busybox.
    public let lab: Lab
    /// Path of Causeway's command line.
    public let causeway: String

    /// Uses a lab.
    public init(_ lab: Lab, causeway: String) {
        self.lab = lab
        self.causeway = causeway
    }

    /// What `causeway why` said.
    public struct Answer: Sendable {
        /// Its exit code: 0 reachable, 1 a cause found, 2 no cause proved.
        public var code: Int
        /// What it printed.
        public var text: String
        /// The commands that it proposes, in order.
        public var fixes: [String]
        /// How long it took.
        public var milliseconds: Int
    }

    /// Starts containers red and blue anew, as the fault wants them.
    public func prepare(_ fault: Fault) throws(LabError) {
        try lab.setRepairing(false)
        // The engine takes back what a container held a moment after its removal (0.3 s), and brings its rules in order
        // with it: that is not to meet the fault.
        _ = run("\(causeway) rm -f red blue >/dev/null 2>&1; sleep 0.7")
        for step in fault.setup { try perform(step) }
        guard fault.hasContainers else { return }
        try need("\(causeway) run -d --name red \(fault.redOptions) busybox \(fault.redCommand)")
        try need("\(causeway) run -d --name blue busybox httpd -f -p 80")
        try settle()
        // A first exchange, so that the fault meets a network that works.
        _ = run("nsenter -t $RED_PID -n ping -c1 -W1 203.0.113.8; nsenter -t $BLUE_PID -n ping -c1 -W1 172.17.0.2")
        try need(
            "mkdir -p '\(folder)' && iptables-save > '\(folder)/rules' && ip6tables-save > '\(folder)/rules6'")
    }

    /// Whether this kernel can make the fault.
    public func isPossible(_ fault: Fault) -> Bool { run(fault.needs).code == 0 }

    /// Whether an answer names the fault's cause: in its first line, or for a map in any.
    public func isNamed(_ fault: Fault, _ answer: Answer) -> Bool {
        let lines = answer.text.split(separator: "\n").map(String.init)
        return (fault.asksMap ? lines : Array(lines.prefix(1))).contains { line in
            fault.cause.allSatisfy { line.contains($0) }
        }
    }

    /// Makes the fault. Needs `prepare` before.
    public func inject(_ fault: Fault) throws(LabError) {
        for step in fault.inject { try perform(step) }
    }

    /// Takes the fault back, with rules and tables put back as they were at `prepare`.
    public func undo(_ fault: Fault) {
        for step in fault.undo { try? perform(step) }
        // What iptables made that was not there before: iptables-restore leaves tables alone that its file does not name.
        let made = [("ip", "rules"), ("ip6", "rules6")].map { family, file in
            "for t in filter nat raw mangle security; do grep -q \"^[*]$t\" '\(folder)/\(file)'"
                + " || nft delete table \(family) $t; done"
        }
        _ = run(
            (["inet", "bridge", "netdev", "arp"].map { "nft delete table \($0) lab" } + made
                + ["iptables-restore < '\(folder)/rules'", "ip6tables-restore < '\(folder)/rules6'"])
                .joined(separator: "; "))
    }

    /// Asks `causeway why`.
    public func why(_ fault: Fault) -> Answer {
        let source = fault.source == "internet" ? "netns:\(lab.internetNamespace)" : fault.source
        return ask(fault.asksMap ? "map" : "why \(fault.options) \(source) \(fault.destination)")
    }

    /// Whether `causeway` finds nothing wrong where the fault is seen.
    public func isInOrder(_ fault: Fault) -> Bool {
        let answer = why(fault)
        return fault.asksMap ? !isNamed(fault, answer) : answer.code == 0
    }

    /// Asks `causeway why` about another way.
    public func why(_ source: String, _ destination: String) -> Answer { ask("why \(source) \(destination)") }

    private func ask(_ question: String) -> Answer {
        let clock = ContinuousClock()
        let start = clock.now
        let output = run("\(causeway) \(question)")
        let duration = clock.now - start
        let text = output.text
        return Answer(
            code: output.code, text: text, fixes: Self.fixes(text),
            milliseconds: Int(duration.components.seconds * 1000)
                + Int(duration.components.attoseconds / 1_000_000_000_000_000))
    }

    /// The commands below `fix` of an answer; `causeway repair` is another way to the same.
    static func fixes(_ text: String) -> [String] {
        var found: [String] = []
        var isInside = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix("fix  ") { isInside = true } else if !line.hasPrefix("     ") { isInside = false }
            guard isInside else { continue }
            let command = line.dropFirst(5)
            if !command.hasPrefix("causeway repair"), !command.hasPrefix("#") { found.append(String(command)) }
        }
        return found
    }

    /// Runs commands that an answer proposed.
    public func mend(_ answer: Answer) throws(LabError) {
        for command in answer.fixes { try need(command) }
    }

    /// Runs a command line on the lab's host.
    public func run(_ command: String) -> (code: Int, text: String) {
        do {
            var request = try lab.request(["/bin/sh", "-c", "\(Self.guarded(command))"])
            request.environment += variables + ["CAUSEWAY=" + causeway, "FAULTS=" + folder]
            let output = try ChildProcess.run(request)
            return (output.status.code, output.text + (output.status.isSuccess ? "" : output.errorText))
        } catch {
            return (125, "\(error)")
        }
    }

    private static func guarded(_ command: String) -> String { "exec 2>&1; " + command }

    private var folder: String { lab.runDirectory + "/faults" }

    private func need(_ command: String) throws(LabError) {
        let output = run(command)
        guard output.code == 0 else {
            throw LabError("\(command): exit code \(output.code): \(output.text)")
        }
    }

    private func perform(_ step: Fault.Step) throws(LabError) {
        let enter =
            switch step.place {
            case .host: ""
            case .red: "nsenter -t $RED_PID -n "
            case .blue: "nsenter -t $BLUE_PID -n "
            case .internet: "nsenter --net=\(lab.internetNamespacePath) "
            }
        try need(enter + "sh -c '\(step.command.replacing("'", with: "'\\''"))'")
    }

    /// What commands can name, as the last `prepare` found it.
    private var variables: [String] {
        let text = (try? FileSystem.readText(folder + "/variables")) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Finds the containers' processes, addresses and cables.
    private func settle() throws(LabError) {
        try need("mkdir -p '\(folder)' && : > '\(folder)/variables'")
        for name in ["red", "blue"] {
            let upper = name.uppercased()
            try need(
                """
                pid=$(\(causeway) inspect -f '{{.State.Pid}}' \(name)) && \
                index=$(nsenter -t $pid -n ip -o link show eth0 \
                | sed 's/.*@if\\([0-9]*\\):.*/\\1/') && \
                veth=$(ip -o link | sed -n "s/^$index: \\([^@:]*\\).*/\\1/p") && \
                mac=$(nsenter -t $pid -n ip -o link show eth0 | sed 's/.*link.ether \\([^ ]*\\).*/\\1/') && \
                printf '\(upper)_PID=%s\\n\(upper)_VETH=%s\\n\(upper)_MAC=%s\\n' $pid $veth $mac >> '\(folder)/variables'
                """)
        }
    }
}
