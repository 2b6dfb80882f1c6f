"""The chart of the README: what each work costs, Docker's cost being one."""

from measure import median

CHARTED = [
    ("run", "docker run --rm busybox true"), ("run.port", "… with a published port"),
    ("run.named", "… on a network with names"), ("answer", "docker start to the first answer"),
    ("attach", "plug a container into a network"), ("detach", "plug it out"), ("many", "100 containers, 8 clients"),
    ("ports.publish", "publish 1,000 ports"), ("ports.memory", "memory of 1,000 ports"),
    ("memory.idle", "memory of the idle daemon"), ("memory.container", "memory of a container"),
    ("names.local", "answer for a container's name"), ("names.forwarded", "forwarded answer"),
    ("api.ping", "GET /_ping"), ("api.list", "GET /containers/json"), ("counts.calls", "system calls of docker run"),
]  # fmt: skip
# Of these, more is better: their cost is the inverse.
RATES = {"names.local", "names.forwarded", "api.ping", "api.list"}
WIDTH, LEFT, RIGHT, STEP, TOP = 860, 270, 90, 34, 64


def cost(row, key):
    value = median(row.values[key])
    return 1 / value if row.key in RATES and value else value


def draw(report, about):
    """An SVG drawing; empty where no Docker was measured."""
    rows = {row.key: row for row in report.rows}
    bars = []
    for key, label in CHARTED:
        row = rows.get(key)
        docker = next((name for name in ("docker-new", "docker") if row and row.values.get(name)), None)
        if docker and row.values.get("causeway") and median(row.values[docker]) > 0:
            podman = next((name for name in ("podman-new", "podman") if row.values.get(name)), None)
            own = cost(row, "causeway") / cost(row, docker)
            other = cost(row, podman) / cost(row, docker) if podman and median(row.values[podman]) > 0 else None
            bars.append((label, own, other, row.titles[docker]))
    if not bars:
        return ""
    height = TOP + STEP * len(bars) + 40
    unit = (WIDTH - LEFT - RIGHT) / 1.3

    def at(ratio):
        return min(ratio, 1.3) * unit

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        'font-size="13">',
        "<style>text{fill:#333}.own{fill:#1f6feb}.podman{fill:#b9a3dd}.line{stroke:#888;stroke-dasharray:4 3}"
        ".soft{fill:#777}@media(prefers-color-scheme:dark){text{fill:#ddd}.soft{fill:#999}}</style>",
        f'<text x="8" y="22" font-size="16" font-weight="bold">What it costs, {bars[0][3]} being 1: shorter is better</text>',
        f'<rect class="own" x="{LEFT}" y="36" width="12" height="12"/><text x="{LEFT + 18}" y="47">Causeway</text>'
        f'<rect class="podman" x="{LEFT + 110}" y="36" width="12" height="12"/><text x="{LEFT + 128}" y="47">Podman</text>'
        f'<text class="soft" x="{LEFT + unit + 6:.0f}" y="47">Docker</text>',
        f'<line class="line" x1="{LEFT + unit:.0f}" x2="{LEFT + unit:.0f}" y1="36" y2="{height - 30}"/>',
    ]
    for index, (label, own, other, _) in enumerate(bars):
        y = TOP + STEP * index
        out.append(f'<text x="{LEFT - 10}" y="{y + 15}" text-anchor="end">{label}</text>')
        out.append(f'<rect class="own" x="{LEFT}" y="{y + 3}" width="{max(at(own), 1):.1f}" height="15"/>')
        if other is not None:
            out.append(f'<rect class="podman" x="{LEFT}" y="{y + 19}" width="{max(at(other), 1):.1f}" height="5"/>')
        out.append(f'<text x="{LEFT + at(own) + 6:.1f}" y="{y + 15}">{own:.2f}</text>')
    from report import machine_line

    out.append(f'<text class="soft" x="8" y="{height - 8}" font-size="11">{machine_line(about)}</text></svg>')
    return "\n".join(out) + "\n"
