"""The stages, one function each. Each of them starts and stops its server."""

import json
import os
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import contention
import words
from servers import MemoryWatch, Server

STARTS = 5
IDLE_SECONDS = 10
SETTLE_SECONDS_MAX = 120
SETTLE_MILLION_SECONDS_MAX = 600
LOAD_SECONDS_MAX = 3_600
READ_SECONDS_MAX = 30
DISK_BYTES_PER_TRACE = 7_000
HERE = Path(__file__).resolve().parent
EVALUATE_CASES, DATASET_RECORDS, COMPARED_CASES = 1_000, 10_000, 10_000


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@dataclass
class Bench:
    """Parameters of all stages: the load generator, a way to create servers, a folder, and the amount of load."""

    load: Path
    make: Callable[[Path], Server]
    work: Path
    traces: int
    seconds: float

    def server(self, folder: str) -> Server:
        return self.make(self.work / folder)


def generate(bench: Bench, server: Server, *asked: object) -> list[dict]:
    """Runs the load generator; returns its figures, the last of them with the generator's own CPU time."""
    command = [str(bench.load), "--url", server.url, *map(str, asked)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        say(f"  {server.name}: {words.one_line(line)}")
    if done.returncode != 0:
        raise RuntimeError(f"`{shlex.join(command)}` ended with {done.returncode}; see {server.log}")
    lines[-1]["generator_cpu_s"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return lines


def starts(bench: Bench) -> dict:
    """Time from the start of the process to the first 200. The first start creates the store and does not count."""
    server = bench.server("side-by-side")
    server.start()
    server.stop()
    return {"start_s": median_start(server)}


def median_start(server: Server) -> float:
    times = []
    for _ in range(STARTS):
        times.append(server.start())
        server.stop()
    say(f"  {server.name}: starts in {statistics.median(times):.3f} s")
    return statistics.median(times)


def idle(bench: Bench) -> dict:
    with bench.server("side-by-side") as server:
        server.settle(SETTLE_SECONDS_MAX)
        before = server.cpu_seconds()
        time.sleep(IDLE_SECONDS)
        cpu_percent = (server.cpu_seconds() - before) / IDLE_SECONDS * 100
        memory_mb = server.memory_mb()
    say(f"  {server.name}: idles at {memory_mb:.0f} MB, {cpu_percent:.1f} % CPU")
    return {"memory_mb": memory_mb, "cpu_percent": cpu_percent}


def reads(bench: Bench) -> dict:
    """Sends the same requests to both servers, which contain the same traces."""
    with bench.server("side-by-side") as server:
        # Two connections, as eight would block each other in MLflow's SQLite for many seconds.
        load, = generate(bench, server, "--connections", 2, "load", "--traces", bench.traces)
        # MLflow keeps starting processes for a while after its first response.
        server.settle(SETTLE_SECONDS_MAX)
        asked = {what: read(bench, server, what, bench.traces, 100) for what in ("metrics", "get", "search")}
    return {"traces": bench.traces, "seconds_max": READ_SECONDS_MAX, "load": load, **asked}


def read(bench: Bench, server: Server, what: str, traces: int, calls: int) -> list[dict]:
    # On reused connections, responses of MLflow's server are delayed by 40 ms, which is not to be measured here.
    return generate(bench, server, "--fresh-connections", "--timeout-s", READ_SECONDS_MAX, what,
                    "--traces", traces, "--calls", calls, "--seconds", 5)


def ingest(bench: Bench) -> dict:
    """Ingest into a new store. Disk usage is measured after maintenance is done and the server has stopped."""
    server = bench.server("ingest")
    empty = empty_disk_bytes(server)
    with server:
        # Every worker must have loaded its modules and opened its database before the measurement.
        server.settle(SETTLE_SECONDS_MAX)
        warm, = generate(bench, server, "--seed", 4, "ingest", "--requests-max", 40)
        line = watched_ingest(bench, server)
        running = tidied_disk_bytes(server, line)
    weigh(server, line, empty, running, line["otlp_bytes"] + warm["otlp_bytes"])
    return line


def empty_disk_bytes(server: Server) -> int:
    server.start()
    server.stop()
    return server.disk_bytes()


def tidied_disk_bytes(server: Server, line: dict) -> int:
    line["settle_s"] = server.settle(SETTLE_SECONDS_MAX, reclaimed=True)
    return server.disk_bytes()


def weigh(server: Server, line: dict, empty: int, running: int, otlp_bytes: int) -> None:
    disk = server.disk_bytes()
    line["disk_more_running_mb"] = (running - disk) / 2**20
    line["disk_ratio"] = (disk - empty) / max(otlp_bytes, 1)
    line["disk_bytes_per_span"] = line["disk_ratio"] * line["otlp_bytes"] / max(line["spans"], 1)
    say(f"  {server.name}: {line['disk_bytes_per_span']:.0f} bytes on disk per span, "
        f"{line['disk_ratio']:.3f} of the bytes sent, {line['settle_s']:.0f} s after the last")


def watched_ingest(bench: Bench, server: Server) -> dict:
    with MemoryWatch(server) as watch:
        line, = generate(bench, server, "--seed", 2, "ingest", "--seconds", bench.seconds)
    line |= {"peak_mb": watch.peak_mb, "peak_resident_mb": server.most_memory_mb(),
             "server_cpu_s": watch.cpu_seconds}
    say(f"  {server.name}: {watch.cpu_seconds * 1e6 / max(line['spans'], 1):.1f} µs of CPU per span "
        f"(generator {line['generator_cpu_s'] * 1e6 / max(line['spans'], 1):.1f}), {watch.peak_mb:.0f} MB")
    return line


def client_flow(bench: Bench) -> dict:
    with bench.server("client-flow") as server:
        server.settle(SETTLE_SECONDS_MAX)
        generate(bench, server, "--seed", 5, "client-flow", "--traces-max", 40)
        before = server.cpu_seconds()
        line, = generate(bench, server, "--seed", 3, "client-flow", "--seconds", bench.seconds)
        line["server_cpu_s"] = server.cpu_seconds() - before
    return line


def agent_loop(bench: Bench) -> dict:
    """The cost of agents that repeat their message history in every call."""
    server = bench.server("agent-loop")
    empty = empty_disk_bytes(server)
    with server:
        # Two connections, for the same reason as in `reads`.
        line, = generate(bench, server, "--connections", 2, "agent-loop",
                         "--traces", max(bench.traces // 50, 10))
        running = tidied_disk_bytes(server, line)
    weigh(server, line, empty, running, line["otlp_bytes"])
    return line


def stock_client(bench: Bench, python: Path) -> dict:
    """Uses MLflow's own Python client as the load generator."""
    traces = max(bench.traces // 10, 20)
    with bench.server("stock-client") as server:
        server.settle(SETTLE_SECONDS_MAX)
        line = in_client(bench, server, python, "stock_client.py", traces)
    say(f"  {server.name}: MLflow's Python client sends {line['traces_per_s']:.0f} traces/s, "
        f"{line['arrived']} of {traces} arrived")
    return line


def evaluate(bench: Bench, python: Path) -> dict:
    """An evaluation and a dataset by MLflow's own Python client."""
    with bench.server("evaluate") as server:
        server.settle(SETTLE_SECONDS_MAX)
        line = in_client(bench, server, python, "evaluate.py", EVALUATE_CASES, DATASET_RECORDS)
    say(f"  {server.name}: {line['arrived']} of {line['cases']} cases evaluated in {line['evaluate_s']:.1f} s, "
        f"{line['records']} records stored in {line['upsert_s']:.2f} s, a page read in {line['page_p50_ms']:.1f} ms")
    return line


def runs(bench: Bench) -> dict:
    """Searches for runs, on both servers."""
    return run_searches(bench, bench.traces, 2)


def many_runs(bench: Bench, count: int) -> dict:
    return run_searches(bench, count, 8)


def run_searches(bench: Bench, count: int, connections: int) -> dict:
    with bench.server(f"runs-{count}") as server:
        server.settle(SETTLE_SECONDS_MAX)
        load, *searches = generate(bench, server, "--connections", connections, "--timeout-s", READ_SECONDS_MAX,
                                   "runs", "--runs", count)
    return {"runs": count, "load": load, "search": searches}


def evaluations(bench: Bench) -> dict:
    """The screens' requests about two evaluations with the same cases."""
    with bench.server("evaluations") as server:
        lines = generate(bench, server, "evaluations", "--cases", COMPARED_CASES)
    loads = [line for line in lines if line["question"] == "make a run"]
    return {"cases": COMPARED_CASES, "load": loads, "read": lines[len(loads):]}


def in_client(bench: Bench, server: Server, python: Path, script: str, *asked: object) -> dict:
    """Runs a script that uses MLflow's Python client; returns the figures on its last line."""
    env = server.env() | {"MLFLOW_TRACKING_URI": server.url, "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run([str(python), str(HERE / script), *map(str, asked)], env=env, cwd=bench.work,
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def text_searches(bench: Bench, traces: int) -> dict:
    """Searches that decompress all spans of a large store."""
    with bench.server("text") as server:
        load, = generate(bench, server, "load", "--traces", traces, "--seconds-max", LOAD_SECONDS_MAX)
        server.settle(SETTLE_MILLION_SECONDS_MAX)
        found = read(bench, server, "search-text", traces, 20)
    return {"traces": traces, "load": load, "search": found}


def million(bench: Bench, traces: int) -> dict:
    """A store of a million traces: filling, starting, reading, and ingest afterwards."""
    enough_disk(bench.work, traces)
    server = bench.server("million")
    measured: dict = {"traces": traces}
    with server:
        with MemoryWatch(server) as watch:
            measured["load"], = generate(bench, server, "load", "--traces", traces, "--seconds-max", LOAD_SECONDS_MAX)
        measured["load"] |= {"peak_mb": watch.peak_mb, "server_cpu_s": watch.cpu_seconds}
        measured["metrics_at_once"] = read(bench, server, "metrics", traces, 1)
        measured["settle_s"] = server.settle(SETTLE_MILLION_SECONDS_MAX, reclaimed=True)
        say(f"  {server.name}: rests {measured['settle_s']:.0f} s after the load")
    measured["disk_bytes"] = server.disk_bytes()
    measured["start_s"] = median_start(server)
    with server:
        measured["started_mb"] = server.memory_mb()
        for what in ("search", "get", "metrics"):
            measured[what] = read(bench, server, what, traces, 300)
        measured["steps"] = read(bench, server, "steps", traces, 20)
        measured["read_mb"] = server.memory_mb()
    measured["ingest_empty"], measured["ingest_full"] = [
        again(bench, it) for it in (bench.server("empty"), server)]
    shutil.rmtree(server.folder, ignore_errors=True)
    return measured


def again(bench: Bench, server: Server) -> dict:
    """Measures ingest into the `bench` experiment of an empty or a filled store."""
    with server:
        # Enough requests for a new store to train its dictionary, which the filled one already has.
        generate(bench, server, "--seed", 4, "ingest", "--requests-max", 200)
        server.settle(SETTLE_SECONDS_MAX)
        return watched_ingest(bench, server)


def enough_disk(work: Path, traces: int) -> None:
    work.mkdir(parents=True, exist_ok=True)
    free, wanted = shutil.disk_usage(work).free, traces * DISK_BYTES_PER_TRACE
    say(f"  {traces:,} traces need about {wanted / 2**30:.1f} GB of disk; {free / 2**30:.1f} GB are free in {work}")
    if free < wanted:
        raise OSError(f"too little disk in {work}: set KANSOKU_CACHE to a folder on another, or give --million a smaller number")


def slow_readers(bench: Bench) -> dict:
    """Measures memory while many clients read a large trace slowly."""
    server = bench.server("slow-readers")
    line = contention.slow_readers(server, str(server.binary))
    say(f"  {server.name}: {line['readers']} slow readers of {line['trace_mib']} MiB take {line['peak_mb']:.0f} MB at most, "
        f"{line['begun']} were answered")
    return line


def ingest_beside_searches(bench: Bench) -> dict:
    """Measures the effect of heavy searches on ingest."""
    server = bench.server("beside-searches")
    line = contention.ingest_beside_searches(server, str(bench.load))
    say(f"  {server.name}: ingest's p99 is {line['alone_p99_ms']:.1f} ms alone and {line['beside_p99_ms']:.1f} ms beside "
        f"{line['searches']} searches ({line['ratio_p99']:.1f} ×)")
    return line


def conditions(bench: Bench) -> dict:
    return {"asked": {"seconds": bench.seconds, "traces": bench.traces}, "load_average": os.getloadavg()[0]}


SIDE_BY_SIDE = {"starts": starts, "idle": idle, "reads": reads, "ingest": ingest,
                "client-flow": client_flow, "agent-loop": agent_loop, "stock-client": stock_client,
                "evaluate": evaluate, "runs": runs}
ALONE = {"many-runs": many_runs, "evaluations": evaluations, "text": text_searches, "million": million,
         "slow-readers": slow_readers, "ingest-beside-searches": ingest_beside_searches}
