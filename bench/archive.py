"""The stages of the archive: what it costs ingest, how fast it is, how large, and how fast it is read."""

import json
import re
import time
import urllib.request
from collections.abc import Callable

import stages
from servers import MemoryWatch, Server

EVERY_SECONDS = 10
WAIT_SECONDS_MAX = 600
SPANS = "kansoku_archive_spans_total"
ROUNDS = 3


def archived_spans(server: Server) -> int:
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        found = re.search(rf"^{SPANS} (\d+)", answer.read().decode(), re.M)
    return int(found.group(1)) if found else 0


def parquet_bytes(server: Server) -> int:
    return sum(file.stat().st_size for file in server.folder.glob("archive/*/*.parquet"))


def archive(bench: stages.Bench) -> dict:
    """Ingest into new stores with and without an archive in turn; then what is left to archive, alone."""
    rates: dict[str, list[float]] = {"with": [], "without": []}
    peak_mb: dict[str, float] = {}
    for number in range(ROUNDS):
        for name in ("without", "with") if number % 2 == 0 else ("with", "without"):
            server = bench.server(f"archive-{name}-{number}")
            if name == "with":
                server.settings = ["--archive", f"file://{server.folder}/archive", "--archive-every", f"{EVERY_SECONDS}s"]
            with server, MemoryWatch(server) as watch:
                line, = stages.generate(bench, server, "ingest", "--seconds", bench.seconds)
                if name == "with":
                    drained = drain(server, line)
            rates[name].append(line["spans_per_s"])
            peak_mb[name] = watch.peak_mb
    ratio = sorted(rates["with"])[ROUNDS // 2] / sorted(rates["without"])[ROUNDS // 2]
    result = drained | {"peak_mb": peak_mb["with"], "more_mb": peak_mb["with"] - peak_mb["without"], "ingest": rates, "ingest_ratio": ratio}
    stages.say(f"  Kansoku: ingest at {ratio:.0%} beside the archive; {drained['spans_per_cpu_s']:,.0f} spans archived in a CPU second, "
               f"{drained['spans_per_s']:,.0f} in a second, {drained['bytes_ratio']:.3f} of the OTLP bytes, {result['more_mb']:.0f} MB more memory")
    return result


def drain(server: Server, line: dict) -> dict:
    """Waits until all spans are archived. The time begins when ingest has ended, so it contains that until traces are due."""
    began, cpu, before = time.monotonic(), server.cpu_seconds(), archived_spans(server)
    last, last_at = before, began
    while last < line["spans"]:
        if WAIT_SECONDS_MAX < time.monotonic() - began:
            raise RuntimeError(f"{last} of {line['spans']} spans were archived")
        time.sleep(0.5)
        if (now := archived_spans(server)) != last:
            last, last_at = now, time.monotonic()
    took, cpu = last_at - began, server.cpu_seconds() - cpu
    spans, stored = last - before, parquet_bytes(server)
    return {"spans": line["spans"], "left_spans": spans, "took_s": took, "spans_per_s": spans / took, "spans_per_cpu_s": spans / cpu,
            "bytes": stored, "bytes_ratio": stored / line["otlp_bytes"]}


def archived_reads(bench: stages.Bench, traces: int) -> dict:
    """Reads of traces that are in the archive only."""
    server = bench.server("archived-reads")
    server.settings = ["--archive", f"file://{server.folder}/archive", "--archive-every", "1s", "--upkeep-every-s", "1"]
    measured: dict = {"traces": traces}
    with server:
        measured["load"], = stages.generate(bench, server, "load", "--traces", traces, "--seconds-max", stages.LOAD_SECONDS_MAX)
        began = time.monotonic()
        wait_until(lambda: all(each["waiting_traces"] == 0 and each["traces"] for each in archived(server)))
        measured["archive_s"] = time.monotonic() - began
        for each in archived(server):
            tag = {"experiment_id": each["experiment_id"], "key": "kansoku.retention.maxBytes", "value": "1B"}
            fetch(f"{server.url}/api/2.0/mlflow/experiments/set-experiment-tag", tag)
        began = time.monotonic()
        wait_until(lambda: all(stored(server, each["experiment_id"]) == 0 for each in archived(server)))
        measured["expire_s"] = time.monotonic() - began
        for what, count in (("search", 100), ("get", 100), ("metrics", 5)):
            measured[what] = stages.read(bench, server, what, traces, count)
    return measured


def archived(server: Server) -> list[dict]:
    """The experiments with traces, as the server reports them."""
    state = fetch(f"{server.url}/api/3.0/kansoku/archive")
    return [each for each in state["experiments"] if each["traces"] or each["waiting_traces"]]


def stored(server: Server, experiment: str) -> int:
    return fetch(f"{server.url}/api/3.0/kansoku/experiments/{experiment}/storage")["traces"]


def fetch(url: str, body: dict | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, {"content-type": "application/json"}), timeout=60) as answer:
        return json.loads(answer.read() or b"{}")


def wait_until(check: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not check():
        if stages.LOAD_SECONDS_MAX < time.monotonic() - began:
            raise RuntimeError("the archive did not settle")
        time.sleep(1)
