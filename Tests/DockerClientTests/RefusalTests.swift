import Lab
import SystemCalls
import Testing
import Walkthrough

@Suite("what the engine refuses, in Docker's words", .needsLab, .engineLab("refuse"), .serialized)
struct RefusalTests {
    @Test("a name in use")
    func nameInUse() async throws {
        let lab = try EngineLab.current
        let id = try await lab.succeed("docker create --name taken busybox")
        let second = try await lab.run("docker create --name taken busybox")
        #expect(second.code == 1)
        #expect(
            second.errors.contains(
                "Conflict. The container name \"/taken\" is already in use by container \"\(id)\". "
                    + "You have to remove (or rename) that container to be able to reuse that name."))
        try await lab.succeed("docker rm taken")
    }

    @Test("an unknown image: the command line tries to pull, and hears why that does not work")
    func unknownImage() async throws {
        let lab = try EngineLab.current
        // An address of the lab where nobody listens, not Docker Hub.
        let name = Lab.webAddress + ":5999/nosuch-image"
        let pulled = try await lab.run("docker run --rm \(name)")
        #expect(pulled.code == 125)
        #expect(pulled.errors.contains("Unable to find image '\(name):latest' locally"))
        #expect(pulled.errors.contains("rror"), "\(pulled.errors)")
        let local = try await lab.run("docker run --rm --pull never nosuch-image")
        #expect(local.code == 125)
        #expect(local.errors.contains("No such image: nosuch-image:latest"))
    }

    @Test(
        "values that make no sense",
        arguments: [
            ("--name _x busybox", "Invalid container name (_x), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"),
            ("--name r busybox", "Invalid container name (r), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"),
            ("--memory 5m busybox", "Minimum memory limit allowed is 6MB"),
            ("--cpus 9999 busybox", "ange of CPUs is from 0.01 to"),
            ("--cap-add NOSUCH busybox", "invalid CapAdd: unknown capability: \"CAP_NOSUCH\""),
            ("--stop-signal SIGFOO busybox", "nvalid signal: SIGFOO"),
            ("--uts host --hostname x busybox", "conflicting options: hostname and the UTS mode"),
            (
                "--platform linux/s390x --pull never busybox",
                "image with reference busybox was found but its platform (linux/"
            ),
            ("-w rel busybox", "the working directory 'rel' is invalid, it needs to be an absolute path"),
        ])
    func nonsense(_ arguments: String, _ words: String) async throws {
        let lab = try EngineLab.current
        let result = try await lab.run("docker create \(arguments)")
        #expect(result.code != 0)
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(try await lab.run("docker ps -aq").text == "", "nothing was made")
    }

    @Test("what is nowhere, and devices that no driver gives")
    func nowhere() async throws {
        let lab = try EngineLab.current
        #expect(try await lab.run("docker inspect nowhere").errors.lowercased() == "error: no such object: nowhere")
        let result = try await lab.run("docker run --rm --gpus all busybox true")
        #expect(
            result.errors.contains("could not select device driver \"\" with capabilities: [[gpu]]"),
            "\(result.errors)")
    }

    @Test("a body that is no JSON, and fields of the wrong type", arguments: ["{bad", #"{"Image":5}"#, "[]"])
    func badJSON(_ body: String) async throws {
        let lab = try EngineLab.current
        let reply = try await lab.converse { shell in
            let socket = try UnixSocket.connect(shell.lab.socketPath, patience: 5)
            let head =
                "POST /v1.44/containers/create HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            try socket.writeAll(Array((head + body).utf8))
            return String(decoding: try socket.readToEnd(), as: UTF8.self)
        }
        #expect(reply.hasPrefix("HTTP/1.1 400"), "\(reply)")
        #expect(reply.contains(#"{"message":"invalid JSON: "#), "\(reply)")
    }

    @Test("removing a container that runs")
    func removeRunning() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name runs busybox sleep 1000")
        let refused = try await lab.run("docker rm runs")
        #expect(refused.code == 1)
        #expect(refused.errors.contains("container is running: stop the container before removing or force remove"))
        try await lab.succeed("docker rm -f runs")
    }

    @Test("no such container", arguments: ["start", "stop", "kill", "rm", "logs", "attach", "wait", "restart"])
    func noSuchContainer(_ verb: String) async throws {
        let result = try await EngineLab.current.run("docker \(verb) nosuch")
        #expect(result.code == 1)
        #expect(result.errors.contains("No such container: nosuch"), "\(result.errors)")
    }

    @Test(
        "a program that cannot start: the shell's exit code, and nothing left of the container",
        arguments: [("nosuchprogram", 127), ("/etc", 126)])
    func cannotStart(_ program: String, _ code: Int) async throws {
        let lab = try EngineLab.current
        let before = try await lab.traces()
        let result = try await lab.run("docker run --name broken busybox \(program)")
        #expect(result.code == code, "\(result.errors)")
        #expect(result.errors.contains(program), "\(result.errors)")
        #expect(try await lab.traces() == before)
        #expect(
            try await lab.run("docker inspect -f '{{.State.Status}} {{.State.Running}}' broken").text == "created false"
        )
        try await lab.succeed("docker rm broken")
        let address = try await lab.succeed("docker run --rm busybox ip -4 -o addr show eth0")
        #expect(address.contains("172.17.0.2/16"), "the address was given back")
    }
}
