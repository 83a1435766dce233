"""The stage of scorers on live traces: checks, and judges against a model that answers after a fixed time."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.api import call
from kit.judge_model import JudgeModel, verdict

import stages
from servers import MemoryWatch, Mlflow, Server

EXPERIMENT = "bench"
MODEL_MS = 200
JUDGES_AT_ONCE = 64
JUDGED_TRACES = 8_000
JUDGED_SECONDS = 10
CHECKED_TRACES = 60_000
MANY_SCORERS = 100
WAIT_SECONDS_MAX = 120
BACKLOG_SECONDS_MAX = 900
LIVE_TRACES_PER_SECOND = 1
# MLflow's server looks for traces once a minute, so a minute of traffic has every possible delay.
LIVE_SECONDS = 60
# MLflow's server waits for 5 minutes for late spans, and up to another one until it looks.
LIVE_WAIT_SECONDS_MAX = 480
# The job runner of MLflow's server is never idle.
LIVE_SETTLE_SECONDS_MAX = 30
# A gateway calls public servers only, unless it is told otherwise.
LOCAL_MODELS = {"MLFLOW_GATEWAY_API_BASE_ALLOWED_SCHEMES": "http,https", "MLFLOW_GATEWAY_API_BASE_ALLOW_PRIVATE_IPS": "true"}
# As long as Kansoku waits for late spans.
SHORT_BUFFER = {"MLFLOW_ONLINE_SCORING_DEFAULT_TRACE_COMPLETION_BUFFER_SECONDS": "1"}


@contextmanager
def model(load: Path) -> Iterator[str]:
    """A model in a process of its own; yields its URL."""
    process = subprocess.Popen([str(load), "judge-model", "--delay-ms", str(MODEL_MS)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}"
    finally:
        process.stdin.close()
        process.wait(10)


def experiment(server: Server) -> str:
    return call(f"{server.url}/api/2.0/mlflow/experiments/create", {"name": EXPERIMENT})["experiment_id"]


def start(server: Server, experiment_id: str, name: str, check: dict | None = None) -> None:
    """Creates a check, or a judge without one, and starts it on all traces."""
    if check is not None:
        call(f"{server.url}/api/3.0/kansoku/experiments/{experiment_id}/scorers", {"name": name, "check": check})
    else:
        judge = {"name": name, "is_session_level_scorer": False,
                 "instructions_judge_pydantic_data": {"instructions": "Is {{ outputs }} good?", "model": "gateway:/bench"}}
        call(f"{server.url}/api/3.0/mlflow/scorers/register",
             {"experiment_id": experiment_id, "name": name, "serialized_scorer": json.dumps(judge)})
    call(f"{server.url}/api/3.0/mlflow/scorers/online-config",
         {"experiment_id": experiment_id, "name": name, "sample_rate": 1}, "PUT")


def with_judges(server: Server, url: str) -> None:
    endpoint = {"provider": "openai-compatible", "model": "bench", "base_url": f"{url}/v1", "max_concurrent": JUDGES_AT_ONCE}
    server.settings = ["--endpoints", json.dumps({"bench": endpoint})]


def scored(bench: stages.Bench, server: Server, name: str, rate: int) -> dict:
    return stages.generate(bench, server, "scored", "--feedback", name, "--traces-per-second", rate)[0]


def count_waiting(server: Server, experiment_id: str) -> int:
    """The number of traces and sessions that wait for scorers."""
    scorers = call(f"{server.url}/api/3.0/kansoku/experiments/{experiment_id}/scorers")["scorers"]
    return sum(scorer["waiting"] for scorer in scorers)


def unscored(server: Server, experiment_id: str, name: str) -> bool:
    """Whether a trace has no feedback of the scorer."""
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment_id}}
    found = call(f"{server.url}/api/3.0/mlflow/traces/search",
                 {"locations": [place], "max_results": 1, "filter": f"feedback.{name} IS NULL"})
    return bool(found.get("traces"))


def delay(bench: stages.Bench) -> dict:
    """A judge on 50 traces in a second."""
    server = bench.server("scoring-delay")
    with model(bench.load) as url:
        with_judges(server, url)
        with server:
            start(server, experiment(server), "good")
            return scored(bench, server, "good", 50)


def judges(bench: stages.Bench) -> dict:
    """As many judges at once as the endpoint permits, with more traces waiting than they can judge."""
    server = bench.server("scoring-judges")
    with model(bench.load) as url:
        with_judges(server, url)
        with server:
            start(server, experiment(server), "good")
            stages.generate(bench, server, "ingest", "--traces-per-request", 10, "--requests-max", JUDGED_TRACES // 10)
            time.sleep(2)
            calls, cpu, began = call(f"{url}/calls")["calls"], server.cpu_seconds(), time.monotonic()
            time.sleep(JUDGED_SECONDS)
            took = time.monotonic() - began
            per_second = (call(f"{url}/calls")["calls"] - calls) / took
            cores = (server.cpu_seconds() - cpu) / took
    most = JUDGES_AT_ONCE * 1_000 / MODEL_MS
    stages.say(f"  {server.name}: {per_second:.0f} of {most:.0f} judgements/s, {cores:.2f} cores")
    return {"per_second": per_second, "share": per_second / most, "cores": cores}


def checks(bench: stages.Bench) -> dict:
    """Traces of one span, sent as fast as the server takes them, until all have the feedback of a check: how many are sent
    and checked in a second, and how many are checked after the last one arrived."""
    with bench.server("scoring-checks") as server:
        experiment_id = experiment(server)
        start(server, experiment_id, "short", {"type": "length", "max": 500})
        began = time.monotonic()
        stages.generate(bench, server, "ingest", "--spans-per-trace", 1, "--traces-per-request", 50,
                        "--requests-max", CHECKED_TRACES // 50)
        ingested = time.monotonic()
        waiting = count_waiting(server, experiment_id)
        while unscored(server, experiment_id, "short"):
            if WAIT_SECONDS_MAX < time.monotonic() - ingested:
                raise RuntimeError("the checks did not end")
            time.sleep(0.1)
        took = time.monotonic() - began
    checked = waiting / (began + took - ingested)
    stages.say(f"  {server.name}: {CHECKED_TRACES / took:.0f} traces/s sent and checked, {checked:.0f} checked of {waiting} that waited")
    return {"traces": CHECKED_TRACES, "ingest_s": ingested - began, "took_s": took, "per_second": CHECKED_TRACES / took,
            "waiting": waiting, "waiting_per_second": checked}


def many(bench: stages.Bench) -> dict:
    """100 active checks on 100 traces in a second."""
    with bench.server("scoring-many") as server:
        experiment_id = experiment(server)
        for number in range(MANY_SCORERS):
            start(server, experiment_id, f"check_{number}", {"type": "length", "max": number})
        with MemoryWatch(server) as watch:
            line = scored(bench, server, f"check_{MANY_SCORERS - 1}", 100)
    return line | {"scorers": MANY_SCORERS, "peak_mb": watch.peak_mb, "cpu_s": watch.cpu_seconds}


def backlog(bench: stages.Bench, traces: int) -> dict:
    """Traces that wait for a judge whose model hung: the memory that they take, and how long new traces wait behind them
    when the model answers again."""
    server, line = bench.server("scoring-backlog"), {"traces": traces}
    with JudgeModel(lambda _: None) as hanging:
        endpoint = hanging.endpoint(max_concurrent=JUDGES_AT_ONCE, timeout_s=WAIT_SECONDS_MAX)
        server.settings = ["--endpoints", json.dumps({"bench": endpoint})]
        with server:
            experiment_id = experiment(server)
            start(server, experiment_id, "good")
            with MemoryWatch(server) as watch:
                stages.generate(bench, server, "--seed", 2, "ingest", "--spans-per-trace", 1, "--traces-per-request", 50,
                                "--requests-max", traces // 50, "--seconds", BACKLOG_SECONDS_MAX)
                until = time.monotonic() + WAIT_SECONDS_MAX
                while (waiting := count_waiting(server, experiment_id)) < traces:
                    if until < time.monotonic():
                        raise RuntimeError(f"{waiting} of {traces} traces became jobs")
                    time.sleep(1)
            line |= {"waiting": waiting, "filling_mb": watch.peak_mb}
            server.settle(stages.SETTLE_SECONDS_MAX)
            line["waiting_mb"] = server.memory_mb()
    with model(bench.load) as url:
        with_judges(server, url)
        line["start_s"] = server.start()
        with MemoryWatch(server) as watch:
            line |= scored(bench, server, "good", 50)
        line |= {"judging_mb": watch.peak_mb, "left": count_waiting(server, experiment_id)}
        server.stop()
    stages.say(f"  {server.name}: {line['waiting']} waiting jobs take {line['waiting_mb']:.0f} MB, {line['judging_mb']:.0f} MB while judges run; "
               f"feedback on new traces after {line['p50_ms'] / 1e3:.1f} s, p99 {line['p99_ms'] / 1e3:.1f} s")
    return line


def live_scoring(bench: stages.Bench, python: Path) -> dict:
    """The same judge on the same traffic, registered and started by MLflow's client, on both servers."""
    server = bench.server("live-scoring")
    line = measure_live(bench, python, server, {})
    if isinstance(server, Mlflow):
        line["short_buffer"] = measure_live(bench, python, bench.server("live-scoring-short"), SHORT_BUFFER)
    return line


def measure_live(bench: stages.Bench, python: Path, server: Server, variables: dict[str, str]) -> dict:
    with JudgeModel(answer_slowly) as model:
        asked = [LIVE_TRACES_PER_SECOND, LIVE_SECONDS, LIVE_WAIT_SECONDS_MAX]
        if isinstance(server, Mlflow):
            server.variables = LOCAL_MODELS | variables
            asked.append(model.base_url)
        else:
            server.settings = ["--endpoints", json.dumps({"bench": model.endpoint()})]
        with server:
            server.settle(LIVE_SETTLE_SECONDS_MAX)
            line = stages.in_client(bench, server, python, "live_scoring.py", *asked)
    stages.say(f"  {server.name}: feedback {line['p50_ms'] / 1e3:.1f} s after the end of a trace, p99 {line['p99_ms'] / 1e3:.1f} s, "
               f"{line['missing']} of {line['traces']} without")
    return line


def answer_slowly(_: dict) -> str:
    time.sleep(MODEL_MS / 1e3)
    return verdict("yes")


def scoring(bench: stages.Bench) -> dict:
    return {"delay": delay(bench), "judges": judges(bench), "checks": checks(bench), "many": many(bench)}
