import EngineAPI
import Testing

@testable import EngineClient

private func json(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

@Suite("Stats")
struct StatsTests {
    private let sample = """
        {"name":"/red","id":"83f83cfc4b9b0a1b83f83cfc4b9b","pids_stats":{"current":3},
         "cpu_stats":{"cpu_usage":{"total_usage":3000},"system_cpu_usage":18000,"online_cpus":2},
         "precpu_stats":{"cpu_usage":{"total_usage":1000},"system_cpu_usage":10000},
         "memory_stats":{"usage":3145728,"limit":67108864,"stats":{"inactive_file":1048576}},
         "blkio_stats":{"io_service_bytes_recursive":[{"op":"read","value":1500},{"op":"Write","value":1},
          {"op":"read","value":500},{"op":"total","value":9}]},
         "networks":{"eth0":{"rx_bytes":1000,"tx_bytes":70},"eth1":{"rx_bytes":234,"tx_bytes":7}}}
        """

    private func table(_ entries: [StatsEntry], format: String = "") throws -> String {
        try StatsListing.format.render(StatsListing.rows(entries, truncated: true), format: format)
    }

    @Test("a sample becomes a row")
    func row() throws {
        var entry = StatsEntry("red")
        entry.take(try json(sample))
        #expect(
            try table([entry])
                == """
                CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT   MEM %     NET I/O         BLOCK I/O   PIDS
                83f83cfc4b9b   red       50.00%    2MiB / 64MiB        3.12%     1.23kB / 77B    2kB / 1B    3

                """.replacing("1.23kB / 77B    2kB", with: "1.23kB / 77B   2kB").replacing(
                    "NET I/O         BLOCK", with: "NET I/O        BLOCK"))
        #expect(try table([entry], format: "{{.Container}} {{.CPUPerc}} {{.PIDs}}") == "red 50.00% 3\n")
        #expect(try table([entry], format: "json").contains(#""MemUsage":"2MiB / 64MiB","Name":"red","NetIO""#))
    }

    @Test("without a sample there are zeros, after too long a silence dashes")
    func silence() throws {
        var entry = StatsEntry("red")
        let format = "{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.MemPerc}} {{.NetIO}} {{.PIDs}}"
        #expect(try table([entry], format: format) == "-- 0.00% 0B / 0B 0.00% 0B / 0B 0\n")
        entry.take(try json(sample))
        entry.lose()
        #expect(try table([entry], format: format) == "red -- -- / -- -- -- --\n")
        entry.take(try json(sample))
        #expect(try table([entry], format: "{{.CPUPerc}}") == "50.00%\n")
    }

    @Test("the share of processors needs two moments, and their number may have to be counted")
    func processors() throws {
        func share(_ now: String, _ before: String) throws -> String {
            var entry = StatsEntry("x")
            entry.take(try json(#"{"cpu_stats":\#(now),"precpu_stats":\#(before)}"#))
            return try table([entry], format: "{{.CPUPerc}}")
        }
        let now = #"{"cpu_usage":{"total_usage":500,"percpu_usage":[1,2,3,4]},"system_cpu_usage":1000}"#
        #expect(try share(now, #"{"cpu_usage":{"total_usage":0}}"#) == "200.00%\n")
        #expect(try share(now, now) == "0.00%\n")
        #expect(try share("{}", now) == "0.00%\n")
    }

    @Test("two digits after the point, and a screen that is drawn over")
    func formatting() {
        #expect(
            [0, 0.004, 0.005001, 9.999, 100, 1234.5].map(StatsListing.percent)
                == ["0.00%", "0.00%", "0.01%", "10.00%", "100.00%", "1234.50%"])
        #expect(StatsListing.redrawn("A\nB\n") == "\u{1b}[HA\u{1b}[K\nB\u{1b}[K\n\u{1b}[J")
    }
}
