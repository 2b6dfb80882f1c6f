"""Rows about the network: endpoints, published ports, throughput."""

import json
import os
import re
import shutil
import subprocess
import time

from measure import Failed, median, mixed, processes, proportional, progress, run, say, timed
from engines import ROOT, PLAIN_PATH, Lab, Settings, libraries
from report import Bar

DOCKERS = ["docker*"]
LOAD = "causeway-load"


def attach(house, report, quick):
    """One endpoint plugged in and out: by the API on a kept connection, by the peers' network parts alone, and by
    nothing but messages to the kernel."""
    rounds = 15 if quick else 50
    say(f"Endpoints: {rounds} rounds")
    bars = Bar(0.08, DOCKERS), Bar(3, ["floor"])
    on = report.row("attach", "endpoint plugged in", "ms")
    off = report.row("detach", "endpoint plugged out", "ms")
    both = report.row("endpoint", "endpoint plugged in and out", "ms", *bars)
    engines = house.get("causeway", "nftables", "docker*")
    for engine in engines:
        for network in ("bench-home", "bench-other"):
            engine.run("network", "create", network)
        engine.run("run", "-d", "--name", "bench-plug", "--network", "bench-home", "busybox", "sleep", "1000")

    def take(engine, text, skip=1):
        for line in text.split("\n")[skip:]:
            if line.strip():
                times = [int(value) / 1000 for value in line.split()]
                on.add(engine, times[0])
                off.add(engine, times[1])
                both.add(engine, sum(times))

    peers = [peer for peer in (Netavark(), CNI()) if peer.up(report)]
    # In turn, so that what disturbs the machine disturbs all.
    share = max(5, rounds // 5)
    for turn in range(max(1, rounds // share)):
        for engine in engines:
            program = [Settings.program(LOAD), "connect", engine.socket, "bench-other", "bench-plug"]
            take(engine, run([*program, str(share + 1)]))
        take(
            ("floor", "netlink alone"),
            run(["nsenter", f"--net={house.bare.host}", Settings.program(LOAD), "floor", str(share + 1)]),
        )
        for peer in peers:
            take(peer, peer.rounds(3 if quick else share), skip=0)
        progress(f"{(turn + 1) * share} of {rounds}")
    for peer in peers:
        peer.down()
    for engine in engines:
        engine.remove("bench-plug")
        engine.run("network", "rm", "bench-home", "bench-other", check=False)


class Part:
    """The network part of another engine, by itself in a lab's host."""

    def __init__(self, key, title, program):
        self.key, self.title, self.program, self.lab = key, title, program, Lab(key)

    def up(self, report):
        if not os.access(self.program, os.X_OK):
            report.note(f"{self.title}: {self.program} is not there")
            return False
        self.lab.down()
        try:
            self.lab.up("--no-daemon")
            self.namespace = f"{self.lab.folder}/peer"
            run(["sh", "-c", f"touch {self.namespace}; unshare --net={self.namespace} true"])
            self.rounds(1)
            return True
        except (Failed, OSError) as error:
            report.note(f"{self.title}: {error}")
            self.down()
            return False

    def rounds(self, count):
        """A line each round, times to plug in and out in microseconds."""
        lines = []
        for _ in range(count):
            times = []
            for operation in ("add", "delete"):
                command, variables, text = self.call(operation)
                env = {"PATH": f"{ROOT}/usr/sbin:{PLAIN_PATH}", "LD_LIBRARY_PATH": libraries(), **variables}
                begin = time.perf_counter()
                run(["nsenter", f"--net={self.lab.host}", *command], env=env, stdin=text)
                times.append(int((time.perf_counter() - begin) * 1e6))
            lines.append(f"{times[0]} {times[1]}")
        return "\n".join(lines)

    def down(self):
        run(["umount", f"{self.lab.folder}/peer"], check=False)
        self.lab.down()


class Netavark(Part):
    """Podman's, with its firewall's rules."""

    def __init__(self):
        super().__init__("netavark", "netavark alone", f"{ROOT}/usr/lib/podman/netavark")

    def call(self, operation):
        network = {
            "name": "bench", "id": "b" * 64, "driver": "bridge", "network_interface": "nav0", "internal": False,
            "subnets": [{"subnet": "10.90.0.0/24", "gateway": "10.90.0.1"}], "ipv6_enabled": False,
            "dns_enabled": False, "ipam_options": {"driver": "host-local"},
        }  # fmt: skip
        options = {
            "container_id": "c" * 64, "container_name": "bench", "network_info": {"bench": network},
            "networks": {"bench": {"static_ips": ["10.90.0.2"], "interface_name": "eth0"}},
        }  # fmt: skip
        verb = "setup" if operation == "add" else "teardown"
        return [self.program, "--config", self.lab.folder, verb, self.namespace], {}, json.dumps(options)


class CNI(Part):
    """The bridge plug-in with host-local addresses and masquerade."""

    def __init__(self):
        super().__init__("cni", "CNI bridge alone", f"{ROOT}/usr/lib/cni/bridge")

    def call(self, operation):
        configuration = {
            "cniVersion": "0.4.0", "name": "bench", "type": "bridge", "bridge": "cni0", "isGateway": True,
            "ipMasq": True,
            "ipam": {"type": "host-local", "subnet": "10.91.0.0/24", "dataDir": f"{self.lab.folder}/cni"},
        }  # fmt: skip
        variables = {
            "CNI_COMMAND": "ADD" if operation == "add" else "DEL", "CNI_CONTAINERID": "bench",
            "CNI_NETNS": self.namespace, "CNI_IFNAME": "eth0", "CNI_PATH": os.path.dirname(self.program),
        }  # fmt: skip
        return [self.program], variables, json.dumps(configuration)


# Published ports

SERVED = "mkdir -p /w; echo ok > /w/index.html; exec httpd -f -p 80 -h /w"


def ports(house, report, quick):
    """What published ports cost: to publish, to hold, to pass through."""
    many, rounds = (100, 3) if quick else (1000, 5)
    levels = (0, many) if quick else (0, 100, many)
    say(f"Published ports: {many}")
    one = {n: report.row(f"ports.one.{n}", f"start with a port, {n} published", "ms") for n in levels}
    times = Bar(0.05, DOCKERS)
    nftables = Bar(0.05, DOCKERS, subject="nftables")
    publish = report.row("ports.publish", f"publish {many} ports", "s", times, nftables)
    remove = report.row("ports.remove", "take them away", "s", times)
    memory = report.row("ports.memory", "memory that they hold, PSS", "MiB", times, nftables)
    first = report.row("ports.first", "connections through the first", "a second")
    last = report.row("ports.last", "connections through the last", "a second")
    ratio = report.row("ports.ratio", "the last against the first", "×", Bar(0.95, subject="nftables", least=True))
    for engine in house.get("causeway", "nftables", "docker*"):
        for level in levels:
            if level:
                publish_range(engine, level, many, publish, memory)
            for _ in range(rounds):
                engine.run("create", "--name", "bench-one", "-p", "9000:80", "busybox", "sleep", "1000")
                one[level].add(engine, timed(engine.command("start", "bench-one"), engine.env))
                engine.remove("bench-one")
            if level == many:
                pass_through(engine, many, first, last, ratio, quick)
            if level:
                begin = time.perf_counter()
                engine.remove("bench-range", "bench-ends")
                if level == many:
                    remove.add(engine, time.perf_counter() - begin)
            progress(f"{engine.title}: {level}")


def publish_range(engine, level, many, publish, memory):
    """Two web servers at the ends of the range, one container for all between."""
    end = 10000 + level - 1
    before = engine.memory()
    options = ["run", "-d", "--name", "bench-range", "-p", f"10001-{end - 1}:10001-{end - 1}", "busybox", "sleep", "1000"]
    elapsed = timed(engine.command(*options), engine.env, timeout=600) / 1000
    if level == many:
        publish.add(engine, elapsed)
        memory.add(engine, engine.memory() - before)
    # A port of the container's own for each: a client may take one source port for both, and the connections that the
    # container has just closed would then be the same (TIME_WAIT), their SYN dropped (PAWS) and sent again after 1 s.
    ends = ["run", "-d", "--name", "bench-ends", "-p", "10000:80", "-p", f"{end}:81"]
    engine.run(*ends, "busybox", "sh", "-c", f"mkdir -p /w; httpd -p 81 -h /w; {SERVED}")


def pass_through(engine, many, first, last, ratio, quick):
    """New connections from the lab's internet, the two ends in turn."""
    # A client has 28,232 source ports, and the container's end of a connection waits for a minute (TIME_WAIT): with
    # more connections than that to one port, some wait for their SYN to be sent again.
    rounds = 2 if quick else 4
    found = {"first": [], "last": []}
    for _ in range(rounds):
        for name, port in (("first", 10000), ("last", 10000 + many - 1)):
            wrk = ["wrk", "-t1", "-c8", "-d1s", "-H", "Connection: close", f"http://198.51.100.2:{port}/"]
            text = run(["nsenter", f"--net={engine.lab.internet}", *wrk], check=False)
            rate = re.search(r"Requests/sec: *([0-9.]+)", text)
            if rate:
                found[name].append(float(rate[1]))
    if all(found.values()):
        first.add(engine, *found["first"])
        last.add(engine, *found["last"])
        ratio.add(engine, median(found["last"]) / median(found["first"]))


# Throughput

TRANSFERRED = "800M"


class HandMade:
    """A bridge made by hand with two containers' namespaces, the same hops as an engine's."""

    key, title = "bridge", "bridge by hand"

    def __init__(self, lab):
        self.lab = lab
        self.first, self.second = (f"{lab.folder}/{name}" for name in ("red", "blue"))
        self.addresses = "10.77.0.2", "10.77.0.3"
        script = f"""
            set -e
            sysctl -qw net.ipv4.ip_forward=1
            ip link add br0 type bridge; ip addr add 10.77.0.1/24 dev br0; ip link set br0 up
            for name in red blue; do
              touch {lab.folder}/$name; unshare --net={lab.folder}/$name true
              ip link add $name type veth peer name eth0 netns {lab.folder}/$name
              ip link set $name master br0 up
            done
            n=2
            for name in red blue; do
              nsenter --net={lab.folder}/$name sh -c "ip link set lo up; ip addr add 10.77.0.$n/24 dev eth0;
                ip link set eth0 up; ip route add default via 10.77.0.1"
              n=$((n + 1))
            done
            iptables -t nat -A POSTROUTING -s 10.77.0.0/24 ! -o br0 -j MASQUERADE
            for chain in PREROUTING OUTPUT; do
              iptables -t nat -A $chain -p tcp -m addrtype --dst-type LOCAL --dport 5201 -j DNAT --to-destination 10.77.0.2:5201
            done
        """
        run(["nsenter", f"--net={lab.host}", "sh", "-c", script])

    def down(self):
        script = "iptables -t nat -F; ip link del br0; ip link del red; ip link del blue"
        run(["nsenter", f"--net={self.lab.host}", "sh", "-c", script], check=False)
        for path in (self.first, self.second):
            run(["umount", path], check=False)


class Plugged:
    """Two containers of an engine; the first publishes the port."""

    def __init__(self, engine):
        self.key, self.title, self.lab, self.engine = engine.key, engine.title, engine.lab, engine
        engine.run("run", "-d", "--name", "bench-red", "-p", "5201:5201", "busybox", "sleep", "1000")
        engine.run("run", "-d", "--name", "bench-blue", "busybox", "sleep", "1000")
        self.first, self.second = engine.namespace("bench-red"), engine.namespace("bench-blue")
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        self.addresses = tuple(engine.run("inspect", "-f", form, name) for name in ("bench-red", "bench-blue"))

    def down(self):
        self.engine.remove("bench-red", "bench-blue")


def throughput(house, report, quick):
    """Bytes of one TCP connection, the engines in turn, beside a bridge made by hand."""
    # What a machine of others' does beside it takes more than the rules of a firewall: many short rounds.
    rounds = 5 if quick else 25
    say(f"Throughput: {rounds} rounds of {TRANSFERRED}")
    places = [HandMade(house.bare)] + [Plugged(engine) for engine in house.get("causeway", "nftables", "docker*")]
    bar = Bar(0.98, ["bridge"], least=True)
    ways = [
        ("throughput.containers", "container to container", lambda p: (p.first, p.second, p.addresses[0])),
        ("throughput.internet", "container to internet", lambda p: (p.lab.internet, p.second, "203.0.113.8")),
        ("throughput.port", "host to published port", lambda p: (p.first, p.lab.host, "198.51.100.2")),
    ]
    try:
        for key, work, way in ways:
            row = report.row(key, work, "Gbit/s", bar)
            for turn in range(rounds):
                for place in mixed(places, turn):
                    try:
                        row.add(place, transfer(*way(place)))
                    except (Failed, subprocess.TimeoutExpired) as error:
                        report.note(f"{work}, {place.title}: {error}")
                progress(f"{work}: {turn + 1} of {rounds}")
    finally:
        for place in places:
            place.down()


def transfer(server, client, address):
    """Gbit/s from a client's namespace to a server's, each on a processor of its own."""
    first, *_, last = sorted(os.sched_getaffinity(0)) * 2
    listener = subprocess.Popen(
        ["nsenter", f"--net={server}", "taskset", "-c", str(last), "iperf3", "-s", "-1", "--forceflush"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        for line in listener.stdout:
            if "listening" in line:
                break
        command = ["nsenter", f"--net={client}", "taskset", "-c", str(first)]
        command += ["iperf3", "-c", address, "-n", TRANSFERRED, "-J"]
        return json.loads(run(command, timeout=60))["end"]["sum_received"]["bits_per_second"] / 1e9
    finally:
        listener.kill()
        listener.wait()
