"""Renders the page: figures as Markdown tables. Rows of stages that were not measured are omitted."""

from pathlib import Path

import screens
import targets
from figures import Figures
from words import byte, mb, micro, ms, percent, plain, rate, ratio

HERE = Path(__file__).resolve().parent


def page(figures: Figures) -> str:
    ours, theirs = figures.side_by_side()
    parts = [HEAD, conditions(figures), targets.table(targets.targets(figures), HERE / "notes.md"),
             side_by_side(ours, theirs), searches(ours.get("reads"), theirs.get("reads")),
             run_searches(ours.get("runs"), theirs.get("runs"), ours.get("many-runs")),
             evaluations(ours.get("evaluations")), isolation(ours.get("judge-isolation")), large(ours.get("million")), texts(ours.get("text")),
             screens.section(figures, HERE / "notes.md"), refused(ours, theirs),
             (HERE / "method.md").read_text(encoding="utf-8")]
    return "\n".join(part.strip("\n") + "\n" for part in parts if part)


HEAD = """
# Benchmarks

Kansoku and the server of MLflow 3.17.2, measured one after the other on one machine with the same requests.
`make bench` measures and writes this page; no figure in it is edited by hand.
"""


def conditions(figures: Figures) -> str:
    facts = figures.part("machine").get("facts")
    if not facts:
        return ""
    stages = [it for name in ("kansoku", "mlflow") for it in figures.part(name).values()]
    took, load = sum(it["took_s"] for it in stages), [it["load_average"] for it in stages]
    return (f"| | |\n|---|---|\n"
            f"| machine | {facts['cores']} cores ({facts['processor']}), {facts['memory_gb']:.0f} GB memory, "
            f"Linux {facts['kernel']} |\n"
            f"| command | `make bench` ({took / 60:.0f} minutes) |\n"
            f"| date | {facts['date']} |\n"
            f"| load average at the start of a stage | {min(load, default=0):.1f} to {max(load, default=0):.1f}; "
            f"up to {facts['cores']} of it are from the previous stage |\n")


def side_by_side(ours: dict, theirs: dict) -> str:
    rows = [
        ("OTLP ingest, 60 spans per request", "ingest", "spans_per_s", rate("spans/s"), "more"),
        ("– p50 of a request", "ingest", "p50_ms", ms, "less"),
        ("– p99 of a request", "ingest", "p99_ms", ms, "less"),
        ("– CPU of the server per span", "ingest", cpu_per_span("server_cpu_s"), micro, "less"),
        ("– CPU of the generator per span", "ingest", cpu_per_span("generator_cpu_s"), micro, ""),
        ("– peak memory", "ingest", "peak_mb", mb, "less"),
        ("– disk per span", "ingest", "disk_bytes_per_span", byte, "less"),
        ("– disk relative to OTLP bytes received", "ingest", "disk_ratio", plain, "less"),
        ("– additional disk while the server runs", "ingest", "disk_more_running_mb", mb, ""),
        ("client flow", "client-flow", "traces_per_s", rate("traces/s"), "more"),
        ("– p50 of a trace", "client-flow", "p50_ms", ms, "less"),
        ("– p99 of a trace", "client-flow", "p99_ms", ms, "less"),
        ("agents of 30 turns, 2 connections", "agent-loop", "spans_per_s", rate("spans/s"), "more"),
        ("– disk relative to OTLP bytes received", "agent-loop", "disk_ratio", plain, "less"),
        ("– disk relative to the conversations without repetition", "agent-loop", disk_against_said, plain, "less"),
        ("MLflow's Python client, one thread", "stock-client", "traces_per_s", rate("traces/s"), "more"),
        ("`genai.evaluate`, 3 code scorers", "evaluate", in_ms("evaluate_s"), ms, "less"),
        ("records of a dataset, stored by the Python client", "evaluate", in_ms("upsert_s"), ms, "less"),
        ("– all of them read in pages of 100", "evaluate", in_ms("pages_s"), ms, "less"),
        ("– p50 of a page", "evaluate", "page_p50_ms", ms, "less"),
        ("from the end of a trace to a judge's feedback, p50", "live-scoring", "p50_ms", ms, "less"),
        ("– p99", "live-scoring", "p99_ms", ms, "less"),
        ("the same, with MLflow's wait for late spans reduced from 5 minutes to 1 s, p50", "live-scoring", of_short_buffer("p50_ms"), ms, "less"),
        ("– p99", "live-scoring", of_short_buffer("p99_ms"), ms, "less"),
        ("get a trace of 6 spans, p50", "reads", of("get", 0, "p50_ms"), ms, "less"),
        ("– p99", "reads", of("get", 0, "p99_ms"), ms, "less"),
        ("get a trace of 1,000 spans, p50", "reads", of("get", 1, "p50_ms"), ms, "less"),
        ("– p99", "reads", of("get", 1, "p99_ms"), ms, "less"),
        ("traces by day, p50", "reads", of("metrics", 0, "p50_ms"), ms, "less"),
        ("latency P50, P90, P99 by day, p50", "reads", of("metrics", 1, "p50_ms"), ms, "less"),
        ("tokens by day, p50", "reads", of("metrics", 2, "p50_ms"), ms, "less"),
        ("cost by day, p50", "reads", of("metrics", 3, "p50_ms"), ms, "less"),
        ("start to the first 200 on `/health`", "starts", lambda it: it["start_s"] * 1e3, ms, "less"),
        ("idle memory", "idle", "memory_mb", mb, "less"),
        ("idle CPU", "idle", "cpu_percent", percent, "less"),
    ]
    if not ours and not theirs:
        return ""
    text = "## Side by side\n\n" + amounts(ours, theirs) + "| | Kansoku | MLflow 3.17.2 | ratio |\n|---|--:|--:|--:|\n"
    for name, stage, key, show, better in rows:
        values = [figure(part.get(stage), key) for part in (ours, theirs)]
        if values != [None, None]:
            shown = ["–" if value is None else show(value) for value in values]
            text += f"| {name} | {shown[0]} | {shown[1]} | {ratio(*values, better) if better else ''} |\n"
    return text


