import EngineAPI
import Testing

@testable import EngineClient

@Suite("Words for sizes and times")
struct HumanUnitsTests {
    @Test(
        "durations",
        arguments: [
            (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (120, "2 minutes"),
            (3600, "About an hour"), (5400, "2 hours"), (86400, "24 hours"), (172_800, "2 days"),
            (86400 * 14, "2 weeks"), (86400 * 60, "2 months"), (86400 * 730, "2 years"),
        ] as [(Int64, String)])
    func durations(seconds: Int64, text: String) {
        #expect(HumanUnits.duration(seconds: seconds) == text)
    }

    @Test(
        "sizes",
        arguments: [
            (0, "0B"), (999, "999B"), (1000, "1kB"), (1_984_172, "1.98MB"), (19_841_720, "19.8MB"),
            (123_456_789, "123MB"), (999_999, "1e+03kB"),
        ] as [(Int64, String)])
    func sizes(bytes: Int64, text: String) {
        #expect(HumanUnits.size(bytes, digits: 3) == text)
    }

    @Test("sizes with four digits and in powers of 1024")
    func otherSizes() {
        #expect(HumanUnits.size(1_984_172) == "1.984MB")
        #expect(HumanUnits.binarySize(25_276_518_400) == "23.54GiB")
    }

    @Test(
        "sizes as options take them",
        arguments: [("64m", 64 << 20), ("1.5g", 3 << 29), ("512", 512), ("1GiB", 1 << 30), ("10 k", 10240), ("6b", 6)]
            as [(String, Int64)])
    func parsing(text: String, bytes: Int64) throws {
        #expect(try HumanUnits.parseBytes(text) == bytes)
    }

    @Test("sizes that are none", arguments: ["", "x", "5x", "-1m", "1mm", "1..2m", "9999999999g"])
    func refused(text: String) {
        #expect(throws: ValueError.self) { try HumanUnits.parseBytes(text) }
    }

    @Test(
        "Go's durations",
        arguments: [("1h30m", 5_400_000_000_000), ("500ms", 500_000_000), ("0", 0), ("-1.5s", -1_500_000_000)]
            as [(String, Int64)])
    func goDurations(text: String, nanoseconds: Int64) {
        #expect(GoDuration.parse(text) == nanoseconds)
    }

    @Test("moments for --since")
    func moments() throws {
        #expect(try LocalTime.parseMoment("10m", now: 1000) == "400.000000000")
        #expect(try LocalTime.parseMoment("1136073845.5", now: 0) == "1136073845.5")
        #expect(try LocalTime.parseMoment("2006-01-02T15:04:05.5Z", now: 0) == "1136214245.500000000")
        #expect(try LocalTime.parseMoment("2006-01-02T15:04:05+01:00", now: 0) == "1136210645.000000000")
        #expect(throws: ValueError.self) { try LocalTime.parseMoment("yesterday", now: 0) }
    }
}

@Suite("Columns")
struct TabWriterTests {
    @Test("columns are ten wide at least, three spaces apart")
    func widths() {
        #expect(TabWriter.align("A\tB\nlonger than ten\tx\n") == "A                 B\nlonger than ten   x\n")
        #expect(TabWriter.align("A\tB\tC\na\tb\tc\n") == "A         B         C\na         b         c\n")
    }

    @Test("a line without cells ends a column, as in Go")
    func blocks() {
        #expect(
            TabWriter.align("a long first cell\tx\n\nb\ty\n", minimumWidth: 5, padding: 1)
                == "a long first cell x\n\nb    y\n")
    }
}

@Suite("JSON for people")
struct JSONIndenterTests {
    @Test("order, numbers and escapes stay; empty things stay on their line")
    func indent() {
        let text = #"[{"b":1e3,"a":[],"c":{},"d":["x\"]{",{"e":null}]}]"#
        #expect(
            String(decoding: JSONIndenter.indent(Array(text.utf8)), as: UTF8.self) == """
                [
                    {
                        "b": 1e3,
                        "a": [],
                        "c": {},
                        "d": [
                            "x\\"]{",
                            {
                                "e": null
                            }
                        ]
                    }
                ]
                """)
        #expect(JSONIndenter.indent(Array("[]".utf8)) == Array("[]".utf8))
    }
}

@Suite("Progress")
struct ProgressDisplayTests {
    private func show(_ lines: [String], isTerminal: Bool) throws -> String {
        final class Box { var text = "" }
        let box = Box()
        var display = ProgressDisplay(isTerminal: isTerminal) { box.text += $0 }
        for line in lines { try display.show(try JSONValue(parsing: Array(line.utf8))) }
        return box.text
    }

    @Test("off a terminal, bars are left out")
    func plain() throws {
        let text = try show(
            [
                #"{"status":"Pulling","id":"a"}"#,
                #"{"status":"Downloading","id":"a","progressDetail":{"current":1,"total":2}}"#,
                #"{"stream":"Loaded image: busybox:latest\n"}"#,
            ], isTerminal: false)
        #expect(text == "a: Pulling\nLoaded image: busybox:latest\n")
    }

    @Test("on a terminal, each layer keeps its line")
    func terminal() throws {
        let text = try show(
            [#"{"status":"Downloading","id":"a","progressDetail":{"current":50,"total":100}}"#], isTerminal: true)
        #expect(text.hasPrefix("\n\u{1B}[1A\u{1B}[2K\ra: Downloading [=========================>"))
        #expect(text.hasSuffix("50B/100B\r\u{1B}[1B"))
    }

    @Test("a failure among the messages is thrown")
    func failure() {
        #expect(throws: ClientError.local("unexpected EOF")) {
            try show([#"{"errorDetail":{"message":"unexpected EOF"},"error":"unexpected EOF"}"#], isTerminal: false)
        }
    }
}
