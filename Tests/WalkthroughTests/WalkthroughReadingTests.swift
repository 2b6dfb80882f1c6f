import Testing

@testable import Walkthrough

@Suite("the walkthrough's reading of printed text")
struct WalkthroughReadingTests {
    @Test("patterns: digits, anything, and spaces at the end")
    func patterns() {
        #expect(LinePattern.matches("e9f8463dc960   bridge", "{hex12}   bridge"))
        #expect(!LinePattern.matches("e9f8463dc96g   bridge", "{hex12}   bridge"))
        #expect(!LinePattern.matches("e9f8463dc96", "{hex12}"))
        #expect(LinePattern.matches("Up 5 seconds   red", "Up {any} red"))
        #expect(!LinePattern.matches("Up 5 seconds   red!", "Up {any} red"))
        #expect(LinePattern.equal("a  \r\nb\n\n", ["a", "b"]))
        #expect(!LinePattern.equal("a\nb\nc\n", ["a", "b"]))
        #expect(LinePattern.contains("x\na\nb\ny", ["a", "b"]))
        #expect(!LinePattern.contains("a\nx\nb", ["a", "b"]))
    }

    @Test("a cable's two ends, as iproute2 and busybox print them")
    func links() {
        let host = PrintedLink.parse(
            """
            3: docker0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default
                link/ether 02:42:75:07:2a:20 brd ff:ff:ff:ff:ff:ff
                inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0
            5: veth6008cec@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master docker0 state UP group default
                link/ether 8a:a2:28:fc:88:58 brd ff:ff:ff:ff:ff:ff link-netnsid 0
            """)
        #expect(host.map(\.name) == ["docker0", "veth6008cec"])
        #expect(host[0].word(after: "inet") == "172.17.0.1/16")
        #expect(host[1].peerIndex == 4)
        #expect(host[1].word(after: "master") == "docker0")
        let inside = PrintedLink.parse(
            """
            4: eth0@if5: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue
                link/ether 02:42:ac:11:00:02 brd ff:ff:ff:ff:ff:ff
            """)
        #expect(inside.first?.peerIndex == 5)
        #expect(inside.first?.address == "02:42:ac:11:00:02")
        #expect(inside.first?.flags.contains("M-DOWN") == true)
    }

    @Test("control sequences are left out, half of one waits for the rest")
    func controlSequences() {
        #expect(OutputReader.plain(Array("/ # \u{1b}[6nls\r\n\u{1b}[1;34mbin\u{1b}[0m".utf8)) == "/ # ls\nbin")
        #expect(OutputReader.plain(Array("a\u{1b}[3".utf8)) == "a\u{1b}[3")
    }

    @Test("a row without a single check does not pass")
    func emptyRow() {
        #expect(!RowResult(row: .rules).passed)
        #expect(Walkthrough.table([RowResult(row: .rules)]).first?.contains("FAIL") == true)
    }
}
