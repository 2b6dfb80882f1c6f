import Lab
import SystemCalls
import Testing
import Walkthrough

@Suite("a machine that loses power", .needsLab, .engineLab("reboot"), .serialized)
struct RebootTests {
    @Test("restart policies bring containers back, with their addresses, ports, networks and volumes")
    func comesBack() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker network create --subnet 10.66.0.0/24 n1")
        let serve = "sh -c 'hostname > /d/name; httpd -f -p 80 -h /d'"
        let containers = [
            // The first is not to come back: the others keep their places all the same.
            "never --network n1 busybox sleep 1000",
            "web --restart always --network n1 -p 8080:80 -v kept:/d busybox \(serve)",
            "six --restart unless-stopped --network n1 busybox sleep 1000",
            "fails --restart on-failure:5 busybox sleep 1000",
            "stopped --restart unless-stopped --network n1 busybox sleep 1000",
            "chosen --restart always --network n1 --ip 10.66.0.9 busybox sleep 1000",
            "fine --restart on-failure busybox true",
            // By its name it would start before the one whose network it shares.
            "a-sidecar --restart always --network container:web busybox sleep 1000",
        ]
        for options in containers { try await lab.succeed("docker run -d --name \(options)") }
        try await lab.succeed("docker network connect bridge six")
        try await lab.succeed("docker stop -t 0 stopped")
        let up = "web six fails chosen"
        let facts =
            "docker inspect -f '{{.Name}}{{range $n, $e := .NetworkSettings.Networks}} {{$n}} {{$e.IPAddress}} {{$e.MacAddress}}{{end}}{{json .NetworkSettings.Ports}}' \(up)"
        let before = try await lab.succeed(facts)
        let networks = try await lab.succeed("docker network ls --no-trunc")
        try await lab.converse { try $0.lab.reboot() }

        let running = "docker ps --format '{{.Names}}' | sort | tr '\\n' ' '"
        try await lab.wait(for: "a-sidecar chosen fails six web", from: running)
        #expect(try await lab.succeed(facts) == before)
        #expect(try await lab.succeed("docker network ls --no-trunc") == networks)
        #expect(
            try await lab.succeed("docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' never") == "exited 255")
        #expect(try await lab.succeed("docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' fine") == "exited 0")
        #expect(try await lab.succeed("docker inspect -f '{{.State.Status}}' stopped") == "exited")
        let name = try await lab.succeed("docker exec web cat /d/name")
        let fetch =
            "nsenter --net=\(lab.shell.lab.internetNamespacePath) curl -s --max-time 2 http://\(Lab.hostAddress):8080/name"
        #expect(try await lab.succeed(fetch) == name)
        #expect(try await lab.succeed("docker exec a-sidecar wget -qO- http://127.0.0.1/name") == name)
        #expect(try await lab.run("docker exec six ping -c 1 -W 2 web").code == 0)
        try await lab.succeed("docker rm -f web six fails chosen never stopped fine a-sidecar")
        try await lab.succeed("docker network rm n1")
        try await lab.succeed("docker volume rm kept")
    }
}
