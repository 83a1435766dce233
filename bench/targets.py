"""The targets of Kansoku, and whether the measured figures reach them."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path

from figures import Figures
from words import mb, micro, ms, percent, plain, rate, times

MILLION = 1_000_000
MANY = 100_000


@dataclass
class Target:
    """One row. `name` is the heading of its section in notes.md; `reached` is None if a smaller store was measured than the target's."""

    name: str
    what: str
    wanted: str
    value: str
    reached: bool | None
    because: str = ""


def targets(figures: Figures) -> list[Target]:
    ours, theirs = figures.side_by_side()
    rows: list[Target] = []

    def row(name: str, what: str, wanted: str, value: float | None, show: Callable, passes: Callable, big: bool = True,
            because: str = "") -> None:
        if value is not None:
            shown = "failed" if value == inf else show(value)
            rows.append(Target(name, what, wanted, shown, passes(value) if big or value == inf else None, because))

    if line := ours.get("ingest"):
        row("ingest", "OTLP ingest, 8 connections, 60 spans per request", "50,000 spans/s", line["spans_per_s"],
            rate("spans/s"), lambda it: 50_000 <= it, because=cores_over_cost(line, figures, "spans"))
        row("ingest-ratio", "– relative to MLflow's server", "50 ×", against(ours, theirs, "ingest", "spans_per_s"),
            times, lambda it: 50 <= it, because=cores_over_cost(line, figures, "spans"))
        row("ingest-p99", "– p99 of a request", "< 250 ms", line["p99_ms"], ms, lambda it: it < 250)
        row("ingest-memory", "– peak resident memory", "< 400 MB", line["peak_resident_mb"], mb, lambda it: it < 400)
        row("disk-plain", "– disk relative to OTLP bytes received", "0.35", line["disk_ratio"], plain, lambda it: it <= 0.35)
    if line := ours.get("client-flow"):
        row("client-flow-ratio", "client flow relative to MLflow's server", "50 ×",
            against(ours, theirs, "client-flow", "traces_per_s"), times, lambda it: 50 <= it,
            because=cores_over_cost(line, figures, "traces"))
    if line := ours.get("agent-loop"):
        row("disk-agent-loop", "agents that send their history 30 times: disk relative to OTLP bytes", "0.06",
            line["disk_ratio"], plain, lambda it: it <= 0.06)
    if line := ours.get("evaluate"):
        row("evaluate", f"`genai.evaluate` of {line['cases']:,} cases with 3 code scorers, relative to MLflow's server", "≤ 0.5",
            against(ours, theirs, "evaluate", "evaluate_s"), plain, lambda it: it <= 0.5)
        row("records", f"store {line['records']:,} records of a dataset, relative to MLflow's server", "20 ×",
            inverse(against(ours, theirs, "evaluate", "upsert_s")), times, lambda it: 20 <= it)
        row("record-pages", "– read all of them in pages of 100, relative to MLflow's server", "20 ×",
            inverse(against(ours, theirs, "evaluate", "pages_s")), times, lambda it: 20 <= it)
        row("record-page", "– p50 of a page", "< 5 ms", line["page_p50_ms"], ms, lambda it: it < 5)
    if line := ours.get("many-runs"):
        row("runs", f"slowest newest-100 search by metric, tag or param in {line['runs']:,} runs, p50", "< 10 ms",
            slowest(line["search"], "p50_ms"), ms, lambda it: it < 10, MANY <= line["runs"])
    if line := ours.get("evaluations"):
        row("comparison", f"comparison of two evaluations of {line['cases']:,} cases, first request", "< 500 ms",
            slowest([it for it in line["read"] if it["question"] == "comparison"], "first_ms"), ms, lambda it: it < 500)
    if line := ours.get("scoring"):
        delay, judges, checks, many = (line[part] for part in ("delay", "judges", "checks", "many"))
        row("judge-delay", "from the end of a trace to a judge's feedback, model of 200 ms, 50 traces/s, p50", "< 2 s",
            delay["p50_ms"], ms, lambda it: it < 2_000)
        row("judge-delay-p99", "– p99", "< 5 s", inf if delay["errors"] else delay["p99_ms"], ms, lambda it: it < 5_000)
        row("judges", "judgements with 64 at once, of the 320/s that the model permits", "≥ 95 %",
            100 * judges["share"], percent, lambda it: 95 <= it)
        row("judges-cpu", "– CPU of the server", "< 0.5 cores", judges["cores"], lambda it: f"{plain(it)} cores", lambda it: it < 0.5)
        row("checks-waiting", "checks of traces that wait", "≥ 5,000 traces/s", checks["waiting_per_second"], rate("traces/s"),
            lambda it: 5_000 <= it)
        row("checks", "– traces that are sent and checked", "≥ 5,000 traces/s", checks["per_second"], rate("traces/s"),
            lambda it: 5_000 <= it)
        row("many-scorers", f"{many['scorers']} checks on 100 traces/s, longest delay of a feedback", "< 5 s",
            inf if many["errors"] else many["max_ms"], ms, lambda it: it < 5_000)
        row("many-scorers-memory", "– memory", "< 200 MB", many["peak_mb"], mb, lambda it: it < 200)
    row("live-scoring", "a judge's feedback after the end of a trace, sooner than with MLflow's server, p50", "60 ×",
        inverse(against(ours, theirs, "live-scoring", "p50_ms")), times, lambda it: 60 <= it)
    row("live-scoring-p99", "– p99", "60 ×", inverse(against(ours, theirs, "live-scoring", "p99_ms")), times, lambda it: 60 <= it)
    if line := ours.get("judge-isolation"):
        row("isolation-ingest", f"p99 of ingest with {line['waiting']:,} judges that wait for a model that hangs, relative to without",
            "≤ 1.2 ×", line["ingest"]["ratio_p99"], lambda it: f"{it:.2f} ×", lambda it: it <= 1.2)
        row("isolation-search", "– p99 of a newest-100 search", "≤ 1.2 ×", line["search"]["ratio_p99"], lambda it: f"{it:.2f} ×",
            lambda it: it <= 1.2)
    if line := ours.get("judge-backlog"):
        is_full = MILLION <= line["waiting"]
        row("backlog-memory", f"memory while judges run and {line['waiting']:,} traces wait for them", "< 200 MB",
            line["judging_mb"], mb, lambda it: it < 200, is_full)
        row("backlog-delay", "– from the end of a new trace to its feedback, p50", "< 2 s",
            inf if line["errors"] else line["p50_ms"], ms, lambda it: it < 2_000, is_full)
        row("backlog-start", "– start of the server", "< 500 ms", line["start_s"] * 1e3, ms, lambda it: it < 500, is_full)
    if line := ours.get("archive"):
        row("archive-ingest", "ingest beside the archive, relative to without", "≥ 85 %", 100 * line["ingest_ratio"], percent, lambda it: 85 <= it)
        row("archive-rate", "– spans archived in a CPU second of the server, with reading them", "≥ 40,000", line["spans_per_cpu_s"],
            rate("spans"), lambda it: 40_000 <= it)
        row("archive-bytes", "– bytes of files relative to OTLP bytes", "≤ 0.30", line["bytes_ratio"], lambda it: f"{it:.2f}", lambda it: it <= 0.30)
        row("archive-memory", "– memory beyond that of ingest alone", "≤ 150 MB", line["more_mb"], mb, lambda it: it <= 150)
    if line := ours.get("archived-reads"):
        of_the_archive(line, row)
    if line := ours.get("idle"):
        row("idle-memory", "idle memory", "< 60 MB", line["memory_mb"], mb, lambda it: it < 60)
        row("idle-cpu", "idle CPU", "0 %", line["cpu_percent"], percent, lambda it: it < 0.05)
    if line := ours.get("text"):
        row("text", f"slowest text search, {line['traces']:,} traces, p50", "< 500 ms",
            slowest(line["search"], "p50_ms"), ms, lambda it: it < 500, MANY <= line["traces"])
    if line := ours.get("slow-readers"):
        row("slow-readers", f"memory while {line['readers']} clients slowly read a trace of {line['trace_mib']} MiB", "< 600 MB",
            line["peak_mb"] if line["alive"] else inf, mb, lambda it: it < 600)
    if line := ours.get("ingest-beside-searches"):
        row("beside-searches", f"p99 of ingest with {line['searches']} heavy searches, relative to without", "< 2 ×",
            line["ratio_p99"], times, lambda it: it < 2)
    if line := ours.get("million"):
        of_a_million(line, row)
    return rows


