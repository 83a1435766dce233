#!/usr/bin/env python3
"""Measures Kansoku and MLflow's own server in turn on this machine, and writes docs/benchmarks.md.

Standard library only. The load comes from the crate kansoku-bench, which says the same
to both. Every stage's figures are kept in bench/figures.json as soon as they are there;
`--render-only` writes the page from that file.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(HERE))

import render  # noqa: E402
import stages  # noqa: E402
from figures import Figures, machine  # noqa: E402
from servers import Kansoku, Mlflow  # noqa: E402
from stages import ALONE, SIDE_BY_SIDE, Bench, say  # noqa: E402

CACHE = Path(os.environ.get("KANSOKU_CACHE") or Path.home() / ".cache" / "kansoku")


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure Kansoku and MLflow 3.17.2 side by side.")
    parser.add_argument("--bin", type=Path, help="the kansoku binary, built for release")
    parser.add_argument("--load", type=Path, help="the kansoku-bench binary, built for release")
    parser.add_argument("--traces", type=int, default=5_000, help="traces in both stores for searches (default 5000)")
    parser.add_argument("--many", type=int, default=100_000, help="traces for searches of text (default 100000)")
    parser.add_argument("--million", type=int, default=1_000_000, help="traces in the large store (default 1000000)")
    parser.add_argument("--seconds", type=float, default=20, help="length of an ingest measure (default 20)")
    parser.add_argument("--only", choices=["kansoku", "mlflow"], help="measure one; the other's figures stay as they are")
    parser.add_argument("--skip", action="append", default=[], choices=[*SIDE_BY_SIDE, *ALONE],
                        help="leave out a stage, whose figures stay as they are; may be repeated")
    parser.add_argument("--render-only", action="store_true", help="measure nothing, write the page from the figures")
    parser.add_argument("--figures", type=Path, default=HERE / "figures.json", help="where figures are kept")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md", help="the page")
    parser.add_argument("--keep", action="store_true", help="keep the servers' folders")
    args = parser.parse_args()
    if not args.render_only and not (args.bin and args.load):
        parser.error("--bin and --load are needed to measure; `make bench` gives them")
    return args


def mlflow_python() -> Path:
    """The venv with MLflow, which the conformance runner makes where it is missing."""
    subprocess.run([sys.executable, str(ROOT / "conformance" / "run.py"), "--venvs-only", "--only", "full-3.17.2"],
                   check=True)
    venvs = sorted((CACHE / "venvs").glob("full-3.17.2-*/bin/python"), key=lambda path: path.stat().st_mtime)
    if not venvs:
        sys.exit(f"no venv full-3.17.2-* in {CACHE / 'venvs'}")
    return venvs[-1]


def measure(args: argparse.Namespace, figures: Figures, work: Path) -> None:
    python = mlflow_python()
    figures.keep("machine", "facts", machine())
    servers = {"kansoku": lambda folder: Kansoku(args.bin, folder), "mlflow": lambda folder: Mlflow(python, folder)}
    for name in [args.only] if args.only else servers:
        bench = Bench(args.load, servers[name], work / name, args.traces, args.seconds)
        for stage, run in SIDE_BY_SIDE.items():
            if stage not in args.skip:
                more = [python] if stage == "stock-client" else []
                timed(figures, name, stage, args.seconds, lambda: run(bench, *more))
        if name == "kansoku":
            alone = {"text": lambda: stages.text_searches(bench, args.many),
                     "million": lambda: stages.million(bench, args.million)}
            for stage in (stage for stage in ALONE if stage not in args.skip):
                timed(figures, name, stage, args.seconds, alone[stage])


def timed(figures: Figures, name: str, stage: str, seconds: float, run) -> None:
    say(f"{name}: {stage}")
    conditions = stages.conditions(seconds)
    began = time.monotonic()
    measured = run()
    figures.keep(name, stage, measured | conditions | {"took_s": time.monotonic() - began})


def main() -> int:
    args = parse_args()
    # An end from outside is an exit: servers are stopped, and folders removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    figures = Figures(args.figures)
    if not args.render_only:
        CACHE.mkdir(parents=True, exist_ok=True)
        # Beside the cache, not in /tmp: that is memory on some machines, and commits would cost nothing.
        work = Path(tempfile.mkdtemp(prefix="bench-", dir=CACHE))
        try:
            measure(args, figures, work)
        finally:
            if args.keep:
                say(f"kept {work}")
            else:
                shutil.rmtree(work, ignore_errors=True)
    args.out.write_text(render.page(figures), encoding="utf-8")
    say(f"wrote {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
