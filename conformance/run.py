#!/usr/bin/env python3
"""Runs the conformance suites: real MLflow clients against a running server.

Standard library only. It creates the virtual environments it needs, once, and
runs pytest in a separate process for each (client, form) pair, because version
and form of a client are fixed per process.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from kit.venvs import VenvError, ensure_venv  # noqa: E402

HERE = Path(__file__).resolve().parent
WORKER = HERE.parent / "workers" / "python"
CLIENTS = ["slim-3.17.2", "full-3.17.2", "full-3.6.0", "full-3.1.4"]
FORMS = ["plain", "databricks"]
SUITES = ["clients", "archive", "apps", "worker", "wire", "otel", "metrics", "both", "stock_ui"]
REFERENCE = "full-3.17.2"
# Without --all, nothing of these runs.
ONLY_SLOW = ["tests_stock_ui"]
NO_TESTS_COLLECTED = 5
CLOSING = re.compile(r"(passed|failed|error|skipped|deselected|no tests ran).* in [0-9.]+s")


@dataclass(frozen=True)
class Job:
    """One pytest process: a suite, the venv it runs in, and the form of its client."""

    suite: str
    venv: str
    form: str

    @property
    def name(self) -> str:
        return f"{self.venv}/{self.form}" if self.suite == "tests" else self.suite

    @property
    def folder(self) -> Path:
        return WORKER / "tests" if self.suite == "tests_worker" else HERE / self.suite


def all_jobs() -> list[Job]:
    """All jobs, longest first, so that two workers finish at about the same time."""
    apps = [Job("tests_apps", "apps", "plain"), Job("tests_wire", "apps", "plain"),
            Job("tests_archive", "readers", "plain"), Job("tests_otel", "otel", "plain"), Job("tests_metrics", REFERENCE, "plain"),
            Job("tests_worker", "apps", "plain"),
            Job("tests_both", REFERENCE, "plain"), Job("tests_stock_ui", REFERENCE, "plain")]
    clients = [Job("tests", client, form) for client in CLIENTS for form in FORMS]
    return [job for job in apps + clients if job.folder.is_dir()]


def parse_args() -> argparse.Namespace:
    names = [*SUITES, *CLIENTS]
    parser = argparse.ArgumentParser(
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Run real MLflow clients against the kansoku binary.",
        epilog=textwrap.dedent(
            """\
            what runs
              clients   tests/ in four clients (slim-3.17.2, full-3.17.2, full-3.6.0, full-3.1.4),
                        each in plain form (MLFLOW_TRACKING_URI=http://…) and in databricks form
              apps      tests_apps/: a FastAPI agent, autologged OpenAI and LangChain, OpenTelemetry alone, live scorers
              archive   tests_archive/: Delta tables of the archive, read by DuckDB, Polars and deltalake
              worker    ../workers/python/tests: the sandbox of Python scorers
              wire      tests_wire/: exchanges replayed, bad input, crashes
              otel      tests_otel/: OpenTelemetry's exporters over HTTP and gRPC
              metrics   tests_metrics/: Kansoku and MLflow's own server filled alike, and asked alike
              both      tests_both/: scripts of right and wrong calls, which both servers answer alike
              stock_ui  tests_stock_ui/: MLflow's own web UI in Chromium; needs --all, and `npm ci` in ui/

            examples
              run.py                                   what CI runs: all but the tests marked slow
              run.py --all                             the slow ones too
              run.py --only full-3.6.0 --form plain    one client, one form
              run.py --only slim-3.17.2 -k sessions    the tests whose names mention sessions
              run.py --server reference -k feedback    the same tests against MLflow's own server

            The binary is --bin, else $KANSOKU_BIN. Venvs live in
            ${KANSOKU_CACHE:-~/.cache/kansoku}/venvs; remove one to have it made anew.
            """
        ),
    )
    parser.add_argument("--all", action="store_true", help="run tests marked slow as well")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME",
                        help=f"only this suite or client; may be repeated ({', '.join(names)})")
    parser.add_argument("--form", choices=FORMS, help="only this form of the client suite")
    parser.add_argument("-k", metavar="EXPRESSION", help="handed to pytest: only tests whose names match")
    parser.add_argument("-x", action="store_true", help="handed to pytest: stop a job at its first failure")
    parser.add_argument("--server", choices=["kansoku", "reference"], default="kansoku",
                        help="reference: `mlflow server` 3.17.2 on a temporary SQLite file, plain form only")
    parser.add_argument("--bin", default=os.environ.get("KANSOKU_BIN"), help="the kansoku binary")
    parser.add_argument("--jobs", type=int, default=3, help="pytest processes at a time (default 3)")
    parser.add_argument("--timeout", type=int, default=900, metavar="SECONDS",
                        help="a pytest process that takes longer is stopped and counts as failed (default 900)")
    parser.add_argument("--venvs-only", action="store_true", help="make the venvs and stop")
    return parser.parse_args()


def select(args: argparse.Namespace) -> list[Job]:
    wanted = set(args.only or SUITES)
    if "clients" in wanted:
        wanted |= set(CLIENTS)
    jobs = [
        job for job in all_jobs()
        if (job.venv in wanted if job.suite == "tests" else job.suite.removeprefix("tests_") in wanted)
    ]
    if not args.all:
        jobs = [job for job in jobs if job.suite not in ONLY_SLOW]
    if args.form:
        jobs = [job for job in jobs if job.form == args.form or job.suite != "tests"]
    if args.server == "reference":
        # Two suites start both servers themselves, and one none; MLflow's server supports little of what the OTLP suite tests, and has its own UI.
        left_out = ("tests_metrics", "tests_both", "tests_otel", "tests_stock_ui", "tests_worker", "tests_archive")
        jobs = [job for job in jobs if job.form == "plain" and job.suite not in left_out]
    return jobs


def make_venvs(names: set[str]) -> dict[str, Path]:
    """The python of each venv; venvs that do not exist yet are built two at a time."""
    with ThreadPoolExecutor(2) as pool:
        pythons = dict(zip(names, pool.map(lambda name: ensure_venv(name, log=say), names)))
    return pythons


_printing = threading.Lock()


def say(text: str) -> None:
    with _printing:
        print(text, flush=True)


_running: list[subprocess.Popen] = []

# With more failures than this, the cause is not a lost trace.
SECOND_ATTEMPTS_MAX = 2


def run_job(job: Job, python: Path, env: dict[str, str], args: argparse.Namespace) -> tuple[Job, int, str, float]:
    """Runs a job. In client suites, failed tests are run a second time, alone: MLflow's clients send from
    threads of their own and sometimes lose a trace there, which they only log. A test that passes in the
    second attempt is named in the closing line, with both outputs above."""
    started = time.monotonic()
    code, closing, failed = run_pytest(job, [str(job.folder)], python, env, args)
    if code and job.suite == "tests" and 0 < len(failed) <= SECOND_ATTEMPTS_MAX:
        say(f"\n{job.name}: once more, alone: {', '.join(failed)}")
        code, again, _ = run_pytest(job, [str(HERE / test) for test in failed], python, env, args)
        closing = f"{closing}; second attempt: {again}"
    return job, code, closing, time.monotonic() - started


def run_pytest(job: Job, what: list[str], python: Path, env: dict[str, str],
               args: argparse.Namespace) -> tuple[int, str, list[str]]:
    """Runs pytest; returns the exit code, the closing line, and the failed tests."""
    command = [str(python), "-m", "pytest", *what, "-q", "-c", str(HERE / "pytest.ini"),
               "--rootdir", str(HERE), "-p", "no:cacheprovider", "-rfE"]
    if not args.all:
        command += ["-m", "not slow"]
    if args.k:
        command += ["-k", args.k]
    if args.x:
        command += ["-x"]
    running = subprocess.Popen(command, cwd=HERE, env=env | {"KANSOKU_FORM": job.form}, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    _running.append(running)
    output, late = finish(running, args.timeout)
    closing = next((line for line in reversed(output.splitlines()) if CLOSING.search(line)), "no closing line")
    if late:
        closing = f"stopped after {args.timeout} s; {closing}"
    say(f"\n===== {job.name} =====\n{output.rstrip()}")
    failed = [line.split()[1] for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    return 1 if late else running.returncode, closing.strip("= "), [] if late else failed


def finish(running: subprocess.Popen, seconds: float) -> tuple[str, bool]:
    """The output of a process, and whether it exceeded the time limit. SIGINT lets fixtures stop their servers."""
    try:
        return running.communicate(timeout=seconds)[0], False
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGINT)
    try:
        return running.communicate(timeout=30)[0], True
    except subprocess.TimeoutExpired:
        running.kill()
        return running.communicate()[0], True


def environment(args: argparse.Namespace, pythons: dict[str, Path]) -> dict[str, str]:
    env = {key: value for key, value in os.environ.items()
           if not key.startswith(("MLFLOW_", "DATABRICKS_", "OTEL_", "KANSOKU_"))}
    for key in ("KANSOKU_CACHE", "KANSOKU_SEED", "KANSOKU_CHROMIUM", "KANSOKU_SHOTS"):
        if key in os.environ:
            env[key] = os.environ[key]
    env |= {"KANSOKU_SERVER": args.server, "PYTHONPATH": f"{HERE}:{WORKER / 'src'}", "PYTHONDONTWRITEBYTECODE": "1"}
    if args.server == "reference":
        env["KANSOKU_REFERENCE_PYTHON"] = str(pythons[REFERENCE])
    else:
        env["KANSOKU_BIN"] = str(Path(args.bin).resolve())
    if args.all:
        env["KANSOKU_ALL"] = "1"
    return env


def main() -> int:
    args = parse_args()
    jobs = select(args)
    if not jobs:
        print("nothing to run: this selection holds no job", file=sys.stderr)
        return 2
    if args.server == "kansoku" and not args.venvs_only and not (args.bin and Path(args.bin).is_file()):
        print("no kansoku binary: build it, then give its path as --bin or KANSOKU_BIN", file=sys.stderr)
        return 2
    names = {job.venv for job in jobs} | ({REFERENCE} if args.server == "reference" else set())
    try:
        pythons = make_venvs(names)
    except VenvError as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    if args.venvs_only:
        return 0

    env = environment(args, pythons)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    pool = ThreadPoolExecutor(max(1, args.jobs))
    try:
        results = list(pool.map(lambda job: run_job(job, pythons[job.venv], env, args), jobs))
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in _running:
            process.send_signal(signal.SIGINT)
        print("interrupted", file=sys.stderr)
        return 130

    print("\n===== conformance =====")
    failed = 0
    for job, code, closing, seconds in results:
        fine = code == 0 or (code == NO_TESTS_COLLECTED and args.k)
        failed += not fine
        print(f"{'ok  ' if fine else 'FAIL'}  {job.name:<24} {seconds:6.1f} s  {closing}")
    print(f"{len(results) - failed} of {len(results)} jobs passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
