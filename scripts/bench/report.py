"""Rows, bars, and how they are shown: a table, JSON, a chart."""

import json
import os
import platform
import subprocess
import time

from measure import median


class Bar:
    """What one engine has to reach: a ratio to each of some peers, or a number by itself."""

    def __init__(self, limit, against=None, subject="causeway", least=False):
        self.limit, self.against, self.subject, self.least = limit, against, subject, least

    @property
    def text(self):
        return f"{'≥' if self.least else '≤'} {self.limit:g}"

    def holds(self, ratio):
        # As it is printed, so that nobody wonders.
        ratio = round(ratio, 2)
        return ratio >= self.limit if self.least else ratio <= self.limit

    def applies(self, key):
        return any(key == name or name.endswith("*") and key.startswith(name[:-1]) for name in self.against or [])


class Row:
    """One work: what every engine needed for it."""

    def __init__(self, key, work, unit, *bars):
        self.key, self.work, self.unit, self.bars = key, work, unit, bars
        self.values = {}
        self.titles = {}

    def add(self, engine, *values):
        """Takes measurements of an engine, or of what has a key and a title."""
        key, title = (engine.key, engine.title) if hasattr(engine, "key") else engine
        self.titles[key] = title
        self.values.setdefault(key, []).extend(values)

    def lines(self):
        """(engine's key, its title, its numbers, ratio, bar or None, whether it is met)."""
        for key, values in self.values.items():
            if not values:
                continue
            shown = False
            for bar in self.bars:
                own = self.values.get(bar.subject)
                if not own:
                    continue
                if bar.against is None:
                    if key == bar.subject:
                        yield key, values, None, bar, bar.holds(median(own))
                        shown = True
                elif bar.applies(key) and key != bar.subject and median(values) > 0:
                    ratio = median(own) / median(values)
                    yield key, values, ratio, bar, bar.holds(ratio)
                    shown = True
            if not shown:
                own = self.values.get("causeway")
                ratio = median(own) / median(values) if own and key not in ("causeway", "own") and median(values) else None
                yield key, values, ratio, None, None


def number(value):
    """Three figures that count, at most two of them behind the point."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"


class Report:
    """All rows of a run."""

    def __init__(self, quick):
        self.rows, self.notes, self.quick = [], [], quick

    def row(self, key, work, unit, *bars):
        row = Row(key, work, unit, *bars)
        self.rows.append(row)
        return row

    def note(self, text):
        print(f"  ! {text}", flush=True)
        self.notes.append(text)

    # The table

    def table(self):
        form = "{:<42} {:<21} {:>9} {:>19} {:>7} {:>8} {:>4}"
        lines = [form.format("work", "engine", "median", "min – max", "ratio", "bar", "met").rstrip()]
        for row in self.rows:
            name = f"{row.work}, {row.unit}" if row.unit else row.work
            for key, values, ratio, bar, met in row.lines():
                spread = f"{number(min(values))} – {number(max(values))}" if len(values) > 1 else ""
                lines.append(
                    form.format(
                        name, row.titles[key][:21], number(median(values)), spread,
                        "" if ratio is None else f"{ratio:.2f}", bar.text if bar else "",
                        "" if bar is None else "yes" if met else "NO",
                    ).rstrip()
                )  # fmt: skip
                name = ""
        return "\n".join(lines)

    def verdict(self):
        """(bars met, all bars)."""
        verdicts = [met for row in self.rows for *_, bar, met in row.lines() if bar]
        return sum(verdicts), len(verdicts)

    # JSON

    def json(self, engines, missing):
        return json.dumps(
            {
                "machine": machine(), "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "quick": self.quick, "engines": engines, "leftOut": missing, "notes": self.notes,
                "rows": [
                    {
                        "key": row.key, "work": row.work, "unit": row.unit,
                        "engines": [
                            {
                                "engine": key, "title": row.titles[key], "median": round(median(values), 4),
                                "min": round(min(values), 4), "max": round(max(values), 4), "samples": len(values),
                                "ratio": None if ratio is None else round(ratio, 4),
                                "bar": bar.text if bar else None, "met": met,
                            }
                            for key, values, ratio, bar, met in row.lines()
                        ],
                    }
                    for row in self.rows
                ],
            },
            indent=1, ensure_ascii=False,
        ) + "\n"  # fmt: skip


def machine():
    """What it was measured on."""
    processor = memory = ""
    with open("/proc/cpuinfo") as file:
        processor = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "")
    with open("/proc/meminfo") as file:
        memory = f"{int(file.readline().split()[1]) / 1048576:.0f} GiB"
    try:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    except OSError:
        commit = ""
    return {
        "processors": os.cpu_count(), "model": processor, "memory": memory, "kernel": platform.release(),
        "commit": commit,
    }  # fmt: skip


def machine_line(about):
    return f"{about['processors']} × {about['model']}, {about['memory']}, kernel {about['kernel']}"
