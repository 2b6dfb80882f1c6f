import Testing

/// Networks of one's own, as the docker command line makes and uses them.
@Suite("Networks", .needsLab, .engineLab("networks"), .serialized)
struct NetworkTests {
    @Test func `a network is made, shown, listed and removed`() async throws {
        let lab = try EngineLab.current
        let id = try await lab.succeed(
            "docker network create --subnet 10.77.0.0/24 --ip-range 10.77.0.128/25 --aux-address printer=10.77.0.130 "
                + "-o com.docker.network.driver.mtu=1400 --label team=a net1")
        #expect(id.count == 64)
        #expect(
            try await lab.succeed("docker network inspect net1 --format '{{json .IPAM.Config}}'")
                == #"[{"Subnet":"10.77.0.0/24","IPRange":"10.77.0.128/25","AuxiliaryAddresses":{"printer":"10.77.0.130"}}]"#
        )
        #expect(
            try await lab.succeed(
                "docker network inspect \(id.prefix(8)) --format '{{.Name}} {{.Driver}} {{.Labels.team}}'")
                == "net1 bridge a")
        #expect(try await lab.succeed("docker network ls -q --no-trunc -f label=team=a") == id)
        #expect(try await lab.succeed("docker network ls -q --no-trunc -f dangling=true") == id)
        #expect(
            try await lab.succeed("docker network ls -f type=builtin --format '{{.Name}}'") == "bridge\nhost\nnone")
        #expect(try await lab.succeed("docker network rm net1") == "net1")
        #expect(try await lab.run("docker network inspect net1").code == 1)
        #expect(try await lab.run("ip link show br-\(id.prefix(12))").code != 0)
    }

    @Test(arguments: [
        ("docker network create bridge", "operation is not permitted on predefined bridge network"),
        ("docker network create -d nosuch q1", #"plugin "nosuch" not found"#),
        ("docker network create --subnet 10.81.0.1/24 q1", "invalid subnet 10.81.0.1/24: it should be 10.81.0.0/24"),
        ("docker network create -d host host2", #"only one instance of "host" network is allowed"#),
        ("docker network create --config-from nosuch q1", #"configuration network "nosuch" does not exist"#),
        ("docker network rm bridge", "bridge is a pre-defined network and cannot be removed"),
        ("docker network rm nosuch", "network nosuch not found"),
        ("docker network connect bridge nosuch", "No such container: nosuch"),
        (
            "docker network connect host net-red",
            "cannot connect container to host network - container must be created in host network mode"
        ),
        ("docker network connect bridge net-red", "endpoint with name net-red already exists in network bridge"),
        ("docker network disconnect none net-red", "is not connected to network none"),
        ("docker run --rm --network nosuch busybox true", "network nosuch not found"),
        ("docker run --rm --network container:nosuch busybox true", "No such container: nosuch"),
        (
            "docker run --rm --network bridge --ip 172.17.0.9 busybox true",
            "user specified IP address is supported on user defined networks only"
        ),
        (
            "docker run --rm --network container:net-red -h x busybox true",
            "conflicting options: hostname and the network mode"
        ),
    ])
    func `refusals have Docker's words`(_ command: String, _ words: String) async throws {
        let lab = try EngineLab.current
        try await lab.run("docker start net-red || docker run -d --name net-red busybox sleep 600")
        let result = try await lab.run(command)
        #expect(result.code != 0)
        #expect(result.errors.contains(words), "\(command): \(result.errors)")
    }

    @Test func `a container is connected and disconnected while it runs`() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker network create --subnet 10.78.0.0/24 live")
        try await lab.succeed("docker run -d --name live-red --network none busybox sleep 600")
        #expect(try await lab.run("docker network connect live live-red").errors.contains("private (none) mode"))
        try await lab.succeed("docker network disconnect none live-red")
        try await lab.succeed("docker network connect --ip 10.78.0.9 --alias web live live-red")
        #expect(try await lab.succeed("docker exec live-red ip -4 -o addr show eth0").contains("10.78.0.9/24"))
        #expect(try await lab.succeed("docker exec live-red cat /etc/hosts").contains("10.78.0.9"))
        let refused = try await lab.run("docker network rm live")
        #expect(refused.errors.contains(#"network live has active endpoints (name:"live-red" id:""#))
        #expect(
            try await lab.succeed(
                "docker inspect live-red --format '{{(index .NetworkSettings.Networks \"live\").DNSNames}}'"
            )
            .hasPrefix("[live-red web "))
        try await lab.succeed("docker network disconnect live live-red")
        #expect(try await lab.succeed("docker exec live-red cat /etc/hosts").contains("10.78.0.9") == false)
        // The cable's deletion follows in the background.
        try await lab.wait(for: "gone", from: "docker exec live-red ip link show eth0 >/dev/null 2>&1 || echo gone")
        try await lab.succeed("docker rm -f live-red && docker network rm live")
    }

    @Test func `a network is connected to a container that does not run, and is there when it starts`() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker network create --subnet 10.79.0.0/24 later")
        try await lab.succeed("docker create --name later-red --network later --ip 10.79.0.2 busybox sleep 600")
        // The address is kept for the one that does not run yet.
        try await lab.succeed("docker run -d --name later-blue --network later busybox sleep 600")
        try await lab.succeed("docker start later-red")
        #expect(
            try await lab.succeed(
                "docker inspect later-red --format '{{(index .NetworkSettings.Networks \"later\").IPAddress}}'")
                == "10.79.0.2")
        #expect(try await lab.succeed("docker exec later-red cat /etc/resolv.conf").contains("nameserver 127.0.0.11"))
        try await lab.succeed("docker rm -f later-red later-blue && docker network rm later")
    }

    @Test func `a container shares another's network`() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name join-red -h redhost busybox sleep 600")
        try await lab.succeed("docker run -d --name join-blue --network container:join-red busybox sleep 600")
        let address = "ip -4 -o addr show eth0"
        #expect(
            try await lab.succeed("docker exec join-red \(address)")
                == (try await lab.succeed("docker exec join-blue \(address)")))
        #expect(try await lab.succeed("docker exec join-blue hostname") == "redhost")
        #expect(try await lab.succeed("docker exec join-blue cat /etc/hosts").contains("redhost"))
        try await lab.succeed("docker rm -f join-blue")
        #expect(try await lab.succeed("docker exec join-red \(address)").contains("172.17."))
        try await lab.succeed("docker create --name join-blue --network container:join-red busybox true")
        try await lab.succeed("docker stop -t 0 join-red")
        #expect(
            try await lab.run("docker start join-blue").errors.contains(
                "cannot join network namespace of a non running container: container join-red is exited"))
        try await lab.succeed("docker rm -f join-red join-blue")
    }

    @Test func `links on the default bridge are names and variables`() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker run -d --name link-db -e USER=me --expose 5432 busybox sleep 600")
        let seen = try await lab.succeed(
            "docker run --rm --link link-db:db busybox sh -c 'grep db /etc/hosts; env | grep ^DB_ | sort'")
        #expect(
            seen.contains("\tdb ") && seen.contains("DB_ENV_USER=me") && seen.contains("DB_PORT_5432_TCP_PORT=5432"))
        #expect(
            try await lab.run("docker create --link nosuch:db busybox").errors.contains(
                "could not get container for nosuch: No such container: nosuch"))
        try await lab.succeed("docker rm -f link-db")
    }

    @Test func `host-gateway is the default bridge's address`() async throws {
        let lab = try EngineLab.current
        #expect(
            try await lab.succeed("docker run --rm --add-host me:host-gateway busybox cat /etc/hosts")
                .contains("172.17.0.1\tme"))
    }

    @Test func `prune removes what nobody uses`() async throws {
        let lab = try EngineLab.current
        try await lab.succeed("docker network create --label sweep prune1 && docker network create prune2")
        #expect(try await lab.succeed("docker network prune -f --filter label=sweep").contains("prune1"))
        #expect(try await lab.succeed("docker network ls -q -f name=prune1") == "")
        #expect(try await lab.succeed("docker network ls --format '{{.Name}}' -f name=prune2") == "prune2")
        try await lab.succeed("docker network rm prune2")
    }

    @Test func `events tell of networks`() async throws {
        let lab = try EngineLab.current
        let since = try await lab.succeed("date +%s")
        try await lab.succeed("docker network create told && docker network rm told")
        let until = try await lab.succeed("expr $(date +%s) + 1")
        let events = try await lab.succeed(
            "docker events --since \(since) --until \(until) --filter type=network --format '{{.Action}} {{.Actor.Attributes.name}}' | grep told"
        )
        #expect(events == "create told\ndestroy told")
    }
}
