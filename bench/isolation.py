"""Measures whether judges that wait for a model that hangs affect ingest and searches.

Two servers have the same traces: one with a judge whose model never answers, the other without scorers. They are
measured in turn, several times, each while the other is paused: noise of the machine affects both, and the work of
the judges only their own server.
"""

import http.client
import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kit.judge_model import JudgeModel

import scoring
import stages
from servers import Server

WAITING_JOBS = 10_000
ROUNDS = 12
TRACES_PER_SECOND = 50
INGEST_SECONDS = 5
SEARCHES = 200
SPANS = 6
SPAN_BYTES = 1_300
MODEL_TIMEOUT_SECONDS = 10
WAIT_SECONDS_MAX = 120
# Time for a server to do what became due while it was paused.
CATCH_UP_SECONDS = 1


class Client:
    """One kept connection to a server, and the durations of its requests."""

    def __init__(self, server: Server, experiment_id: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.experiment_id = experiment_id
        self.random = random.Random(1)
        self.ingest_ms: list[float] = []
        self.search_ms: list[float] = []

    def ingest(self) -> None:
        """Sends single traces at a steady rate."""
        began = time.monotonic()
        for number in range(TRACES_PER_SECOND * INGEST_SECONDS):
            body = random_trace(self.random)
            time.sleep(max(0.0, began + number / TRACES_PER_SECOND - time.monotonic()))
            self.ingest_ms.append(self.timed("/v1/traces", body))

    def search(self) -> None:
        """Searches for the newest 100 traces, one search after the other."""
        place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": self.experiment_id}}
        filters = [None, "trace.status = 'OK'", "span.type = 'TOOL'"]
        for number in range(SEARCHES):
            ask = {"locations": [place], "max_results": 100, "filter": filters[number % len(filters)]}
            self.search_ms.append(self.timed("/api/3.0/mlflow/traces/search", json.dumps(ask).encode()))

    def timed(self, path: str, body: bytes) -> float:
        headers = {"content-type": "application/json", "x-mlflow-experiment-id": self.experiment_id}
        began = time.perf_counter()
        self.connection.request("POST", path, body, headers)
        answer = self.connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"POST {path}: {answer.status} {said[:300]!r}")
        return (time.perf_counter() - began) * 1e3


def random_trace(random_: random.Random) -> bytes:
    """A trace of a root and its children, as OTLP in JSON."""
    trace_id, now = f"{random_.getrandbits(128):032x}", time.time_ns()
    spans = []
    for number in range(SPANS):
        said = random_.randbytes(SPAN_BYTES // 4).hex()
        texts = {"mlflow.spanType": "AGENT" if number == 0 else "TOOL", "mlflow.spanInputs": said, "mlflow.spanOutputs": said}
        spans.append({
            "traceId": trace_id, "spanId": f"{number + 1:016x}", "parentSpanId": f"{1:016x}" if number else "",
            "name": f"step {number}", "startTimeUnixNano": str(now - 10**9), "endTimeUnixNano": str(now),
            "attributes": [{"key": key, "value": {"stringValue": json.dumps(text)}} for key, text in texts.items()],
        })
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()


@contextmanager
def paused(server: Server) -> Iterator[None]:
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


def fill(bench: stages.Bench, server: Server) -> None:
    stages.generate(bench, server, "ingest", "--traces-per-request", 10, "--requests-max", WAITING_JOBS // 10)


def fill_with_jobs(bench: stages.Bench, server: Server, experiment_id: str) -> None:
    fill(bench, server)
    until = time.monotonic() + WAIT_SECONDS_MAX
    while scoring.count_waiting(server, experiment_id) < WAITING_JOBS:
        if until < time.monotonic():
            raise RuntimeError("the traces did not become jobs")
        time.sleep(0.5)


def measure_in_turn(servers: list[Server], clients: list[Client]) -> None:
    for number in range(ROUNDS):
        order = [0, 1] if number % 2 == 0 else [1, 0]
        for this in order:
            with paused(servers[1 - this]):
                time.sleep(CATCH_UP_SECONDS)
                clients[this].ingest()
                clients[this].search()


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[int(share * (len(times) - 1))]


def compare(times: Callable[[Client], list[float]], judged: Client, unjudged: Client) -> dict:
    with_judges, without = times(judged), times(unjudged)
    line = {"calls": len(without)}
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        line |= {f"judged_{name}_ms": percentile(with_judges, share), f"unjudged_{name}_ms": percentile(without, share)}
    return line | {"ratio_p99": line["judged_p99_ms"] / line["unjudged_p99_ms"]}


def judge_isolation(bench: stages.Bench) -> dict:
    judged, unjudged = bench.server("isolation-judged"), bench.server("isolation-unjudged")
    with JudgeModel(lambda _: None) as model:
        endpoint = model.endpoint(max_concurrent=scoring.JUDGES_AT_ONCE, timeout_s=MODEL_TIMEOUT_SECONDS)
        judged.settings = ["--endpoints", json.dumps({"bench": endpoint})]
        with judged, unjudged:
            experiments = [scoring.experiment(server) for server in (judged, unjudged)]
            scoring.start(judged, experiments[0], "good")
            fill_with_jobs(bench, judged, experiments[0])
            fill(bench, unjudged)
            for server in (judged, unjudged):
                server.settle(stages.SETTLE_SECONDS_MAX)
            clients = [Client(server, experiment) for server, experiment in zip((judged, unjudged), experiments)]
            measure_in_turn([judged, unjudged], clients)
            line = {"waiting": scoring.count_waiting(judged, experiments[0]), "model_requests": model.asked,
                    "judged_mb": judged.memory_mb(), "unjudged_mb": unjudged.memory_mb(),
                    "ingest": compare(lambda it: it.ingest_ms, *clients), "search": compare(lambda it: it.search_ms, *clients)}
    for what in ("ingest", "search"):
        it = line[what]
        stages.say(f"  {judged.name}: {what}'s p99 is {it['unjudged_p99_ms']:.1f} ms without scorers and {it['judged_p99_ms']:.1f} ms "
                   f"with {line['waiting']} waiting jobs ({it['ratio_p99']:.2f} ×)")
    return line