def amounts(ours: dict, theirs: dict) -> str:
    said = []
    for stage, tell in (("ingest", lambda it: f"ingest and client flow ran for {it['asked']['seconds']:.0f} s each"),
                        ("reads", lambda it: f"reads and metrics use a store of {it['traces']:,} traces"),
                        ("agent-loop", lambda it: f"agents had {it['traces']:,} conversations and sent "
                                                  f"{it['otlp_bytes'] / it['said_bytes']:.0f} times the bytes of the distinct messages"),
                        ("stock-client", lambda it: f"the Python client sent {it['traces']:,} traces"),
                        ("evaluate", lambda it: f"the evaluation had {it['cases']:,} cases, the dataset {it['records']:,} records")):
        if it := ours.get(stage) or theirs.get(stage):
            said.append(tell(it))
    sentence = "; ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}.\n\n" if said else ""


def figure(measured: dict | None, key) -> float | None:
    if not measured:
        return None
    return measured.get(key) if isinstance(key, str) else key(measured)


def in_ms(key: str):
    return lambda it: it[key] * 1e3


def of(what: str, at: int, key: str):
    return lambda it: it[what][at][key]


def of_short_buffer(key: str):
    """Kansoku has no such setting: its figure is the same."""
    return lambda it: it.get("short_buffer", it)[key]


def cpu_per_span(key: str):
    return lambda it: it[key] * 1e6 / it["spans"] if it["spans"] else None


def disk_against_said(it: dict) -> float | None:
    return it["disk_ratio"] * it["otlp_bytes"] / it["said_bytes"] if it["said_bytes"] else None


def searches(ours: dict | None, theirs: dict | None) -> str:
    if not ours or not theirs:
        return only_ours(ours) if ours else ""
    text = (f"## Newest-100 searches, {ours['traces']:,} traces in both\n\n"
            "| filter | Kansoku p50 | p99 | MLflow p50 | p99 | ratio of p50 | traces found |\n"
            "|---|--:|--:|--:|--:|--:|--:|\n")
    others = {it["filter"]: it for it in theirs["search"]}
    for it in ours["search"]:
        other = others.get(it["filter"])
        if other is None:
            times = "– | – | "
        elif other["hits"] is None:
            limit = theirs["seconds_max"] * 1e3
            late = ">" if "timeout" in other["first_error"] else "failed within"
            times = f"{late} {ms(limit)} | | > {ratio(it['p50_ms'], limit, 'less')}"
        else:
            times = f"{ms(other['p50_ms'])} | {ms(other['p99_ms'])} | {ratio(it['p50_ms'], other['p50_ms'], 'less')}"
        counts = [it["hits"]] if other is None or other["hits"] in (None, it["hits"]) else [it["hits"], other["hits"]]
        text += (f"| {it['filter']} | {ms(it['p50_ms'])} | {ms(it['p99_ms'])} | {times} | "
                 f"{' / '.join(map(str, counts))} |\n")
    return text


def run_searches(ours: dict | None, theirs: dict | None, many: dict | None) -> str:
    columns = [(name, it) for name, it in (("Kansoku", ours), ("MLflow 3.17.2", theirs), ("Kansoku", many)) if it]
    if not columns:
        return ""
    text = "## Newest-100 searches of runs, p50\n\n"
    text += "| filter | " + " | ".join(f"{name}, {it['runs']:,} runs" for name, it in columns) + " |\n"
    text += "|---|" + "--:|" * len(columns) + "\n"
    rows = [("(create a run, log to it and finish it)", [it["load"] for _, it in columns])]
    rows += [(lines[0]["filter"] or "(none)", lines) for lines in zip(*(it["search"] for _, it in columns), strict=True)]
    return text + "".join(f"| {what} | " + " | ".join(ms(line["p50_ms"]) for line in lines) + " |\n" for what, lines in rows)


