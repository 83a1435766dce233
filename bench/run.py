#!/usr/bin/env python3
"""Measures Kansoku and MLflow's own server in turn on this machine, and writes docs/benchmarks.md.

Standard library only. The load comes from the crate kansoku-bench, which says the same
to both; this file starts the servers, watches them and keeps the figures.
"""

import argparse
import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))

import render  # noqa: E402
from servers import Kansoku, MemoryWatch, Mlflow, Server  # noqa: E402

CACHE = Path(os.environ.get("KANSOKU_CACHE") or Path.home() / ".cache" / "kansoku")
STARTS = 5
IDLE_SECONDS = 10
SETTLE_SECONDS_MAX = 60
READ_SECONDS_MAX = 30


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure Kansoku and MLflow 3.17.2 side by side.")
    parser.add_argument("--bin", type=Path, required=True, help="the kansoku binary, built for release")
    parser.add_argument("--load", type=Path, required=True, help="the kansoku-bench binary, built for release")
    parser.add_argument("--traces", type=int, default=5_000, help="traces in both stores for searches (default 5000)")
    parser.add_argument("--many", type=int, default=100_000, help="traces in Kansoku alone (default 100000; 0: skip)")
    parser.add_argument("--seconds", type=float, default=20, help="length of an ingest measure (default 20)")
    parser.add_argument("--only", choices=["kansoku", "mlflow"], help="measure one; then nothing is written")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--keep", action="store_true", help="keep the servers' folders")
    return parser.parse_args()


def mlflow_python() -> Path:
    """The venv with MLflow's server, which the conformance runner makes where it is missing."""
    subprocess.run([sys.executable, str(ROOT / "conformance" / "run.py"), "--venvs-only", "--only", "full-3.17.2"],
                   check=True)
    venvs = sorted((CACHE / "venvs").glob("full-3.17.2-*/bin/python"), key=lambda path: path.stat().st_mtime)
    if not venvs:
        sys.exit(f"no venv full-3.17.2-* in {CACHE / 'venvs'}")
    return venvs[-1]


