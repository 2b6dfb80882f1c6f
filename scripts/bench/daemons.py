"""Rows about the daemon: memory, the API, the embedded resolver."""

import concurrent.futures
import time

from measure import Failed, median, progress, run, say
from engines import Settings
from report import Bar

DOCKERS = ["docker*"]


def idle(house, report, quick):
    """What the daemon holds before it has done anything but load an image."""
    say("Memory of the idle daemons")
    # Causeway gives memory back when nothing has happened for a while; the others may as well.
    time.sleep(25)
    row = report.row("memory.idle", "daemon idle, PSS", "MiB", Bar(0.2, DOCKERS))
    for engine in house.get("causeway", "docker*"):
        row.add(engine, engine.memory())


def containers(house, report, quick):
    """What each container adds on the host's side."""
    total = 5 if quick else 20
    say(f"Memory of {total} containers")
    row = report.row("memory.container", "each running container adds, PSS", "MiB", Bar(0.15, DOCKERS))
    for engine in house.get("causeway", "nftables", "docker*", "podman*"):
        names = [f"bench-memory-{number}" for number in range(total)]
        engine.run("run", "-d", "--name", "bench-first", "busybox", "sleep", "1000")
        time.sleep(2)
        before = engine.memory()
        for name in names:
            engine.run("run", "-d", "--name", name, "busybox", "sleep", "1000")
        time.sleep(2)
        row.add(engine, (engine.memory() - before) / total)
        engine.remove("bench-first", *names)
        progress(engine.title)


def phases(house, report, quick):
    """Where the time of a run goes in the engine: its four requests on a kept connection, without a command line."""
    rounds = 7 if quick else 20
    say(f"Phases of a run: {rounds} rounds")
    engines = house.get("causeway", "nftables", "docker*")
    apis = {engine.key: engine.api() for engine in engines}
    rows = {
        name: report.row(f"phase.{name}", f"{name} of a run, by the API", "ms")
        for name in ("create", "start", "wait", "remove")
    }
    for turn in range(rounds + 1):
        for engine in engines:
            api = apis[engine.key]
            times = [time.perf_counter()]
            name = api.create("bench-phase", Cmd=["true"])
            times.append(time.perf_counter())
            for method, path in [("POST", "start"), ("POST", "wait"), ("DELETE", "")]:
                api.request(method, f"/containers/{name}/{path}".rstrip("/"))
                times.append(time.perf_counter())
            if turn:
                for row, begin, end in zip(rows.values(), times, times[1:]):
                    row.add(engine, (end - begin) * 1000)


def api(house, report, quick):
    """Requests a second of 16 connections, the engines in turn."""
    total, rounds, seconds = (100, 2, 1) if quick else (500, 3, 2)
    say(f"API with {total} containers: {rounds} rounds")
    engines = house.get("causeway", "docker*")
    for engine in engines:
        by_four(engine, total, create)
        progress(engine.title)
    for key, work, path in [
        ("api.ping", "GET /_ping", "/_ping"),
        ("api.list", f"GET /containers/json, {total} containers", "/containers/json?all=1"),
    ]:
        rate = report.row(key, work, "a second", Bar(2, DOCKERS, least=True))
        slowest = report.row(key + ".p99", "its 99th percentile", "ms", Bar(1, DOCKERS))
        for _ in range(rounds):
            for engine in engines:
                text = run([Settings.program("causeway-load"), "api", engine.socket, path, "16", str(seconds)])
                replies, _, late = text.split()
                rate.add(engine, int(replies))
                slowest.add(engine, int(late) / 1000)
    for engine in engines:
        by_four(engine, total, lambda api, number: api.request("DELETE", f"/containers/bench-api-{number}?force=1"))


def create(api, number):
    """A container with a label and a port, as a busy host's have."""
    ports = {"80/tcp": [{"HostPort": str(20000 + number)}]}
    api.create(
        f"bench-api-{number}", Labels={"n": str(number)}, ExposedPorts={"80/tcp": {}}, HostConfig={"PortBindings": ports}
    )


def by_four(engine, total, body):
    """Does something to numbered containers on four connections at once."""

    def share(first):
        api = engine.api()
        for number in range(first, total, 4):
            body(api, number)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(share, range(4)))


def names(house, report, quick):
    """Answers a second of the resolver as a container meets it: of a container's name, and of the internet's."""
    rounds, seconds = (2, 1) if quick else (4, 2)
    say(f"Names: {rounds} rounds")
    engines = house.get("causeway", "docker*", "podman*")
    ready = []
    for engine in engines:
        engine.run("network", "create", "bench-dns")
        for name in ("bench-asks", "bench-is-asked"):
            engine.run("run", "-d", "--name", name, "--network", "bench-dns", "busybox", "sleep", "1000")
        ready.append((engine, engine.namespace("bench-asks"), engine.resolver("bench-dns")))
    for key, work, name in [
        ("names.local", "answers for a container's name", "bench-is-asked"),
        ("names.forwarded", "forwarded answers", "example.test"),
    ]:
        rate = report.row(key, work, "a second", Bar(3, ["docker*", "podman*"], least=True))
        slowest = report.row(key + ".p99", "their 99th percentile", "ms", Bar(1, ["docker*", "podman*"]))
        failed = set()
        for turn in range(rounds):
            for engine, namespace, server in ready:
                if engine.key in failed:
                    continue
                command = ["nsenter", f"--net={namespace}", Settings.program("causeway-load"), "names", server, name]
                try:
                    answers, _, late, lost = run([*command, str(seconds), "128"]).split()
                except Failed as error:
                    failed.add(engine.key)
                    report.note(f"{engine.title}: {error}")
                    continue
                rate.add(engine, int(answers))
                slowest.add(engine, int(late) / 1000)
                if int(lost):
                    report.note(f"{engine.title}: {lost} queries for {name} were not answered")
            progress(f"{work}: {turn + 1} of {rounds}")
    for engine in engines:
        engine.remove("bench-asks", "bench-is-asked")
        engine.run("network", "rm", "bench-dns", check=False)
