import KernelTestSupport
import SystemCalls
import Testing
import Walkthrough

@Suite("causeway's own command line", .needsLab, .engineLab("own"), .serialized)
struct OwnCommandTests {
    private let causeway = TestLab.causeway

    @Test("cp does what docker cp does, in and out")
    func copy() async throws {
        let lab = try EngineLab.current
        let folder = "/tmp/causeway-own-cp"
        try await lab.succeed(
            """
            rm -rf \(folder); mkdir -p \(folder)/d/sub && cd \(folder) && echo f > d/f && echo s > d/sub/s \\
            && chmod 4750 d/f && chmod 700 d/sub && chown 5:6 d/f && ln d/f d/hard && ln -s f d/link && ln -s d dl
            """)
        try await lab.succeed("docker run -d --name cp busybox sleep 1000")
        let listing = "find . ! -name . -exec stat -c '%n %F %a %u:%g %h %Y' {} + | sort"
        // What each program leaves for the same words.
        func same(_ words: [String], look: String, clean: String, _ location: SourceLocation = #_sourceLocation)
            async throws
        {
            var results: [String] = []
            for program in ["docker", causeway] {
                for arguments in words {
                    let result = try await lab.run("cd \(folder) && \(program) cp \(arguments)")
                    #expect(result.code == 0, "\(program) cp \(arguments): \(result.errors)", sourceLocation: location)
                }
                results.append(try await lab.succeed(look))
                try await lab.succeed(clean)
            }
            #expect(results[0] == results[1], sourceLocation: location)
            #expect(!results[0].isEmpty, sourceLocation: location)
        }
        func inside(_ command: String) -> String { "docker exec cp sh -c '\(command.replacing("'", with: #"'\''"#))'" }
        try await lab.succeed(inside("mkdir /in"))
        try await same(
            ["d cp:/in", "d cp:/in/new", "d/. cp:/in/of", "-a d/f cp:/in/name", "dl cp:/in/l", "-L dl cp:/in/through"],
            look: inside("cd /in && \(listing)"), clean: inside("rm -r /in/*"))
        try await lab.succeed("docker cp \(folder)/d cp:/in")
        try await same(
            ["cp:/in/d o", "cp:/in/d/. o2", "cp:/in/d/f o3", "-L cp:/in/d/link o", "cp:/in/d/link o4"],
            look: "cd \(folder) && find o* -exec stat -c '%n %F %a %u:%g' {} + | sort", clean: "rm -r \(folder)/o*")
        try await same(
            ["- cp:/in < /dev/null || true", "cp:/in/d - | tar t | sort > \(folder)/t"], look: "cat \(folder)/t",
            clean: "rm \(folder)/t")
        try await lab.succeed("tar c -C \(folder) d | \(causeway) cp - cp:/tmp")
        #expect(try await lab.succeed(inside("cat /tmp/d/sub/s")) == "s")
        for (words, message) in [
            ("cp:/nosuch x", "Could not find the file /nosuch in container cp"),
            ("nosuch:/x x", "No such container: nosuch"), ("d cp:/in/d/f", "cannot copy directory"),
            ("d/f cp:/in/none/", "no such directory"), ("none cp:/in", "none: no such file or directory"),
            ("cp:/in/d /nosuch/x", "invalid output path: directory \"/nosuch\" does not exist"),
            ("cp:/in cp:/x", "copying between containers is not supported"),
        ] {
            let refused = try await lab.run("cd \(folder) && \(causeway) cp \(words)")
            #expect(refused.code == 1 && refused.errors.contains(message), "\(words): \(refused.errors)")
        }
        try await lab.succeed("docker rm -f cp; rm -r \(folder)")
    }

    @Test("what is copied out of a container leads nowhere else")
    func hostileCopy() async throws {
        let lab = try EngineLab.current
        let folder = "/tmp/causeway-own-hostile"
        try await lab.succeed("rm -rf \(folder); mkdir -p \(folder)/out \(folder)/safe")
        try await lab.succeed(
            "docker run --name evil busybox sh -c 'mkdir -p /e/d; ln -s \(folder)/safe /e/way; echo x > /e/d/f'")
        // The first copy leaves a link, the second one would go through it.
        try await lab.succeed("\(causeway) cp evil:/e/way \(folder)/out/d")
        let second = try await lab.run("\(causeway) cp evil:/e/. \(folder)/out")
        #expect(second.code == 1 && second.errors.contains("cannot overwrite non-directory"), "\(second.errors)")
        #expect(try await lab.succeed("ls \(folder)/safe") == "")
        try await lab.succeed("docker rm evil; rm -r \(folder)")
    }

    @Test("volumes: made, listed, inspected, removed, cleaned up")
    func volumes() async throws {
        let lab = try EngineLab.current
        #expect(try await lab.succeed("\(causeway) volume create --label a=b own1") == "own1")
        #expect(try await lab.succeed("\(causeway) volume create").count == 64)
        #expect(try await lab.succeed("\(causeway) volume ls -q --filter label=a=b") == "own1")
        #expect(
            try await lab.succeed("\(causeway) volume ls --filter label=a=b")
                == "DRIVER    VOLUME NAME\nlocal     own1")
        #expect(
            try await lab.succeed("\(causeway) volume inspect -f '{{.Name}} {{.Driver}} {{json .Labels}}' own1")
                == #"own1 local {"a":"b"}"#)
        let asked = try await lab.run("\(causeway) volume prune", input: "n\n")
        #expect(asked.code == 0 && asked.output.hasSuffix("Are you sure you want to continue? [y/N] "))
        let pruned = try await lab.succeed("\(causeway) volume prune -f")
        #expect(pruned.hasPrefix("Deleted Volumes:\n") && pruned.hasSuffix("Total reclaimed space: 0B"), "\(pruned)")
        let removed = try await lab.run("\(causeway) volume rm nosuch own1")
        #expect(removed.code == 1 && removed.text == "own1" && removed.errors.contains("get nosuch: no such volume"))
        #expect(try await lab.succeed("docker volume ls -q") == "")
    }

