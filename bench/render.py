"""Figures to words: progress lines, and the Markdown page."""

import datetime
import os
import platform
from pathlib import Path


def one_line(line: dict) -> str:
    """A measure as a line of progress."""
    what = {"search": line.get("filter"), "get": f"{line.get('spans')} spans"}.get(line["measure"])
    text = f"{line['measure']}{f' ({what})' if what else ''}: "
    for key, unit in (("spans_per_s", "spans/s"), ("traces_per_s", "traces/s")):
        text += f"{line[key]:,.0f} {unit}, " if key in line else ""
    text += f"{line['calls']} calls, p50 {ms(line['p50_ms'])}, p99 {ms(line['p99_ms'])}"
    text += f", {line['hits']} hits" if line.get("hits") is not None else ""
    if line["errors"]:
        text += f"; {line['errors']} errors, such as: {line['first_error']}"
    return text


def page(figures: dict) -> str:
    kansoku, mlflow, many = figures["kansoku"], figures["mlflow"], figures.get("many")
    parts = [HEAD, machine(figures), side_by_side(kansoku, mlflow, figures)]
    parts.append(searches(kansoku, mlflow, figures))
    if many:
        parts.append(alone(many, figures["many_traces"]))
    return "\n".join(part.strip("\n") + "\n" for part in parts + [errors(kansoku, mlflow), TAIL] if part)


HEAD = """
# Benchmarks

Kansoku and the server of MLflow 3.17.2, one after the other on one machine, under the same requests.
`make bench` measures and writes this page; nothing in it is typed by hand.
"""

TAIL = """
## What is measured

- Both servers run as they come: `kansoku serve` (SQLite, `synchronous=FULL`: a 200 is on disk) and `mlflow server` in an
  empty folder (its SQLite file, its four workers), without telemetry and price downloads. Server and generator share the cores.
- A trace has 6 spans; a span has about 1.3 KB of inputs and outputs (chat messages, retrieved documents, tool results; word
  lists, seeded; they come again after 640 traces) and what MLflow's client sets besides. Ids, times, sessions and users are
  each trace's own.
- *OTLP ingest*: HTTP, protobuf, not compressed, 8 connections, 10 traces in a request. *Client flow*: 8 connections, each
  trace sent alone, then its `POST /api/3.0/mlflow/traces`; a call is both together.
- *Searches* ask for the newest 100 and read the whole answer, one at a time, 100 times or for 5 s, after one call that is not
  counted; where that one alone takes 5 s it is the figure, and after 30 s nobody waits for it any longer. Filters by
  tenant, session, user and request id ask for another value each time. Each call of a search and of a get opens its own
  connection: on a kept one, MLflow's server answers 40 ms late (it looks like missing `TCP_NODELAY`), which would say nothing
  about its work. The ingest measures keep their connections, as clients do. The generator takes answers compressed where a
  server offers that, as MLflow's clients do.
- *Idle* is ten seconds on an almost empty store, once the server has calmed down after its start (a minute at most).
- *Memory* is the proportional set size of all processes of the server. *Disk* is what the store's folder grew by, looked at
  after the server stopped.
- The generator is `crates/kansoku-bench`; it drives any server that speaks MLflow Tracing.
"""


def machine(figures: dict) -> str:
    memory_kb = int(Path("/proc/meminfo").read_text().split("MemTotal:")[1].split()[0])
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    return (f"| | |\n|---|---|\n"
            f"| machine | {os.cpu_count()} cores ({models[0] if models else platform.machine()}), {memory_kb / 2**20:.0f} GB memory, "
            f"Linux {platform.release()} |\n"
            f"| command | `make bench` ({figures['took_s'] / 60:.0f} minutes) |\n"
            f"| date | {date} |\n"
            f"| load average before | {figures['kansoku']['load_average']:.1f} (Kansoku), "
            f"{figures['mlflow']['load_average']:.1f} (MLflow); near 0 on a machine that does nothing else |\n")