def evaluations(it: dict | None) -> str:
    if not it:
        return ""
    text = (f"## Two evaluations of {it['cases']:,} cases with the same inputs, Kansoku\n\n"
            "| request | first | p50 | p99 |\n|---|--:|--:|--:|\n")
    return text + "".join(f"| {line['question']} | {ms(line['first_ms'])} | {ms(line['p50_ms'])} | {ms(line['p99_ms'])} |\n"
                          for line in it["read"])


def isolation(it: dict | None) -> str:
    if not it:
        return ""
    text = (f"## Kansoku with {it['waiting']:,} judges that wait for a model that hangs\n\n"
            "| request | p50 without scorers | p50 with them | p99 without scorers | p99 with them |\n|---|--:|--:|--:|--:|\n")
    for name, what in (("one trace of 6 spans by OTLP", "ingest"), ("newest-100 search", "search")):
        text += f"| {name} | " + " | ".join(
            ms(it[what][f"{server}_{share}_ms"]) for share in ("p50", "p99") for server in ("unjudged", "judged")) + " |\n"
    return text + f"\nMemory: {mb(it['unjudged_mb'])} without scorers, {mb(it['judged_mb'])} with them.\n"


def only_ours(reads: dict) -> str:
    return f"## Newest-100 searches, {reads['traces']:,} traces\n\n" + found(reads["search"], "search")


def found(lines: list[dict], head: str) -> str:
    text = f"| {head} | p50 | p99 | traces found |\n|---|--:|--:|--:|\n"
    return text + "".join(f"| {it['filter']} | {ms(it['p50_ms'])} | {ms(it['p99_ms'])} | {hits(it)} |\n" for it in lines)


def hits(it: dict) -> str:
    return f"failed: {it['first_error']}" if it["hits"] is None else str(it["hits"])


def large(it: dict | None) -> str:
    if not it:
        return ""
    load, traces = it["load"], it["traces"]
    text = (f"## Kansoku with {traces:,} traces ({traces * 6:,} spans)\n\n"
            f"Loaded in {load['seconds']:.0f} s ({traces * 6 / load['seconds']:,.0f} spans/s with feedback on one trace in 20 and a "
            f"trace info on one in 10), with a peak of {mb(load['peak_mb'])} of memory; idle {it['settle_s']:.0f} s later, with "
            f"{it['disk_bytes'] / 2**20:,.0f} MB on disk, {plain(it['disk_bytes'] / load['otlp_bytes'])} of the OTLP bytes received.\n"
            f"It starts in {ms(it['start_s'] * 1e3)} with {mb(it['started_mb'])} of memory; after all of these reads it uses "
            f"{mb(it['read_mb'])}.\n\n")
    text += found(it["search"], "newest-100 search")
    for line in it["get"]:
        text += f"| get a trace of {line['spans']:,} spans | {ms(line['p50_ms'])} | {ms(line['p99_ms'])} | |\n"
    text += "\n| metric by day, over all traces | first query after the load | first query after a start | p50 | p99 |\n|---|--:|--:|--:|--:|\n"
    for once, line in zip(it["metrics_at_once"], it["metrics"], strict=True):
        text += (f"| {line['question']} | {ms(once['first_ms'])} | {ms(line['first_ms'])} | {ms(line['p50_ms'])} | "
                 f"{ms(line['p99_ms'])} |\n")
    text += "\n| OTLP ingest, measured in direct succession | spans/s | p50 | p99 | CPU per span |\n|---|--:|--:|--:|--:|\n"
    for name, line in (("into an empty store", it["ingest_empty"]), (f"into {traces:,} traces", it["ingest_full"])):
        text += (f"| {name} | {line['spans_per_s']:,.0f} | {ms(line['p50_ms'])} | {ms(line['p99_ms'])} | "
                 f"{micro(cpu_per_span('server_cpu_s')(line))} |\n")
    return text


def texts(it: dict | None) -> str:
    return "" if not it else f"## Text searches, Kansoku with {it['traces']:,} traces\n\n" + found(it["search"], "search")


def refused(ours: dict, theirs: dict) -> str:
    told = []
    for name, part in (("Kansoku", ours), ("MLflow", theirs)):
        for stage in ("ingest", "client-flow", "agent-loop"):
            line = part.get(stage)
            if line and line["errors"]:
                told.append(f"- {name} rejected {line['errors']} of {line['errors'] + line['calls']} calls of "
                            f"*{stage.replace('-', ' ')}*; these are not included above.")
        line = part.get("stock-client")
        if line and line["arrived"] != line["traces"]:
            told.append(f"- {line['arrived']} of {line['traces']} traces of MLflow's Python client arrived at {name}; the client drops "
                        f"traces while its queue is full.")
    return "## Rejected or lost\n\n" + "\n".join(told) + "\n" if told else ""
