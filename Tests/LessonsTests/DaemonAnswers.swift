import EngineAPI
import EngineClient
import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing

/// The explaining commands over the daemon's socket, held against docs/schema.
struct DaemonAnswers {
    let lab: ExplainLab

    /// The daemon answers as the command line does, and as the schema says.
    func check() throws {
        // Map: both look alike, but for counters.
        let served = try lab.ask("GET", "/causeway/map")
        #expect(try SchemaCheck("map").problems(served) == [])
        let map = try JSONValue(parsing: served)
        let printed = try JSONValue(parsing: Array(lab.succeed("causeway map --format json").utf8))
        #expect(map.members.map(\.name) == printed.members.map(\.name))
        #expect(map["bridges"]?.elements.map { $0["device"]?.text("name") ?? "" } == ["docker0"])
        let ports = map["bridges"]?.elements.first?["ports"]?.elements ?? []
        let owners = ports.map { $0["peer"]?.text("owner") ?? "" }
        #expect(Set(owners) == ["red", "blue"])
        #expect(ports.flatMap { $0["peer"]?["published"]?.strings ?? [] } == ["8080→80/tcp"])
        #expect(try lab.succeed("causeway map --daemon").contains("● 8080→80/tcp"))

        let comparison = try lab.ask("GET", "/causeway/compare?a=bridge&b=docker0")
        #expect(try SchemaCheck("comparison").problems(comparison) == [])
        #expect(try JSONValue(parsing: comparison)["points"]?.elements.allSatisfy { $0.flag("isAlike") } == true)

        let question = #"{"source":"red","destination":"203.0.113.8"}"#
        for path in ["/causeway/trace", "/causeway/why"] {
            let report = try lab.ask("POST", path, body: question)
            #expect(try SchemaCheck("report").problems(report) == [])
            #expect(try JSONValue(parsing: report).flag("isReached"))
        }
        #expect(try lab.succeed("causeway trace --daemon --tcp red 203.0.113.8:80").hasPrefix("REACHED"))
        #expect(
            try JSONValue(parsing: lab.ask("POST", "/causeway/why", body: #"{"source":"docker0"}"#)).flag("isReached"))
        #expect(try SchemaCheck("repair").problems(lab.ask("POST", "/causeway/networks/bridge/repair?dryRun=1")) == [])

        try capture()
        refusals()
    }

    /// Lines, journeys and files; ended by count and by hanging up.
    private func capture() throws {
        let before = try lab.dataPath()
        let ping = "causeway exec red ping -c 1 -W 2 203.0.113.8"
        func taps() throws -> Int { Int(try lab.succeed("grep -c . /proc/net/packet").filter(\.isNumber)) ?? 0 }
        let idle = try taps()
        func capture(_ query: String, _ name: String) throws -> ChildProcess {
            let child = try ChildProcess.spawn(
                try lab.request(
                    "exec curl -sN --unix-socket \(lab.lab.socketPath) 'http://d/v1.51/causeway/capture?source=red&filter=icmp&\(query)' "
                        + ">\(lab.lab.runDirectory)/\(name)"))
            try #require(try lab.wait { try taps() > idle }, "no tap for \(query)")
            return child
        }
        let lines = try capture("count=6", "lines")
        let journeys = try capture("path=1&count=2", "journeys")
        let file = try capture("format=pcapng", "file.pcapng")
        try #require(try lab.wait { try taps() >= idle + 9 })
        try lab.succeed(ping)
        #expect(try lines.wait().isSuccess && journeys.wait().isSuccess)
        let packets = lab.read("lines").split(separator: "\n")
        #expect(packets.count == 6)
        for packet in packets { #expect(try SchemaCheck("packet").problems(Array(packet.utf8)) == []) }
        #expect(packets.first?.contains("IP red > 203.0.113.8: ICMP echo request") == true)
        let ways = lab.read("journeys").split(separator: "\n")
        #expect(ways.count == 2)
        for way in ways { #expect(try SchemaCheck("journey").problems(Array(way.utf8)) == []) }
        #expect(
            ways.first?.contains(#""after":"198.51.100.2","from":"docker0","at":"up0","rule":""#) == true, "\(ways)")
        let size = "wc -c < \(lab.lab.runDirectory)/file.pcapng"
        #expect(try lab.wait { Int(try lab.succeed(size).filter(\.isNumber)) ?? 0 > 600 })
        // The client hangs up: no tap is left, and the data path is as before.
        kill(file.pid, SIGKILL)
        _ = try file.wait()
        #expect(try lab.wait { try taps() == idle })
        #expect(try lab.dataPath() == before)
    }

    private func refusals() {
        func body(_ source: String, _ destination: String) -> String {
            #"{"source":"\#(source)","destination":"\#(destination)"}"#
        }
        let missing = lab.refusal("POST", "/causeway/trace", body: body("rde", "203.0.113.8"))
        #expect(missing.status == 404 && missing.words.contains("did you mean red?"), "\(missing)")
        #expect(lab.refusal("POST", "/causeway/why", body: body("red", "203.0.113.8:0")).status == 400)
        #expect(lab.refusal("POST", "/causeway/why", body: body("red", "")).status == 200)
        #expect(lab.refusal("POST", "/causeway/trace", body: body("red", "")).status == 400)
        #expect(lab.refusal("POST", "/causeway/trace", body: "{").status == 400)
        #expect(lab.refusal("POST", "/causeway/trace", body: body("stopped", "203.0.113.8")).status == 409)
        #expect(lab.refusal("GET", "/causeway/compare?a=docker0&b=nothing").status == 404)
        #expect(lab.refusal("GET", "/causeway/compare?a=docker0").status == 400)
        #expect(lab.refusal("GET", "/causeway/capture?source=nobody").status == 404)
        #expect(lab.refusal("GET", "/causeway/capture?source=stopped").status == 409)
        #expect(lab.refusal("GET", "/causeway/capture?source=red&filter=sideways").status == 400)
        #expect(lab.refusal("GET", "/causeway/capture?source=red&snaplen=1").status == 400)
        #expect(lab.refusal("GET", "/causeway/capture").status == 400)
    }
}