def side_by_side(kansoku: dict, mlflow: dict, figures: dict) -> str:
    def both(*path):
        return [dig(kansoku, path), dig(mlflow, path)]

    rows = [
        ("OTLP ingest, 60 spans a request", *both("ingest", "spans_per_s"), rate("spans/s"), "more"),
        ("– p50 of a request", *both("ingest", "p50_ms"), ms, "less"),
        ("– p99 of a request", *both("ingest", "p99_ms"), ms, "less"),
        ("– most memory meanwhile", *both("ingest", "peak_mb"), mb, "less"),
        ("– disk per span", *[per_span(it, "disk_bytes") for it in (kansoku, mlflow)], byte, "less"),
        ("– disk against OTLP bytes sent", *[against_sent(it) for it in (kansoku, mlflow)], plain, "less"),
        ("client flow", *both("client_flow", "traces_per_s"), rate("traces/s"), "more"),
        ("– p50 of a trace", *both("client_flow", "p50_ms"), ms, "less"),
        ("– p99 of a trace", *both("client_flow", "p99_ms"), ms, "less"),
        ("get a trace of 6 spans, p50", *both("get", 0, "p50_ms"), ms, "less"),
        ("– p99", *both("get", 0, "p99_ms"), ms, "less"),
        ("get a trace of 1,000 spans, p50", *both("get", 1, "p50_ms"), ms, "less"),
        ("– p99", *both("get", 1, "p99_ms"), ms, "less"),
        ("start to the first 200 on `/health`", *[it["start_s"] * 1e3 for it in (kansoku, mlflow)], ms, "less"),
        ("idle memory", *both("idle_mb"), mb, "less"),
        ("idle CPU", *both("idle_cpu_percent"), percent, "less"),
    ]
    text = f"## Side by side\n\nIngest measures ran for {figures['seconds']:.0f} s each, in a store of {figures['traces']:,} traces.\n\n"
    text += "| | Kansoku | MLflow 3.17.2 | ratio |\n|---|--:|--:|--:|\n"
    return text + "".join(f"| {name} | {show(ours)} | {show(theirs)} | {ratio(ours, theirs, better)} |\n"
                          for name, ours, theirs, show, better in rows)


def searches(kansoku: dict, mlflow: dict, figures: dict) -> str:
    text = (f"## Newest-100 searches, {figures['traces']:,} traces in both\n\n"
            "| filter | Kansoku p50 | p99 | MLflow p50 | p99 | ratio of p50 | traces found |\n"
            "|---|--:|--:|--:|--:|--:|--:|\n")
    for ours, theirs in zip(kansoku["search"], mlflow["search"], strict=True):
        limit = figures["read_seconds_max"] * 1e3
        if theirs["hits"] is None:
            late = ">" if "timeout" in theirs["first_error"] else "failed within"
            times, least = f"{late} {ms(limit)} | |", f"> {ratio(ours['p50_ms'], limit, 'less')}"
        else:
            times = f"{ms(theirs['p50_ms'])} | {ms(theirs['p99_ms'])} |"
            least = ratio(ours["p50_ms"], theirs["p50_ms"], "less")
        found = f"{ours['hits']}" if theirs["hits"] in (None, ours["hits"]) else f"{ours['hits']} / {theirs['hits']}"
        text += f"| {ours['filter']} | {ms(ours['p50_ms'])} | {ms(ours['p99_ms'])} | {times} {least} | {found} |\n"
    return text


def alone(many: dict, traces: int) -> str:
    text = (f"## Kansoku with {traces:,} traces ({traces * 6:,} spans)\n\n"
            f"Loaded in {many['load']['seconds']:.0f} s with feedback on one trace in 20 and a record on one in 10; "
            f"{many['disk_bytes'] / 2**20:,.0f} MB on disk; starts in {many['start_s'] * 1e3:.0f} ms.\n\n"
            "| search | p50 | p99 | traces found |\n|---|--:|--:|--:|\n")
    text += "".join(f"| {it['filter']} | {ms(it['p50_ms'])} | {ms(it['p99_ms'])} | {it['hits']} |\n" for it in many["search"])
    for it in many["get"]:
        text += f"| get a trace of {it['spans']:,} spans | {ms(it['p50_ms'])} | {ms(it['p99_ms'])} | |\n"
    return text


def errors(kansoku: dict, mlflow: dict) -> str:
    told = []
    for name, it in (("Kansoku", kansoku), ("MLflow", mlflow)):
        for line in (it["ingest"], it["client_flow"]):
            if line["errors"]:
                told.append(f"- {name} refused {line['errors']} of {line['errors'] + line['calls']} calls of the "
                            f"{line['measure'].replace('_', ' ')} measure; they count for nothing above.")
    return "## Refused\n\n" + "\n".join(told) + "\n" if told else ""


def dig(figures: dict, path: tuple):
    for key in path:
        figures = figures[key]
    return figures


def per_span(it: dict, key: str) -> float | None:
    return it["ingest"][key] / it["ingest"]["spans"] if it["ingest"]["spans"] else None


def against_sent(it: dict) -> float | None:
    return it["ingest"]["disk_bytes"] / it["ingest"]["otlp_bytes"] if it["ingest"]["otlp_bytes"] else None


def ratio(ours: float | None, theirs: float | None, better: str) -> str:
    """How many times better ours is."""
    if not ours or not theirs:
        return ""
    times = ours / theirs if better == "more" else theirs / ours
    return f"{times:,.0f} ×" if 10 <= times else f"{times:.1f} ×"


def rate(unit: str):
    return lambda value: f"{value:,.0f} {unit}"


def ms(value: float | None) -> str:
    if value is None:
        return "–"
    digits = 2 if value < 1 else 1 if value < 100 else 0
    return f"{value:,.{digits}f} ms"


def mb(value: float) -> str:
    return f"{value:,.0f} MB"


def byte(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f} B"


def percent(value: float) -> str:
    return f"{value:.1f} %"


def plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
