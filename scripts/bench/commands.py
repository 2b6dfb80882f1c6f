"""Rows about the command line: run, start, many at once, start-up, counts."""

import concurrent.futures
import time

from measure import Echo, Failed, Tracer, answers_tcp, count, median, mixed, progress, run, say, timed
from report import Bar

DOCKERS = ["docker*", "podman*"]


def runs(house, report, quick):
    """`docker run --rm busybox true`, three ways, the engines in turn."""
    rounds = 7 if quick else 20
    say(f"run --rm busybox true: {rounds} rounds")
    kinds = {
        "run": ("run --rm busybox true", []),
        "run.port": ("the same, -p 8080:80", ["-p", "8080:80"]),
        "run.named": ("the same, on a network with names", ["--network", "bench-names", "--name", "bench-worker"]),
    }
    engines = house.get("causeway", "own", "nftables", "docker*", "podman*")
    for engine in engines:
        if engine.key != "own":
            engine.run("network", "create", "bench-names")
    rows = {key: report.row(key, work, "ms", Bar(0.22, DOCKERS)) for key, (work, _) in kinds.items()}
    able = {(key, engine.key): works(engine, key, kinds[key][1], report) for key in kinds for engine in engines}
    for turn in range(rounds):
        for key, (_, options) in kinds.items():
            for engine in mixed(engines, turn):
                if able[key, engine.key]:
                    rows[key].add(engine, timed(engine.command("run", "--rm", *options, "busybox", "true"), engine.env))
        progress(f"{turn + 1} of {rounds}")
    for engine in engines:
        if engine.key != "own":
            engine.run("network", "rm", "bench-names", check=False)


def works(engine, key, options, report):
    """One run that does not count. An engine that takes -p and publishes nothing is not timed with it."""
    try:
        timed(engine.command("run", "--rm", *options, "busybox", "true"), engine.env)
        if key != "run.port":
            return True
        engine.run("run", "-d", "--name", "bench-web", "-p", "8080:80", "busybox", "httpd", "-f", "-p", "80")
        answered = answers_tcp(engine.lab.internet, "198.51.100.2", 8080)
        engine.remove("bench-web")
        if not answered:
            report.note(f"{engine.title}: -p 8080:80 is taken, but nobody answers there; it is not timed")
        return answered
    except Failed as error:
        report.note(f"{engine.title}: {error}")
        return False


def answer(house, report, quick):
    """`docker start` until the container answers a ping from the host."""
    rounds = 7 if quick else 20
    say(f"start to first answered ping: {rounds} rounds")
    row = report.row("answer", "start to first answered ping", "ms", Bar(0.25, DOCKERS))
    engines = house.get("causeway", "nftables", "docker*", "podman*")
    echoes = {}
    for engine in engines:
        engine.run("network", "create", "--subnet", "10.99.0.0/24", "bench-answer")
        engine.run(
            "create", "--name", "bench-answer", "--network", "bench-answer", "--ip", "10.99.0.10", "busybox", "sleep",
            "1000",
        )  # fmt: skip
        echoes[engine.key] = Echo(engine.lab.host, "10.99.0.10")
    for turn in range(rounds + 1):
        # The first is not counted.
        for engine in mixed(engines, turn - 1):
            begin = time.perf_counter()
            timed(engine.command("start", "bench-answer"), engine.env)
            echoes[engine.key].wait()
            elapsed = (time.perf_counter() - begin) * 1000
            if turn:
                row.add(engine, elapsed)
            engine.run(*(["kill"] if "podman" not in engine.key else ["stop", "-t", "0"]), "bench-answer")
            engine.run("wait", "bench-answer")
        progress(f"{turn} of {rounds}")
    for engine in engines:
        echoes[engine.key].close()
        engine.remove("bench-answer")
        engine.run("network", "rm", "bench-answer", check=False)


