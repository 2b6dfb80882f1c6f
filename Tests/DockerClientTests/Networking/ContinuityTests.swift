import Lab
import SystemCalls
import Testing
import Walkthrough

extension NetworkBehaviour {
    @Suite("while no daemon runs") struct Continuity {
        /// Numbers one after another over one connection, each sent back: prints how many came back in order.
        private static func numbers(_ client: String) -> String {
            "(i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo $i; sleep 0.01; done; sleep 0.3) | \(client) "
                + "| awk '$1 == NR {n++} END {print n+0}'"
        }

        @Test(arguments: Backend.allCases)
        func `a crash and a restart of the daemon lose no packet, no connection and no attempt to connect`(
            backend: Backend
        ) async throws {
            let site = try NetworkLab(backend)
            let lab = site.lab
            let outside = "nsenter --net=\(lab.shell.lab.internetNamespacePath)"
            try await site.tidy(containers: ["echo", "caller"], networks: ["line"]) {
                try await site.docker("network create line")
                try await site.docker("run -d --name echo --network line -p 8090:90 busybox nc -ll -p 90 -e cat")
                try await site.idle("caller", "--network line")
                let sandbox =
                    "nsenter --net=\(lab.shell.lab.execRoot)/netns/"
                    + (try await site.docker("ps -q --no-trunc --filter name=caller").prefix(12))
                let server = try await lab.run(
                    "\(outside) busybox nc -ll -p 7000 -e cat >/dev/null 2>&1 & echo $!"
                ).text

                async let pings = lab.run("\(sandbox) ping -i 0.02 -c 200 -q \(Lab.webAddress)")
                async let outward = lab.run(Self.numbers("\(sandbox) busybox nc \(Lab.webAddress) 7000"))
                async let inward = lab.run(Self.numbers("\(outside) busybox nc \(Lab.hostAddress) 8090"))
                // New connections need the rules of the port at every moment.
                async let attempts = lab.run(
                    "i=0; while [ $i -lt 80 ]; do i=$((i+1)); echo $i | \(outside) timeout 2 busybox nc -w 1 \(Lab.hostAddress) 8090; sleep 0.02; done | wc -l"
                )
                // The rules themselves: nothing is taken away.
                async let changes = lab.run("timeout 4 nft monitor rules | grep -c '^delete' || true")

                try await lab.run("sleep 0.5")
                try await lab.restartDaemon(crash: true)
                let names = "docker exec caller nslookup -type=a echo 127.0.0.11"
                #expect(try await lab.run(names).code == 0, "names are there once the daemon answers")
                #expect(
                    try await lab.run("curl -s -g -m 2 telnet://[::1]:8090 </dev/null").code != 7, "and so is the proxy"
                )
                try await lab.restartDaemon()
                #expect(try await lab.run(names).code == 0)

                #expect(try await pings.output.contains("200 packets transmitted, 200 received"))
                #expect(try await outward.text == "300")
                #expect(try await inward.text == "300")
                #expect(try await attempts.text == "80")
                #expect(try await changes.text == "0")
                try await lab.run("kill \(server)")
            }
        }
    }
}
