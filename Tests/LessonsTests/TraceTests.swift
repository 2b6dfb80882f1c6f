import EngineAPI
import EngineClient
import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing

/// `causeway trace` against tcpdump and conntrack, its kinds of probe, and what it leaves behind: nothing.
@Suite(.serialized, .enabled(if: TestLab.isPossible, "labs need root"))
struct TraceTests {
    /// A trace as JSON.
    private func trace(_ lab: ExplainLab, _ words: String) throws -> JSONValue {
        try JSONValue(parsing: Array(lab.run("causeway trace --format json \(words)").text.utf8))
    }

    private func steps(_ report: JSONValue, reply: Bool, _ kind: String) -> [JSONValue] {
        (report["hops"]?.elements ?? []).filter { $0.flag("isReply") == reply }
            .flatMap { $0["steps"]?.elements ?? [] }.filter { $0.text("kind") == kind }
    }

    private func devices(_ report: JSONValue, reply: Bool) -> [String] {
        steps(report, reply: reply, "device").map { $0.text("device") }
    }

    private func rules(_ report: JSONValue, reply: Bool) -> [String] {
        steps(report, reply: reply, "rule").map { "\($0.text("table"))/\($0.text("chain")) #\($0.number("number"))" }
    }

    @Test func `what it says is what tcpdump and conntrack say, and nothing is left of looking`() throws {
        try ExplainLab.with("agree") { lab in
            try agrees(lab)
            try isClean(lab)
        }
    }

    private func agrees(_ lab: ExplainLab) throws {
        let port = try lab.succeed("ip -o link show master docker0").split(separator: "\n").compactMap { line in
            line.split(separator: " ").dropFirst().first.map { String($0.prefix { $0 != "@" && $0 != ":" }) }
        }
        let names = port + ["docker0", "up0"]
        let dumps = try names.map { name in
            try lab.start("tcpdump -lnn -tt -i \(name) icmp", "dump-\(name)", isReady: "listening on")
        }
        let report = try trace(lab, "red 203.0.113.8")
        let table = try lab.succeed("conntrack -L -p icmp -d 203.0.113.8 2>/dev/null")
        func isComplete() -> Bool { ["docker0", "up0"].allSatisfy { lab.read("dump-\($0)").contains("echo reply") } }
        #expect(lab.wait(isComplete))
        for dump in dumps { kill(dump.pid, SIGINT) }
        for dump in dumps { _ = try dump.wait() }

        // The devices that tcpdump saw the request at, in the order of its clock, are those of the trace.
        func seen(_ kind: String) -> [(device: String, time: Double, line: String)] {
            names.flatMap { name in
                lab.read("dump-\(name)").split(separator: "\n").filter { $0.contains(kind) }.map { line in
                    (name, Double(line.prefix { $0 != " " }) ?? 0, String(line))
                }
            }.sorted { $0.time < $1.time }
        }
        let (requests, replies) = (seen("echo request"), seen("echo reply"))
        #expect(devices(report, reply: false) == ["eth0"] + requests.map(\.device))
        #expect(devices(report, reply: true) == replies.map(\.device) + ["eth0"])
        #expect(requests.map(\.device).suffix(2) == ["docker0", "up0"])
        #expect(replies.map(\.device).prefix(2) == ["up0", "docker0"])
        for way in [false, true] {
            let times = steps(report, reply: way, "device").compactMap { $0["microseconds"]?.integer }
            #expect(times.count == 4 && times == times.sorted(), "\(times)")
        }
        #expect(requests[1].line.contains("172.17.0.2 > 203.0.113.8"), "\(requests)")
        #expect(requests.last?.line.contains("198.51.100.2 > 203.0.113.8") == true, "\(requests)")
        #expect(replies.last?.line.contains("203.0.113.8 > 172.17.0.2") == true, "\(replies)")

        // The rewriting and the number of the connection.
        let rewrite = try #require(steps(report, reply: false, "translation").first).text("text")
        #expect(rewrite.contains("source 172.17.0.2 ⇒ 198.51.100.2"))
        #expect(
            steps(report, reply: true, "translation").first?.text("text").contains(
                "destination 198.51.100.2 ⇒ 172.17.0.2") == true)
        let entry = try #require(table.split(separator: "\n").first { $0.contains("src=172.17.0.2") })
        #expect(entry.contains("src=203.0.113.8 dst=198.51.100.2"), "\(entry)")
        let id = try #require(requests.first.flatMap { $0.line.firstMatch(of: /id (\d+)/) }?.1)
        #expect(entry.contains("id=\(id)"), "\(entry): \(id)")
        let numbers = try lab.succeed("conntrack -L -p icmp -d 203.0.113.8 -o id 2>/dev/null")
        let number = try #require(rewrite.split(separator: " ").last)
        #expect(numbers.contains("id=\(number)"), "\(numbers): \(number)")