def of_a_million(line: dict, row: Callable) -> None:
    traces, big = f"{line['traces']:,} traces", MILLION <= line["traces"]
    big_get = [it for it in line["get"] if it["spans"] == 1_000]
    row("ingest-full", f"OTLP ingest into {traces}, relative to an empty store", "≥ 80 %",
        line["ingest_full"]["spans_per_s"] / line["ingest_empty"]["spans_per_s"] * 100, percent, lambda it: 80 <= it, big)
    row("disk-million", "– disk of that store relative to OTLP bytes, with feedback and trace infos", "0.35",
        line["disk_bytes"] / line["load"]["otlp_bytes"], plain, lambda it: it <= 0.35, big)
    row("search-p50", f"slowest newest-100 search in {traces}, p50", "< 5 ms", slowest(line["search"], "p50_ms"), ms,
        lambda it: it < 5, big)
    row("search-p99", "– slowest p99", "< 30 ms", slowest(line["search"], "p99_ms"), ms, lambda it: it < 30, big)
    row("get", "get a trace of 1,000 spans from it, p50", "< 15 ms", slowest(big_get, "p50_ms"), ms, lambda it: it < 15, big)
    row("metrics-at-once", f"slowest metric by day over {traces}, first query after the load", "< 300 ms",
        slowest(line["metrics_at_once"], "first_ms"), ms, lambda it: it < 300, big)
    row("metrics", "– later, p50", "< 300 ms", slowest(line["metrics"], "p50_ms"), ms, lambda it: it < 300, big)
    if "steps" in line:
        row("steps", f"slowest steps and graph over {traces}, p50", "< 1 s", slowest(line["steps"], "p50_ms"), ms,
            lambda it: it < 1000, big)
    row("start", f"start with {traces}", "< 500 ms", line["start_s"] * 1e3, ms, lambda it: it < 500, big)


