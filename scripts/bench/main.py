"""make bench: Causeway beside its peers, every row of one table in one run. See docs/performance.md.

BENCH=quick       fewer rounds, for a look
BENCH_ONLY=a,b    some parts only: those of PARTS below
BENCH_ENGINES=... some engines only, beside Causeway: nftables, docker, podman, docker-new, podman-new
BENCH_DOCKERD=    another dockerd beside Debian's, ROOT/usr/sbin/dockerd with the system that it belongs to in ROOT
BENCH_PODMAN=     another podman likewise
BENCH_OUTPUT=     a folder for bench.json, bench.txt and bench.svg
"""

import os
import signal
import sys
import time
import traceback

import chart
import commands
import daemons
import networks
from engines import BENCH, House, OwnClient
from report import Report, machine, machine_line

PARTS = {
    "memory": [daemons.idle, daemons.containers], "run": [commands.runs], "answer": [commands.answer],
    "attach": [networks.attach], "version": [commands.startup], "counts": [commands.counts],
    "names": [daemons.names], "api": [daemons.api], "throughput": [networks.throughput],
    "many": [commands.many], "ports": [networks.ports],
}  # fmt: skip


def main():
    quick = os.environ.get("BENCH") == "quick"
    wanted = [part for part in os.environ.get("BENCH_ONLY", "").split(",") if part] or list(PARTS)
    unknown = [part for part in wanted if part not in PARTS]
    if unknown:
        sys.exit(f"error: BENCH_ONLY: no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    output = os.environ.get("BENCH_OUTPUT", BENCH)
    os.makedirs(output, exist_ok=True)
    for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(name, lambda *_: sys.exit(130))
    report, house, begin = Report(quick), House(), time.monotonic()
    failures = 0
    try:
        house.up([key for key in os.environ.get("BENCH_ENGINES", "").split(",") if key])
        house.engines["own"] = OwnClient(house["causeway"])
        for part in PARTS:
            if part not in wanted:
                continue
            for measure in PARTS[part]:
                try:
                    if measure is not daemons.idle:
                        house.complete()
                    measure(house, report, quick)
                except Exception as error:  # one part's failure leaves the others
                    failures += 1
                    report.note(f"{part} was not finished: {error}")
                    traceback.print_exc()
                report.rows = [row for row in report.rows if row.values]
                write(output, "bench.json", report.json({k: e.title for k, e in house.engines.items()}, house.missing))
    finally:
        house.engines.pop("own", None)
        house.down()
    about = machine()
    write(output, "bench.svg", chart.draw(report, about))
    met, total = report.verdict()
    text = [
        report.table(), "", *[f"! {note}" for note in [*house.missing, *report.notes]],
        f"{machine_line(about)}; {int(time.monotonic() - begin) // 60} minutes"
        + ("; BENCH=quick" if quick else ""),
        "The ratio is Causeway's to the engine of that line.",
        f"{met} of {total} bars are met.",
    ]  # fmt: skip
    write(output, "bench.txt", "\n".join(text) + "\n")
    print("\n" + "\n".join(text))
    sys.exit(1 if failures else 0)


def write(folder, name, text):
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)


main()
