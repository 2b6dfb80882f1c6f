import Glibc
import KernelTestSupport
import Lab
import SystemCalls
import Testing

/// `causeway map`, `capture`, `compare` and `repair` in a lab with a daemon, real packets, and a bridge made by hand.
@Suite(.serialized, .enabled(if: TestLab.isPossible, "labs need root"))
struct ExplainLabTests {
    /// A lab with red and blue on docker0, and brd0.
    private func withLab(_ suffix: String, _ body: (Lab) throws -> Void) throws {
        let lab = try TestLab.up(suffix)
        let result = Result {
            for command in [
                "causeway run -d --name red -p 8080:80 busybox httpd -f -p 80",
                "causeway run -d --name blue busybox sleep 600",
                "ip link add brd0 type bridge && ip addr add 7.7.7.1/24 dev brd0 && ip link set brd0 up",
            ] {
                let output = try run(lab, command)
                try #require(output.status.isSuccess, "\(command): \(output.errorText)")
            }
            try body(lab)
        }
        try lab.down()
        try result.get()
    }

    private func request(_ lab: Lab, _ command: String) throws -> ChildRequest {
        let folder = TestLab.causeway.dropLast("/causeway".count)
        return try lab.request(["/bin/sh", "-c", "PATH='\(folder)':$PATH; \(command)"])
    }

    private func run(_ lab: Lab, _ command: String) throws -> ProcessOutput {
        try ChildProcess.run(try request(lab, command))
    }

    @Test func `the map names both ends of each cable, rules, ports and stations, as tree, JSON and drawing`() throws {
        try withLab("map") { lab in
            _ = try run(lab, "causeway exec red ping -c 1 203.0.113.8")
            let text = try run(lab, "causeway map").text
            #expect(text.contains("══ eth0 red"))
            #expect(text.contains("● 8080→80/tcp"))
            #expect(text.contains("FORWARD -i docker0 ! -o docker0 -j ACCEPT"))
            #expect(text.contains("POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE"))
            #expect(text.contains("brd0 7.7.7.1/24  NO-CARRIER — normal: nothing is plugged in"))
            #expect(text.contains("forwarding database of docker0"))
            #expect(text.contains("default via 172.17.0.1 dev eth0"))
            #expect(!text.contains("✗"), "\(text)")
            let json = try run(lab, "causeway map --format json").text
            #expect(json.contains("\"forwardingDatabase\": [") && json.contains("\"owner\": \"blue\""))
            let file = lab.runDirectory + "/map.svg"
            #expect(try run(lab, "causeway map --svg \(file)").status.isSuccess)
            #expect(try FileSystem.readText(file).hasSuffix("</svg>\n"))
            // Amiss: a port held back, and a namespace whose name is gone.
            let made = try run(
                lab,
                """
                port=$(ip -o link show master docker0 | sed -n '1s/^[0-9]*: \\([^@:]*\\).*/\\1/p')
                bridge link set dev $port state 0
                """)
            #expect(made.status.isSuccess, "\(made.errorText)")
            #expect(try run(lab, "causeway map").text.contains("✗ the port is disabled, not forwarding"))
        }
    }

    @Test func `a namespace whose name is gone is said to be leaked, with the process that holds it`() throws {
        try withLab("leak") { lab in
            let name = lab.name + "-lost"
            let ip = try #require(FileSystem.findProgram("ip"))
            _ = try ChildProcess.run(ChildRequest(ip, ["netns", "add", name]))
            let made = try run(lab, "ip link add lost0 type veth peer name eth0 netns \(name) && ip link set lost0 up")
            #expect(made.status.isSuccess, "\(made.errorText)")
            let holder = try ChildProcess.spawn(
                ChildRequest(
                    "/usr/bin/sleep", ["60"], networkNamespace: try NetworkNamespace(path: "/run/netns/\(name)")))
            defer {
                kill(holder.pid, SIGKILL)
                _ = try? holder.wait()
            }
            try NetworkNamespace.remove(at: "/run/netns/\(name)")
            let text = try run(lab, "causeway map").text
            #expect(text.contains("leaked: its name is gone, process \(holder.pid)"), "\(text)")
        }
    }

    @Test func `watched, the map is drawn again when the kernel tells of a change`() throws {
        try withLab("watch") { lab in
            let file = lab.runDirectory + "/watch.txt"
            let watcher = try ChildProcess.spawn(try request(lab, "exec causeway map --watch --short > \(file)"))
            defer {
                kill(watcher.pid, SIGKILL)
                _ = try? watcher.wait()
            }
            func pictures() -> Int { ((try? FileSystem.readText(file)) ?? "").ranges(of: "host  ").count }
            func wait(_ condition: () -> Bool) -> Bool {
                for _ in 0..<100 where !condition() { usleep(50_000) }
                return condition()
            }
            #expect(wait { pictures() >= 1 })
            _ = try run(lab, "ip addr add 7.7.8.1/24 dev brd0")
            #expect(wait { ((try? FileSystem.readText(file)) ?? "").contains("7.7.8.1/24") })
        }
    }