        // Rules as `iptables -S` prints them, by their number.
        for step in steps(report, reply: false, "rule") where step.text("table") == "filter" {
            let chain = step.text("chain")
            let line = try lab.succeed("iptables -S \(chain) \(step.number("number"))").split(separator: "\n")
            #expect(line.first.map(String.init) == step.text("rule"))
        }
        #expect(rules(report, reply: false).contains("filter/FORWARD #5"))
        #expect(rules(report, reply: true).contains("filter/FORWARD #3"))
        #expect(rules(report, reply: true).allSatisfy { !$0.hasPrefix("nat/") })
    }

    @Test(arguments: ["iptables", "nftables"])
    func `every kind of probe, both families, from anywhere to anywhere, by the daemon, too`(backend: String) throws {
        let options = ["--firewall-backend=\(backend)", "--ipv6", "--fixed-cidr-v6", "2001:db8:1::/64"]
        try ExplainLab.with("kinds-\(backend.prefix(3))", options: options) { lab in
            let out = ["docker0", "up0"]
            for words in ["red 203.0.113.8", "red 203.0.113.8:80", "--udp red 203.0.113.53:53"] {
                let report = try trace(lab, words)
                if !words.contains("udp") { #expect(report.flag("isReached"), "\(words): \(report.compact)") }
                #expect(devices(report, reply: false).suffix(2) == out, "\(words)")
                #expect(steps(report, reply: false, "translation").count == 1, "\(words)")
                let judged = steps(report, reply: false, "rule").map { $0.text("text") }
                #expect(Set(judged).count == judged.count, "\(words): \(judged)")
            }
            let six = try trace(lab, "red 2001:db8:113::8")
            #expect(six.flag("isReached"), "\(six.compact)")
            #expect(devices(six, reply: false).suffix(2) == out)
            #expect(steps(six, reply: false, "rule").contains { $0.text("table").hasPrefix("ip6 ") }, "\(six.compact)")
            let bridged = try trace(lab, "blue red:80")
            #expect(bridged.flag("isReached"))
            #expect(devices(bridged, reply: false).count == 4 && devices(bridged, reply: true).count == 4)
            #expect(steps(bridged, reply: false, "port").first?.text("text").contains("learned") == true)
            // A published port from outside: the rule, and with nftables the element that it was found by.
            let inward = try trace(lab, "netns:\(lab.lab.internetNamespace) 198.51.100.2:8080")
            #expect(inward.flag("isReached"), "\(inward.compact)")
            #expect(
                steps(inward, reply: false, "translation").first?.text("text").contains("⇒ 172.17.0.2:80") == true)
            if backend == "nftables" {
                let elements = steps(inward, reply: false, "rule").flatMap { $0["elements"]?.strings ?? [] }
                #expect(
                    elements.contains("@translations_any_address tcp . 8080 : 172.17.0.2 . 80"), "\(elements)")
            }
            let stopped = try lab.run("causeway trace stopped 203.0.113.8")
            #expect(stopped.status.code == 125 && stopped.errorText.contains("does not run"))
            try DaemonAnswers(lab: lab).check()
        }
    }

    /// Looking leaves nothing, not even when it is killed half-way.
    private func isClean(_ lab: ExplainLab) throws {
        let before = try lab.dataPath()
        #expect(before.contains("masquerade"))
        for command in ["trace red 203.0.113.8", "why red 203.0.113.99", "capture -c 1 red icmp"] {
            // What is captured comes again until the capture listens, however busy the machine is.
            let other = "while sleep 0.3; do causeway exec red ping -c 1 203.0.113.8; done"
            let isCapture = command.hasPrefix("capture")
            _ = try lab.run(
                "(\(isCapture ? other : "true")) >/dev/null & other=$!; causeway \(command); kill $other 2>/dev/null; wait"
            )
            #expect(try lab.dataPath() == before, "\(command)")
        }
        // Nobody answers at these addresses: the probe waits while it is killed.
        for command in ["trace red 203.0.113.99", "why red 203.0.113.99", "capture red"] {
            let child = try ChildProcess.spawn(try lab.request("exec causeway \(command) >/dev/null 2>&1"))
            #expect(try lab.wait { try lab.dataPath() != before }, "\(command) leaves no mark while it runs")
            kill(child.pid, SIGKILL)
            _ = try child.wait()
            #expect(try lab.wait { try lab.dataPath() == before }, "\(command), killed")
        }
        #expect(try lab.run("causeway trace red 203.0.113.8").status.isSuccess)
        #expect(try lab.dataPath() == before)
    }
}
