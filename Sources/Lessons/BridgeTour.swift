import Lab
import SystemCalls

/// `causeway lab tour bridge`: a network as Docker makes it, by hand. Each step fails first, for its reason, and is then
/// mended.
final class BridgeTour {
    private let lab: Lab
    private let causeway: String
    private let show: (String) -> Void
    private let mounts: SharedFileDescriptor
    /// What was claimed, and whether it was so.
    private(set) var checks: [(claim: String, holds: Bool)] = []

    /// - Parameter show: prints a line; `── ` begins a step.
    init(lab: Lab, causeway: String, show: @escaping (String) -> Void) throws(LabError) {
        self.lab = lab
        self.causeway = causeway
        self.show = show
        mounts = try lab.makePrivateMounts()
    }

    /// Walks through; says whether everything came as claimed.
    func run() throws -> Bool {
        for step in Step.all { try walk(step) }
        show("")
        show("── What was built")
        try command("\(causeway) map --short")
        show("")
        show(
            "Docker's own network is these seven commands and a firewall that forwards only what it knows. See them side "
                + "by side: causeway compare docker0 brd0")
        let failed = checks.filter { !$0.holds }
        for check in failed { show("✗ \(check.claim)") }
        try clear()
        return failed.isEmpty
    }

    private func walk(_ step: Step) throws {
        show("")
        show("── \(step.title)")
        for line in step.setUp { try command(line) }
        if let probe = step.probe {
            let failed = try command(probe)
            note("before: \(probe) fails", !failed.status.isSuccess)
            if let question = step.question { try why(question, step) }
        }
        show("    \(step.reason)")
        for line in step.mend {
            let output = try command(line)
            note(line, output.status.isSuccess)
        }
        for line in step.proof {
            let output = try command(line)
            note("after: \(line) works", output.status.isSuccess)
        }
    }

    private func note(_ claim: String, _ holds: Bool) {
        checks.append((claim, holds))
        show("  \(holds ? "✓" : "✗") \(claim)")
    }

    /// What `causeway why` proves; nothing where this program has no such command.
    private func why(_ question: String, _ step: Step) throws {
        let output = try execute("\(causeway) why \(question)")
        let text = output.text + output.errorText
        if text.contains("unknown command") { return }
        show("# causeway why \(question)")
        for line in text.split(separator: "\n") { show(String(line)) }
    }

    @discardableResult
    private func command(_ line: String) throws -> ProcessOutput {
        show("# " + line.replacing(causeway, with: "causeway"))
        let output = try execute(line)
        for line in (output.text + output.errorText).split(separator: "\n") { show(String(line)) }
        return output
    }

    private func execute(_ line: String) throws -> ProcessOutput {
        var request = try lab.request(["/bin/sh", "-c", line])
        request.mountNamespace = mounts
        return try ChildProcess.run(request)
    }

    /// Takes away what the tour made on the lab's host; the namespaces end with their mounts.
    private func clear() throws {
        for line in [
            "ip link del brd0", "ip netns del red", "ip netns del blue",
            "iptables -t nat -D POSTROUTING -s 7.7.7.0/24 ! -o brd0 -j MASQUERADE", "sysctl -qw net.ipv4.ip_forward=0",
        ] { _ = try execute(line) }
    }

    /// A step of the tour.
    struct Step {
        var title: String
        /// Commands before anything is tried.
        var setUp: [String] = []
        /// A command that fails now; nil where the step only builds.
        var probe: String?
        /// SOURCE DESTINATION for `causeway why`.
        var question: String?
        /// One sentence why.
        var reason: String
        /// Commands that mend it.
        var mend: [String] = []
        /// Commands that work then.
        var proof: [String]

        private static let ping = "ping -c 1 -W 1"

        static let all = [
            Step(
                title: "Two rooms and a switch",
                setUp: [
                    "ip netns add red", "ip netns add blue", "ip link add brd0 type bridge", "ip link set brd0 up",
                    "ip -brief link show brd0",
                ],
                reason: "brd0 has no carrier: nothing is plugged in, which is normal. A veth is a cable with two ends.",
                mend: ["red 7.7.7.2", "blue 7.7.7.3"].flatMap(cable) + ["ip -brief link show master brd0"],
                proof: ["ip netns exec red \(ping) 7.7.7.3"]),
            Step(
                title: "From the host to red", probe: "ip netns exec red \(ping) 7.7.7.1",
                question: "netns:red 7.7.7.1",
                reason: "brd0 has no address: nobody answers red's ARP for 7.7.7.1, and the host has no route to "
                    + "7.7.7.0/24. An address with /24 gives both.",
                mend: ["ip addr add 7.7.7.1/24 dev brd0", "ip route get 7.7.7.2"],
                proof: ["\(ping) 7.7.7.2", "ip netns exec red \(ping) 7.7.7.1"]),
            Step(
                title: "A way out of red", probe: "ip netns exec red \(ping) \(Lab.webAddress)",
                question: "netns:red \(Lab.webAddress)",
                reason:
                    "ENETUNREACH: red knows only 7.7.7.0/24. A default route sends everything else to brd0's address.",
                mend: [
                    "ip -n red route add default via 7.7.7.1", "ip -n blue route add default via 7.7.7.1",
                    "ip -n red route",
                ],
                proof: ["ip -n red route get \(Lab.webAddress)"]),
            Step(
                title: "Through the host", setUp: ["sysctl net.ipv4.ip_forward"],
                probe: "ip netns exec red \(ping) \(Lab.webAddress)", question: "netns:red \(Lab.webAddress)",
                reason:
                    "The packet reaches the host, which is no router: it drops what is not for itself, without a word.",
                mend: ["sysctl -w net.ipv4.ip_forward=1"],
                proof: ["ip route get \(Lab.webAddress) from 7.7.7.2 iif brd0"]),
            Step(
                title: "And back", probe: "ip netns exec red \(ping) \(Lab.webAddress)",
                question: "netns:red \(Lab.webAddress)",
                reason:
                    "The packet leaves up0 still carrying 7.7.7.2, which nobody out there can answer. The host has to "
                    + "put its own address in its place, and take it back in the reply.",
                mend: ["iptables -t nat -A POSTROUTING -s 7.7.7.0/24 ! -o brd0 -j MASQUERADE"],
                proof: [
                    "ip netns exec red \(ping) \(Lab.webAddress)", "ip netns exec blue \(ping) \(Lab.webAddress)",
                ]),
        ]

        /// The cable of one room, from its name and address.
        private static func cable(_ room: String) -> [String] {
            let parts = room.split(separator: " ")
            let (name, address) = (parts[0], parts[1])
            return [
                "ip link add veth-\(name) type veth peer name eth0 netns \(name)",
                "ip link set veth-\(name) master brd0 up", "ip -n \(name) addr add \(address)/24 dev eth0",
                "ip -n \(name) link set eth0 up",
            ]
        }
    }
}