class Bench:
    """One server's measures, kept by name."""

    def __init__(self, load: Path, server: Server) -> None:
        self.load = load
        self.server = server
        self.figures: dict = {}

    def generate(self, *words: object) -> list[dict]:
        command = [str(self.load), "--url", self.server.url, *map(str, words)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        for line in lines:
            say(f"  {self.server.name}: {render.one_line(line)}")
        if done.returncode != 0:
            raise RuntimeError(f"`{shlex.join(command)}` ended with {done.returncode}; see {self.server.log}")
        return lines

    def starts(self) -> None:
        """From the process's start to the first 200; the first of all makes the store and does not count."""
        self.server.start()
        self.server.stop()
        times = []
        for _ in range(STARTS):
            times.append(self.server.start())
            self.server.stop()
        self.figures["start_s"] = statistics.median(times)
        say(f"  {self.server.name}: starts in {self.figures['start_s']:.3f} s")

    def idle(self) -> None:
        self.settle()
        before = self.server.cpu_seconds()
        time.sleep(IDLE_SECONDS)
        self.figures["idle_cpu_percent"] = (self.server.cpu_seconds() - before) / IDLE_SECONDS * 100
        self.figures["idle_mb"] = self.server.memory_mb()
        say(f"  {self.server.name}: idles at {self.figures['idle_mb']:.0f} MB, {self.figures['idle_cpu_percent']:.1f} % CPU")

    def settle(self) -> None:
        """MLflow goes on starting processes for a while after it answers; that is not idling."""
        until = time.monotonic() + SETTLE_SECONDS_MAX
        while time.monotonic() < until:
            before = self.server.cpu_seconds()
            time.sleep(3)
            if self.server.cpu_seconds() - before < 0.15:
                return

    def reads(self, traces: int, calls: int, seconds: float) -> None:
        # Two connections: eight lock each other out of MLflow's SQLite for many seconds.
        self.figures["load"], = self.generate("--connections", 2, "load", "--traces", traces)
        for what in ("get", "search"):
            # On a kept connection MLflow's server answers 40 ms late; that is not what is asked here.
            self.figures[what] = self.generate("--fresh-connections", "--timeout-s", READ_SECONDS_MAX, what,
                                               "--traces", traces, "--calls", calls, "--seconds", seconds)

    def warm_up(self) -> None:
        """Every worker has imported what it needs, and opened its database, before the clock runs."""
        self.settle()
        self.generate("--experiment", "warm-up", "--seed", 4, "ingest", "--requests-max", 40)
        self.generate("--experiment", "warm-up", "--seed", 5, "client-flow", "--traces-max", 40)

    def ingest(self, seconds: float) -> None:
        self.warm_up()
        disk = self.server.disk_bytes()
        with MemoryWatch(self.server) as watch:
            line, = self.generate("--experiment", "ingest", "--seed", 2, "ingest", "--seconds", seconds)
        line["peak_mb"] = watch.peak_mb
        line["server_cpu_s"] = watch.cpu_seconds
        self.figures["ingest"] = line
        self.figures["disk_before"] = disk

    def disk(self) -> None:
        """Looked at after a stop, when the write-ahead log is in the file."""
        line = self.figures["ingest"]
        grown = self.server.disk_bytes() - self.figures["disk_before"]
        line["disk_bytes"] = grown
        say(f"  {self.server.name}: {grown / max(line['spans'], 1):.0f} bytes on disk per span of "
            f"{line['otlp_bytes'] / max(line['spans'], 1):.0f} sent")

    def client_flow(self, seconds: float) -> None:
        self.warm_up()
        self.figures["client_flow"], = self.generate("--experiment", "client-flow", "--seed", 3, "client-flow",
                                                     "--seconds", seconds)


def measure(load: Path, server: Server, args: argparse.Namespace) -> dict:
    say(f"{server.name}: {shlex.join(server.command())}")
    bench = Bench(load, server)
    bench.figures["load_average"] = os.getloadavg()[0]
    bench.starts()
    with server:
        bench.idle()
        bench.reads(args.traces, calls=100, seconds=5)
    with server:
        bench.ingest(args.seconds)
    bench.disk()
    with server:
        bench.client_flow(args.seconds)
    return bench.figures


def measure_many(load: Path, server: Server, traces: int) -> dict:
    say(f"{server.name}, {traces} traces")
    bench = Bench(load, server)
    with server:
        bench.reads(traces, calls=200, seconds=5)
        bench.figures["disk_bytes"] = server.disk_bytes()
    bench.figures["start_s"] = server.start()
    server.stop()
    return bench.figures


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    args = parse_args()
    python = None if args.only == "kansoku" else mlflow_python()
    CACHE.mkdir(parents=True, exist_ok=True)
    # Beside the cache, not in /tmp: that is memory on some machines, and commits would cost nothing.
    work = Path(tempfile.mkdtemp(prefix="bench-", dir=CACHE))
    began = time.monotonic()
    figures: dict = {"seconds": args.seconds, "traces": args.traces, "many_traces": args.many,
                     "read_seconds_max": READ_SECONDS_MAX}
    try:
        if args.only != "mlflow":
            figures["kansoku"] = measure(args.load, Kansoku(args.bin, work / "kansoku"), args)
            if args.many:
                figures["many"] = measure_many(args.load, Kansoku(args.bin, work / "many"), args.many)
        if python:
            figures["mlflow"] = measure(args.load, Mlflow(python, work / "mlflow"), args)
    finally:
        if args.keep:
            say(f"kept {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    figures["took_s"] = time.monotonic() - began
    say(f"took {figures['took_s']:.0f} s")
    if args.only:
        print(json.dumps(figures, indent=1))
        return 0
    args.out.write_text(render.page(figures), encoding="utf-8")
    say(f"wrote {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