    @Test func `a capture shows a packet at every device of its way, with the rewriting, and leaves no tap`() throws {
        try withLab("cap") { lab in
            let rules = try run(lab, "nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//'").text
            let file = lab.runDirectory + "/red.pcapng"
            let recorder = try ChildProcess.spawn(
                try request(
                    lab,
                    "exec causeway capture --path -c 2 -w \(file) red icmp >\(lab.runDirectory)/rows 2>\(lab.runDirectory)/says"
                ))
            for _ in 0..<100 {
                if try FileSystem.exists(lab.runDirectory + "/says")
                    && FileSystem.readText(lab.runDirectory + "/says").contains("listening")
                {
                    break
                }
                usleep(50_000)
            }
            _ = try run(lab, "causeway exec red ping -c 1 203.0.113.8")
            let status = try recorder.wait()
            #expect(status.isSuccess)
            let rows = try FileSystem.readText(lab.runDirectory + "/rows")
            #expect(rows.contains("red/eth0") && rows.contains("docker0") && rows.contains("up0"), "\(rows)")
            #expect(rows.contains("echo 0  src⇒198.51.100.2 at up0"), "\(rows)")
            #expect(rows.contains("reply 0  dst⇒172.17.0.2"), "\(rows)")
            #expect(!rows.contains("·"), "\(rows)")
            if let tshark = FileSystem.findProgram("tshark") {
                let read = try ChildProcess.run(
                    ChildRequest(
                        tshark, ["-r", file, "-T", "fields", "-e", "frame.interface_name", "-e", "frame.comment"]))
                #expect(read.text.contains("red/eth0"), "\(read.errorText)")
                #expect(read.text.contains("source rewritten 172.17.0.2 ⇒ 198.51.100.2"), "\(read.text)")
                #expect(read.text.contains("MASQUERADE"), "\(read.text)")
            }
            // Ended by Ctrl-C.
            let second = try ChildProcess.spawn(
                try request(lab, "exec causeway capture red > \(lab.runDirectory)/lines 2>\(lab.runDirectory)/says2"))
            for _ in 0..<100 {
                if ((try? FileSystem.readText(lab.runDirectory + "/says2")) ?? "").contains("listening") { break }
                usleep(50_000)
            }
            _ = try run(lab, "causeway exec red ping -c 1 172.17.0.3")
            usleep(300_000)
            kill(second.pid, SIGINT)
            #expect(try second.wait().isSuccess)
            let lines = try FileSystem.readText(lab.runDirectory + "/lines")
            #expect(lines.contains("IP red > blue: ICMP echo request"), "\(lines)")
            let taps = try run(lab, "cat /proc/net/packet").text.split(separator: "\n")
            #expect(taps.count <= 1 || !taps.dropFirst().contains { $0.contains(" 0003 ") }, "\(taps)")
            #expect(try run(lab, "nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//'").text == rules)
        }
    }

    @Test func `compare tells what a bridge made by hand lacks, and repair brings back what was broken`() throws {
        try withLab("rep") { lab in
            try lab.setRepairing(false)
            let table = try run(lab, "causeway compare docker0 brd0")
            #expect(table.status.isSuccess, "\(table.errorText)")
            #expect(table.text.contains("≠ masquerade"))
            #expect(table.text.contains("engine, network bridge"))
            #expect(try run(lab, "causeway compare docker0 nothing").status.code == 1)
            #expect(try run(lab, "causeway repair --dry-run bridge").text.contains("nothing is amiss"))
            let broken = try run(
                lab, "ip link set docker0 down; ip addr del 172.17.0.1/16 dev docker0; iptables -t nat -F POSTROUTING")
            #expect(broken.status.isSuccess, "\(broken.errorText)")
            let plan = try run(lab, "causeway repair --dry-run bridge").text
            #expect(plan.contains("ip addr add 172.17.0.1/16 brd + dev docker0"), "\(plan)")
            #expect(plan.contains("ip link set docker0 up"))
            #expect(plan.contains("-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE"))
            #expect(!(try run(lab, "causeway exec red ping -c 1 -W 1 203.0.113.8")).status.isSuccess)
            #expect(try run(lab, "causeway repair bridge").status.isSuccess)
            #expect(try run(lab, "causeway exec red ping -c 1 -W 2 203.0.113.8").status.isSuccess)
            #expect(try run(lab, "causeway repair nothing").status.code == 1)
        }
    }
}
