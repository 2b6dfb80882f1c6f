import Lab
import SystemCalls
import Testing
import Walkthrough

@Suite(
    "logs through the docker command line", .needsLab,
    .engineLab("logs", options: ["--log-opt", "max-size=2k", "--log-opt", "max-file=3"]), .serialized)
struct DockerLogTests {
    @Test("are kept in as many files as asked for, over a crash of the daemon too")
    func rotation() async throws {
        let lab = try EngineLab.current
        try await lab.succeed(
            "docker run -d --name rot busybox sh -c 'i=0; while [ $i -lt 1000 ]; do i=$((i+1)); echo number $i; usleep 3000; done'"
        )
        #expect(
            try await lab.succeed("docker inspect -f '{{json .HostConfig.LogConfig}}' rot")
                == #"{"Type":"json-file","Config":{"max-file":"3","max-size":"2k"}}"#)
        try await lab.restartDaemon(crash: true)
        #expect(try await lab.succeed("timeout 30 docker logs -f --tail 1 rot | tail -1") == "number 1000")
        let left = try await lab.succeed("docker logs rot").split(separator: "\n").compactMap {
            Int($0.dropFirst("number ".count))
        }
        // Three files of two kilobytes, some fifty bytes a line; the last lines, none missing.
        #expect((60...300).contains(left.count), "\(left.count)")
        #expect(left == Array((1001 - left.count)...1000))
        #expect(try await lab.succeed("docker logs --tail 70 rot | head -1") == "number 931")
        let files =
            "ls -i \(lab.shell.lab.dataRoot)/containers/$(docker inspect -f '{{.Id}}' rot)/*.log* | cut -d' ' -f1 | sort -u | wc -l"
        #expect(try await lab.succeed(files) == "3")
        // The next run goes on in the same files.
        try await lab.succeed("docker start -a rot >/dev/null")
        #expect(try await lab.succeed("docker logs -n 1 rot") == "number 1000")
        #expect(try await lab.succeed(files) == "3")
        try await lab.succeed("docker rm rot")
    }

    @Test("since and until count nanoseconds; details show what the options name")
    func timesAndDetails() async throws {
        let lab = try EngineLab.current
        try await lab.succeed(
            "docker run --name lg --label l1=v1 --log-opt labels=l1 --log-opt 'tag={{.Name}}' busybox sh -c 'for i in 1 2 3 4 5; do echo line $i; usleep 20000; done'"
        )
        let times = try await lab.succeed("docker logs -t lg").split(separator: "\n").map {
            $0.split(separator: " ")[0]
        }
        try #require(times.count == 5)
        #expect(try await lab.succeed("docker logs --since \(times[2]) lg") == "line 3\nline 4\nline 5")
        #expect(try await lab.succeed("docker logs --until \(times[2]) lg") == "line 1\nline 2\nline 3")
        #expect(try await lab.succeed("docker logs --details -n 1 lg") == "l1=v1,tag=lg line 5")
        let wrong = try await lab.succeed(
            "curl -s -w ' %{http_code}' --unix-socket \(lab.shell.lab.socketPath) 'http://d/containers/lg/logs?stdout=1&since=bad'"
        )
        #expect(wrong.contains(#"strconv.ParseInt: parsing \"bad\": invalid syntax"#) && wrong.hasSuffix("500"))
        try await lab.succeed("docker rm lg")
    }

    @Test("options that cannot be fail the start, in Docker's words")
    func refusals() async throws {
        let lab = try EngineLab.current
        let refused = try await lab.run("docker run --name bad --log-opt max-size=bogus busybox true")
        #expect(
            refused.errors.contains("failed to initialize logging driver: invalid size: 'bogus'"), "\(refused.errors)")
        #expect(try await lab.succeed("docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' bad") == "created 128")
        try await lab.succeed("docker rm bad")
        #expect(
            try await lab.run("docker create --log-opt x=1 busybox").errors.contains(
                "unknown log opt 'x' for json-file log driver"))
        #expect(try await lab.succeed("docker info -f '{{.LoggingDriver}}'") == "json-file")
        #expect(try await lab.traces() == lab.baseline)
    }
}
