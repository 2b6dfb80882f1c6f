import Lab
import SystemCalls

/// The steps that make the containers and look at their cables.
extension Scene {
    func startRed() throws {
        begin(
            .shells, "A container with a shell",
            why: "A container is a process in namespaces of its own; this one is a shell on a real terminal.")
        let session = try open("docker run -it --name=red busybox")
        expect(true, "red's shell greets with its prompt")
        red = session

        let size = try session.resize(rows: 40, columns: 180)
        show(container: "red", "stty size", size)
        expect(size == "40 180", "the terminal follows the window: stty size says 40 180")

        try session.type("echo here; sleep 100\n")
        _ = try session.read(until: "\nhere\n")
        try session.type("\u{03}")
        let interrupted = try? session.read(until: TerminalSession.prompt, seconds: 10)
        expect(interrupted != nil, "Ctrl-C interrupts what runs in front, and the prompt is back")

        try session.type("\u{10}\u{11}")
        expect(try session.waitForEnd() != nil, "Ctrl-P Ctrl-Q detaches")
        let state = try run("docker inspect --format '{{.State.Status}}' red")
        expect(state == "running\n", "red runs on without a terminal")
        red = nil
        red = try open("docker attach red", greet: true)
        expect(try type("echo $((6*7))", into: red, "red") == "42\n", "docker attach brings the same shell back")
    }

    func startBlue() throws {
        begin(.shells, "A second container", why: "It gets the next free address of docker0's subnet.")
        blue = try open("docker run -it --name=blue busybox")
        expect(true, "blue's shell greets with its prompt")
        let rows = LinePattern.lines(try run("docker ps"))
        let header = (rows.first ?? "").split(separator: " ").joined(separator: " ")
        expect(header == "CONTAINER ID IMAGE COMMAND CREATED STATUS PORTS NAMES", "docker ps: the header")
        let wanted = ["blue", "red"].map { "{hex12}   busybox   \"sh\"      {any} ago {any}Up {any} \($0)" }
        expect(
            rows.count == 3 && zip(rows.dropFirst(), wanted).allSatisfy { LinePattern.matches($0, $1) },
            "docker ps: blue, then red, both busybox, \"sh\", Up")
    }

    func compareCables() throws {
        begin(
            .cables, "Both ends of each cable",
            why:
                "A veth pair is a cable: the host's end names the index of the container's end, and the other way round."
        )
        let host = PrintedLink.parse(try run("ip a"))
        for (name, shell, byte) in [("red", red, 2), ("blue", blue, 3)] {
            let text = try type("ip a", into: shell, name)
            let inside = PrintedLink.parse(text).first { $0.name == "eth0" }
            expect(inside?.address == "02:42:ac:11:00:0\(byte)", "\(name): link/ether 02:42:ac:11:00:0\(byte)")
            expect(
                text.contains("inet 172.17.0.\(byte)/16 brd 172.17.255.255 scope global eth0"),
                "\(name): inet 172.17.0.\(byte)/16 brd 172.17.255.255")
            let outside = host.first { $0.index == inside?.peerIndex && $0.name.hasPrefix("veth") }
            expect(
                outside != nil && outside?.peerIndex == inside?.index,
                "\(name): eth0@if\(inside?.peerIndex ?? 0) and \(outside?.name ?? "?")@if\(outside?.peerIndex ?? 0) agree"
            )
            expect(outside?.word(after: "master") == "docker0", "\(name): the host's end has master docker0")
            expect(outside?.word(after: "state") == "UP", "\(name): the host's end is UP")
            let digits = outside?.name.dropFirst(4) ?? ""
            expect(
                digits.count == 7 && digits.allSatisfy(\.isHexDigit), "\(name): the host's end is veth and seven digits"
            )
        }
    }

    /// Leaves: red by its shell's `exit`, blue by force.
    func leave() throws {
        begin(.shells, "The end", why: "The shell's exit ends the container; its cable goes with it.")
        showCommand("red / # exit 3")
        try red?.type("exit 3\n")
        expect(try red?.waitForEnd()?.code == 3, "red's shell exits with 3, and docker attach says so")
        red = nil
        expect(
            try run("docker inspect --format '{{.State.ExitCode}}' red") == "3\n", "the engine remembers exit code 3")
        try run("docker rm -f red blue")
        blue = nil
        expect(LinePattern.lines(try run("docker ps -a")).count == 1, "docker ps -a lists nothing any more")
        let rest = PrintedLink.parse(try run("ip -o link")).filter { $0.name.hasPrefix("veth") }
        let plugged = rest.filter { $0.text.contains("master docker0") }
        expect(plugged.isEmpty, "no veth is plugged into docker0")
    }

    /// Runs a command on a terminal and waits for the shell's prompt.
    private func open(_ command: String, greet: Bool = false) throws -> TerminalSession {
        showCommand(command)
        let session = try TerminalSession(try shell.request("exec " + command))
        if greet { try session.type("\n") }
        _ = try session.read(until: TerminalSession.prompt, seconds: 30)
        return session
    }

    private func show(container: String, _ command: String, _ output: String) {
        showOutput("\(container) / # \(command)\n\(output)")
    }
}
