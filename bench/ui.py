#!/usr/bin/env python3
"""Measures the screens of Kansoku and of MLflow in Chromium, over the same traces, and writes docs/benchmarks.md.

Standard library only. ui/bench/measure.mjs drives the browser; ui_fill.py fills both servers by OTLP.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))

import render  # noqa: E402
from figures import Figures, machine  # noqa: E402
from run import mlflow_python  # noqa: E402
from servers import Kansoku, Mlflow, Server  # noqa: E402
from stages import say  # noqa: E402

BROWSER_SECONDS_MAX = 2_400
FILL_SECONDS_MAX = 900


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the screens of Kansoku and MLflow 3.17.2 in Chromium.")
    parser.add_argument("--bin", type=Path, required=True, help="the kansoku binary, built for release after the web UI")
    parser.add_argument("--load", type=Path, required=True, help="the kansoku-bench binary, built for release")
    parser.add_argument("--cases", type=int, default=10_000, help="cases of each compared evaluation (default 10000)")
    parser.add_argument("--traces", type=int, default=1_000, help="traces of an agent in both (default 1000)")
    parser.add_argument("--only", choices=["kansoku", "mlflow"], help="measure one; the other's figures stay as they are")
    parser.add_argument("--runs", type=int, default=5, help="how often each is measured; large traces 3 times at most (default 5)")
    parser.add_argument("--figures", type=Path, default=HERE / "figures.json", help="where figures are kept")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md", help="the page")
    return parser.parse_args()


def measure(server: Server, python: Path, traces: int, runs: int) -> dict:
    """Fills the running server and measures its screens."""
    say(f"{server.name}: {traces:,} traces of an agent, one of 2,000 spans and one of 10,000")
    filled = subprocess.run([str(python), str(HERE / "ui_fill.py"), server.url, "agents", str(traces)],
                            check=True, capture_output=True, text=True, timeout=FILL_SECONDS_MAX)
    server.settle(60)
    task = json.loads(filled.stdout) | {"name": server.name.lower(), "url": server.url}
    load = os.getloadavg()[0]
    return in_browser("measure.mjs", task, runs) | {"traces": traces, "load_average": load}


def measure_comparison(server: Kansoku, load: Path, cases: int, runs: int) -> dict:
    """Makes two evaluations and measures the screen that compares them, which only Kansoku has."""
    say(f"{server.name}: two evaluations of {cases:,} cases")
    fill = [str(load), "--url", server.url, "--experiment", "compared", "evaluations", "--cases", str(cases), "--calls", "1"]
    subprocess.run(fill, check=True, stdout=subprocess.DEVNULL, timeout=FILL_SECONDS_MAX)
    server.settle(60)
    found = get(f"{server.url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=compared")
    experiment = found["experiment"]["experiment_id"]
    listed = get(f"{server.url}/api/3.0/kansoku/experiments/{experiment}/evaluations")["evaluations"]
    candidate, baseline = (it["run_id"] for it in listed)
    task = {"url": server.url, "experiment_id": experiment, "runs": f"{baseline},{candidate}"}
    return in_browser("comparison.mjs", task, runs)


def get(url: str) -> dict:
    with urllib.request.urlopen(url, timeout=60) as reply:
        return json.load(reply)


def in_browser(script: str, task: dict, runs: int) -> dict:
    """Runs a script of ui/bench, and returns the figures that it prints."""
    done = subprocess.run(["node", f"bench/{script}", json.dumps(task)], cwd=ROOT / "ui", check=True, text=True,
                          stdout=subprocess.PIPE, timeout=BROWSER_SECONDS_MAX, env=os.environ | {"RUNS": str(runs)})
    return json.loads(done.stdout)


def main() -> int:
    args = parse_args()
    python, figures = mlflow_python(), Figures(args.figures)
    work = Path(tempfile.mkdtemp(prefix="kansoku-ui-bench-"))
    servers = {"kansoku": lambda folder: Kansoku(args.bin.resolve(), folder), "mlflow": lambda folder: Mlflow(python, folder)}
    try:
        figures.keep("screens", "machine", machine())
        for name in [args.only] if args.only else servers:
            figures.drop("screens", name)
            with servers[name](work / name) as server:
                measured = measure(server, python, args.traces, args.runs)
                if isinstance(server, Kansoku):
                    measured["comparison"] = measure_comparison(server, args.load, args.cases, args.runs)
                figures.keep("screens", name, measured)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    args.out.write_text(render.page(figures), encoding="utf-8")
    say(f"wrote {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
