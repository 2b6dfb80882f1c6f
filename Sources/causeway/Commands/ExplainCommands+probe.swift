import EngineAPI
import EngineClient
import Explain

/// `causeway why` and `causeway trace`.
extension ExplainCommands {
    private static let probeFlags = [
        daemonFlag, Flag("format", nil, .string, "Print in this format: text (default) or json"),
        Flag("icmp", nil, .bool, "Ask with ICMP echo (the default without a port)"),
        Flag("tcp", nil, .bool, "Ask with a TCP connection (the default with a port)"),
        Flag("udp", nil, .bool, "Ask with a UDP datagram"),
        Flag("no-rules", nil, .bool, "Put no trace table into nftables: judge without knowing which rules spoke"),
    ]

    /// The exit status where the question makes no sense or cannot be asked: 0 to 2 are answers.
    private static let notAsked: Int32 = 125

    static let why = Command(
        ["why"], usage: "[OPTIONS] SOURCE DESTINATION[:PORT] | DEVICE",
        "Say why SOURCE does not reach DESTINATION, proved, with the fix; or what is the matter with a device",
        flags: probeFlags, operands: .between(1, 2)
    ) { call throws(ClientError) in
        try explain(call, "/causeway/why") { explainer, operands, kind throws(ExplainError) in
            try explainer.why(operands[0], operands.count > 1 ? operands[1] : nil, kind)
        } text: {
            $0.whyText
        }
    }

    static let trace = Command(
        ["trace"], usage: "[OPTIONS] SOURCE DESTINATION[:PORT]",
        "Send one probe and show its way hop by hop, with the kernel's own evidence",
        flags: probeFlags, operands: .exactly(2)
    ) { call throws(ClientError) in
        try explain(call, "/causeway/trace") { explainer, operands, kind throws(ExplainError) in
            try explainer.trace(operands[0], operands[1], kind)
        } text: {
            $0.traceText
        }
    }

    private static func explain(
        _ call: Invocation, _ path: String,
        _ look: (Explainer, [String], ProbeFlow.Kind?) throws(ExplainError) -> Report, text: (Report) -> String
    ) throws(ClientError) -> Int32 {
        let kinds: [ProbeFlow.Kind] = [.icmp, .tcp, .udp].filter { call.arguments.flag($0.rawValue) }
        guard kinds.count < 2 else { throw .local("--icmp, --tcp and --udp exclude each other", exitStatus: notAsked) }
        let operands = call.arguments.operands
        let report: Report
        if usesDaemon(call) {
            let question = ProbeRequest(
                source: operands[0], destination: operands.count > 1 ? operands[1] : "",
                transport: kinds.first?.rawValue ?? "", withoutRules: call.arguments.flag("no-rules"))
            do throws(ClientError) {
                report = try ask(
                    call, EngineRequest("POST", path, body: try EngineClient.body(question)), Report.self)
            } catch {
                throw ClientError(error.kind, error.message, exitStatus: notAsked)
            }
        } else {
            do throws(ExplainError) {
                var explainer = try Explainer(
                    containers: containers(call.client), networks: networks(call.client))
                explainer.tracesRules = !call.arguments.flag("no-rules")
                report = try look(explainer, operands, kinds.first)
            } catch {
                throw .local(error.description, exitStatus: notAsked)
            }
        }
        switch call.arguments.text("format") {
        case "json": Console.print(try json(report))
        case "", "text": Console.print(text(report))
        case let other: throw .local("unknown format \"\(other)\": use text or json", exitStatus: notAsked)
        }
        return report.exitCode
    }
}