    @Test("stats: once, and redrawn with who comes and goes")
    func stats() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name busy -m 64m busybox sh -c 'while :; do :; done'")
        let once = try await lab.succeed(
            "\(causeway) stats --no-stream --format '{{.Name}} {{.PIDs}} {{.MemUsage}} {{.CPUPerc}}'")
        #expect(once.hasPrefix("busy 1 ") && once.contains(" / 64MiB ") && !once.hasSuffix(" 0.00%"), "\(once)")
        let missing = try await lab.run("\(causeway) stats --no-stream busy nosuch")
        #expect(missing.code == 1 && missing.errors.contains("No such container: nosuch"))
        let streamed = try await lab.run(
            """
            timeout 6 \(causeway) stats --format '{{.Name}} {{.PIDs}}' > /tmp/causeway-own-stats & sleep 2
            docker run -d --name late busybox sleep 1000; sleep 2; docker rm -f busy; wait $!
            """)
        #expect(streamed.code == 124, "\(streamed.errors)")
        let screens = try await lab.succeed("cat /tmp/causeway-own-stats; rm /tmp/causeway-own-stats")
            .split(separator: "\u{1b}[J").map { $0.replacing("\u{1b}[H", with: "").replacing("\u{1b}[K\n", with: ";") }
        #expect(screens.first == "busy 1;", "\(screens)")
        #expect(screens.contains("busy 1;late 1;"), "\(screens)")
        #expect(screens.last == "late 1;", "\(screens)")
        try await lab.succeed("docker rm -f late")
    }

    @Test("diff, export, commit, update")
    func changes() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name chg busybox sh -c 'mkdir /n; echo 1 > /n/f; sleep 1000'")
        try await lab.wait(for: "1", from: "docker exec chg cat /n/f")
        #expect(try await lab.run("\(causeway) diff chg").lines == ["A /n", "A /n/f"])
        #expect(try await lab.succeed("\(causeway) export chg | tar xO n/f") == "1")
        try await lab.succeed("\(causeway) commit -a me -m note -c 'CMD [\"cat\",\"/n/f\"]' chg own:1")
        #expect(try await lab.succeed("docker run --rm own:1") == "1")
        #expect(try await lab.succeed("\(causeway) update -m 64m --memory-swap -1 --restart on-failure:3 chg") == "chg")
        #expect(
            try await lab.succeed(
                "docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.RestartPolicy}}' chg"
            ) == "67108864 -1 {on-failure 3}")
        let bare = try await lab.run("\(causeway) update chg")
        #expect(bare.errors == "you must provide one or more flags when using this command")
        try await lab.succeed("docker rm -f chg; docker rmi own:1")
    }

    @Test("system df and system prune, with both command lines")
    func cleaningUp() async throws {
        let lab = try EngineLab.current
        for program in ["docker", causeway] {
            try await lab.succeed("docker create --name gone busybox; docker network create lonely")
            let usage = try await lab.succeed("\(program) system df --format '{{.Type}} {{.TotalCount}} {{.Active}}'")
            #expect(usage == "Images 1 1\nContainers 1 0\nLocal Volumes 0 0\nBuild Cache 0 0")
            #expect(try await lab.succeed("\(program) system df -v").contains("gone"))
            let pruned = try await lab.run("\(program) system prune -f")
            #expect(pruned.code == 0, "\(program): \(pruned.errors)")
            #expect(
                pruned.output.contains("Deleted Containers:") && pruned.output.contains("Deleted Networks:\nlonely"))
            #expect(pruned.output.hasSuffix("Total reclaimed space: 0B\n"))
        }
        try await lab.succeed("docker create --name gone busybox; docker tag busybox named:1")
        #expect(try await lab.succeed("\(causeway) container prune -f").hasPrefix("Deleted Containers:\n"))
        #expect(try await lab.succeed("\(causeway) image prune -f") == "Total reclaimed space: 0B")
        #expect(try await lab.run("\(causeway) network prune", input: "no\n").code == 0)
        try await lab.succeed("docker rmi named:1")
    }
}
