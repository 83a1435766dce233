#!/usr/bin/env python3
"""Measures Kansoku and MLflow's own server in turn on this machine, and writes docs/benchmarks.md.

Standard library only. The crate kansoku-bench generates the load, the same for both.
The figures of each stage are stored in bench/figures.json as soon as it ends;
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
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT / "conformance")]

import render  # noqa: E402
import stages  # noqa: E402
from archive import archive, archived_reads  # noqa: E402
from figures import Figures, machine  # noqa: E402
from isolation import judge_isolation  # noqa: E402
from servers import Kansoku, Mlflow  # noqa: E402
from scoring import backlog, live_scoring, scoring  # noqa: E402
from stages import ALONE, Bench, say  # noqa: E402

SIDE_BY_SIDE = stages.SIDE_BY_SIDE | {"live-scoring": live_scoring}
ONLY_KANSOKU = ALONE | {"scoring": scoring, "judge-isolation": judge_isolation, "judge-backlog": backlog, "archive": archive,
                        "archived-reads": archived_reads}

CACHE = Path(os.environ.get("KANSOKU_CACHE") or Path.home() / ".cache" / "kansoku")


def count(text: str) -> int:
    if (number := int(text)) < 100:
        raise argparse.ArgumentTypeError("at least 100; a stage is left out by --skip")
    return number


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure Kansoku and MLflow 3.17.2 side by side.")
    parser.add_argument("--bin", type=Path, help="the kansoku binary, built for release")
    parser.add_argument("--load", type=Path, help="the kansoku-bench binary, built for release")
    parser.add_argument("--traces", type=count, default=5_000, help="traces in both stores for searches (default 5000)")
    parser.add_argument("--many", type=count, default=100_000, help="traces for searches of text, and runs for searches of runs (default 100000)")
    parser.add_argument("--million", type=count, default=1_000_000, help="traces in the large store, and traces that wait for a judge (default 1000000)")
    parser.add_argument("--seconds", type=float, default=20, help="length of an ingest measure (default 20)")
    parser.add_argument("--only", choices=["kansoku", "mlflow"], help="measure one; the other's figures stay as they are")
    parser.add_argument("--skip", action="append", default=[], choices=[*SIDE_BY_SIDE, *ONLY_KANSOKU],
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
    """The python of the venv with MLflow, which the conformance runner creates if it is missing."""
    subprocess.run([sys.executable, str(ROOT / "conformance" / "run.py"), "--venvs-only", "--only", "full-3.17.2"],
                   check=True)
    venvs = sorted((CACHE / "venvs").glob("full-3.17.2-*/bin/python"), key=lambda path: path.stat().st_mtime)
    if not venvs:
        sys.exit(f"no venv full-3.17.2-* in {CACHE / 'venvs'}")
    return venvs[-1]


def measure(args: argparse.Namespace, figures: Figures, work: Path) -> list[str]:
    """Runs the stages; returns the names of those that failed."""
    python = mlflow_python()
    figures.keep("machine", "facts", machine())
    servers = {"kansoku": lambda folder: Kansoku(args.bin, folder), "mlflow": lambda folder: Mlflow(python, folder)}
    failed = []
    for name in [args.only] if args.only else servers:
        bench = Bench(args.load, servers[name], work / name, args.traces, args.seconds)
        more = {"stock-client": [python], "evaluate": [python], "live-scoring": [python], "text": [args.many], "many-runs": [args.many],
                "million": [args.million], "judge-backlog": [args.million], "archived-reads": [args.million]}
        for stage, run in (SIDE_BY_SIDE | ONLY_KANSOKU if name == "kansoku" else SIDE_BY_SIDE).items():
            if stage not in args.skip and not timed(figures, name, stage, run, bench, *more.get(stage, [])):
                failed.append(f"{name} {stage}")
    return failed


def timed(figures: Figures, name: str, stage: str, run: Callable, bench: Bench, *more: object) -> bool:
    """Runs a stage and stores its figures. A failed stage stores none and does not stop the others."""
    say(f"{name}: {stage}")
    figures.drop(name, stage)
    conditions, began = stages.conditions(bench), time.monotonic()
    try:
        measured = run(bench, *more)
    except (RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
        say(f"  {name}: {stage} failed: {error}")
        return False
    figures.keep(name, stage, measured | conditions | {"took_s": time.monotonic() - began})
    return True


def tidy(work: Path, keep: bool, failed: list[str]) -> None:
    """Removes the servers' folders; if a stage failed, their logs are kept."""
    if keep:
        say(f"kept {work}")
    elif failed:
        for folder in work.glob("*/*/"):
            shutil.rmtree(folder, ignore_errors=True)
        say(f"the servers' logs are in {work}")
    else:
        shutil.rmtree(work, ignore_errors=True)


def main() -> int:
    args = parse_args()
    # Exits on SIGTERM, so that servers are stopped and folders removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    figures, failed = Figures(args.figures), []
    if not args.render_only:
        CACHE.mkdir(parents=True, exist_ok=True)
        # In the cache folder, since /tmp is memory on some machines, where commits would cost nothing.
        work = Path(tempfile.mkdtemp(prefix="bench-", dir=CACHE))
        try:
            failed = measure(args, figures, work)
        finally:
            tidy(work, args.keep, failed)
    args.out.write_text(render.page(figures), encoding="utf-8")
    say(f"wrote {args.out}" + (f", without {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
