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
    looked = subprocess.run(["node", "bench/measure.mjs", json.dumps(task)], cwd=ROOT / "ui", check=True, text=True,
                            stdout=subprocess.PIPE, timeout=BROWSER_SECONDS_MAX, env=os.environ | {"RUNS": str(runs)})
    return json.loads(looked.stdout) | {"traces": traces, "load_average": load}


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
                figures.keep("screens", name, measure(server, python, args.traces, args.runs))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    args.out.write_text(render.page(figures), encoding="utf-8")
    say(f"wrote {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