def of_the_archive(line: dict, row: Callable) -> None:
    traces, big = f"{line['traces']:,} traces that are only in the archive", MILLION <= line["traces"]
    searches = {it["filter"]: it["p50_ms"] for it in line["search"]}
    for name, asked, limit in (("none", "no filter", 40), ("session", "session", 25), ("user", "user", 25), ("tag", "tag, one value of 200", 40)):
        what = f"newest-100 of {traces}, p50: {asked}" if name == "none" else f"– {asked}"
        row(f"archived-search-{name}", what, f"≤ {limit} ms", searches[asked] or inf, ms, lambda it, limit=limit: it <= limit, big)
    for it, limit in zip(line["get"], (15, 40), strict=True):
        row(f"archived-get-{it['spans']}", f"get one of them with {it['spans']:,} spans, p50", f"≤ {limit} ms", it["p50_ms"], ms,
            lambda it, limit=limit: it <= limit, big)


def against(ours: dict, theirs: dict, stage: str, key: str) -> float | None:
    if stage not in ours or not theirs.get(stage, {}).get(key):
        return None
    return ours[stage][key] / theirs[stage][key]


def inverse(value: float | None) -> float | None:
    return 1 / value if value else None


def cores_over_cost(line: dict, figures: Figures, what: str) -> str:
    """The rate if server and generator used all cores without ever waiting."""
    cores = figures.part("machine")["facts"]["cores"]
    server, generator = (line[key] * 1e6 / max(line[what], 1) for key in ("server_cpu_s", "generator_cpu_s"))
    most = cores * 1e6 / (server + generator)
    return (f"a {what.removesuffix('s')} took {micro(server)} of CPU time in the server and {micro(generator)} in the "
            f"generator; {cores} cores that never wait would reach {rate(f'{what}/s')(most)}.")


def slowest(lines: list[dict], key: str) -> float:
    """Infinite if one failed."""
    return max(inf if line["errors"] or line[key] is None else line[key] for line in lines)


def table(rows: list[Target], notes: Path) -> str:
    if not rows:
        return ""
    text = "## Targets\n\n| | target | measured | reached |\n|---|--:|--:|---|\n"
    for it in rows:
        reached = {True: "yes", False: "**no**", None: "measured with a smaller store"}[it.reached]
        text += f"| {it.what} | {it.wanted} | {it.value} | {reached} |\n"
    missed, said = [it for it in rows if it.reached is False], sections(notes)
    if missed:
        text += "\nReasons for missed targets:\n\n"
        for it in missed:
            why = " ".join(filter(None, [it.because, said.get(it.name)])) or "not analyzed yet."
            text += f"- *{it.what.removeprefix('– ')}*: {why}\n"
    return text


def sections(notes: Path) -> dict[str, str]:
    """The sections of notes.md by their headings."""
    parts = notes.read_text(encoding="utf-8").split("\n## ")[1:] if notes.exists() else []
    heads = (part.partition("\n") for part in parts)
    return {name.strip(): " ".join(text.split()) for name, _, text in heads if text.strip()}