def many(house, report, quick):
    """Containers started by eight clients at once, and the last of many against the first."""
    total, rounds = (40, 1) if quick else (100, 2)
    say(f"{total} containers by 8 clients")
    bar = Bar(0.2, ["docker*"])
    by_command = report.row("many", f"{total} containers by 8 of its command lines at once", "s", bar)
    by_api = report.row("many.api", f"{total} containers by 8 clients of the API at once", "s", bar)
    for engine in house.get("causeway", "nftables", "docker*", "podman*"):
        names = [f"bench-many-{number}" for number in range(total)]
        ways = [(by_command, run_by_command)] + ([] if "podman" in engine.key else [(by_api, run_by_api)])
        for row, way in ways:
            for _ in range(rounds if engine.key in ("causeway", "nftables") else 1):
                begin = time.perf_counter()
                failures = start_all(engine, names, way)
                row.add(engine, time.perf_counter() - begin)
                if failures:
                    report.note(f"{engine.title}: {len(failures)} of {total} did not start: {failures[0]}")
                remove_all(engine, names)
        progress(engine.title)
    total = 200 if quick else 500
    say(f"{total} containers one after the other")
    row = report.row("last", f"start {total} against the first", "×", Bar(1.3))
    row_nftables = Bar(1.3, subject="nftables")
    row.bars = (*row.bars, row_nftables)
    for engine in house.get("causeway", "nftables"):
        times = []
        for number in range(total):
            options = ["run", "-d", "--name", f"bench-row-{number}", "busybox", "sleep", "1000"]
            times.append(timed(engine.command(*options), engine.env))
            if number % 100 == 99:
                progress(f"{engine.title}: {number + 1} of {total}")
        sample = total // 20
        row.add(engine, median(times[-sample:]) / median(times[1 : sample + 1]))
        remove_all(engine, [f"bench-row-{number}" for number in range(total)])


def run_by_command(engine, names):
    """A client that starts containers with `docker run -d`, one after the other."""
    for name in names:
        timed(engine.command("run", "-d", "--name", name, "busybox", "sleep", "1000"), engine.env, timeout=600)


def run_by_api(engine, names):
    """A client that starts containers on a kept connection, as compose and libraries do."""
    api = engine.api()
    for name in names:
        api.request("POST", f"/containers/{api.create(name)}/start")


def start_all(engine, names, way):
    """Starts them by eight clients; returns what failed."""

    def start(share):
        try:
            way(engine, share)
        except Failed as error:
            return str(error)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return [failure for failure in pool.map(start, [names[client::8] for client in range(8)]) if failure]


def remove_all(engine, names):
    chunks = [names[first : first + 10] for first in range(0, len(names), 10)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda chunk: engine.remove(*chunk), chunks))


def startup(house, report, quick):
    """How long `version` takes on either command line, both with Causeway's daemon."""
    rounds = 20 if quick else 60
    say(f"version: {rounds} rounds")
    row = report.row("version", "version", "ms", Bar(1, ["client"]))
    own, docker = house["own"], house["causeway"]
    for _ in range(rounds):
        row.add(("causeway", "causeway"), timed(own.command("version"), own.env))
        row.add(("client", "docker"), timed(docker.command("version"), docker.env))


def counts(house, report, quick):
    """What one run costs in system calls, processes and programs: the client, the engine and all that it starts."""
    if run(["sh", "-c", "command -v strace || true"]) == "":
        return report.note("no strace: nothing was counted")
    rounds = 1 if quick else 3
    say(f"Counts of one run: {rounds} rounds")
    calls = report.row("counts.calls", "system calls of one run", "", Bar(0.22, ["docker*"]))
    made = report.row("counts.forks", "processes made by one run", "", Bar(0.5, ["docker*"]))
    programs = report.row("counts.execs", "programs run by one run", "", Bar(0.5, ["docker*"]))
    for engine in house.get("causeway", "docker*", "podman*"):
        for _ in range(rounds):
            file = f"{engine.lab.folder}/client"
            tracer = Tracer(engine.daemons(), engine.lab.folder, "engine") if engine.daemons() else None
            command = ["strace", "-f", "-qq", "--signal=none", "-o", file]
            command += engine.command("run", "--rm", "busybox", "true")
            try:
                timed(command, engine.env)
            finally:
                total = tracer.finish() if tracer else (0, 0, 0)
            total = [a + b for a, b in zip(total, count(file))]
            for row, value in zip((calls, made, programs), total):
                row.add(engine, value)
        progress(engine.title)
