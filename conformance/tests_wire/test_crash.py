"""Acknowledged data survives SIGKILL at any time.

Writers send spans and assessments while the server is repeatedly killed at a
random moment and started again on the same folder. The seed is
printed; `KANSOKU_SEED=<seed>` replays it.
"""

import os
import random
import threading
import time

import httpx
import pytest
from kit.server import is_reference
from wire import five_traces, spans
from wire.caller import Caller

pytestmark = pytest.mark.skipif(is_reference(), reason="this is our promise, not MLflow's")

ROUNDS = 20
WRITERS = 4
SPANS_PER_BATCH = 3
RUN_S = (0.15, 0.9)
BATCH_GET_MAX = 100


class Writer(threading.Thread):
    """Sends data until stopped, and keeps what the server acknowledged."""

    def __init__(self, url: str, experiment: str):
        super().__init__(daemon=True)
        self.caller = Caller(url)
        self.experiment = experiment
        self.stopping = threading.Event()
        self.spans: dict[str, int] = {}
        self.assessments: dict[str, str] = {}
        self.refused: list[str] = []

    def run(self):
        while not self.stopping.is_set():
            try:
                self.send_one()
            except httpx.TransportError:
                return

    def send_one(self):
        otel_id = spans.new_trace()
        batch = [
            spans.span(otel_id, id=number, parent=1 if number > 1 else None, name=f"step {number}")
            for number in range(1, SPANS_PER_BATCH + 1)
        ]
        answer = self.caller.append_spans(self.experiment, spans.protobuf(batch))
        if answer.status_code != 200:
            return self.note(answer)
        trace_id = f"tr-{otel_id}"
        self.spans[trace_id] = SPANS_PER_BATCH
        feedback = {
            "assessment_name": "quality",
            "source": {"source_type": "CODE", "source_id": "crash"},
            "feedback": {"value": 1},
        }
        path = f"/api/3.0/mlflow/traces/{trace_id}/assessments"
        answer = self.caller.ask("POST", path, json={"assessment": feedback})
        if answer.status_code != 200:
            return self.note(answer)
        self.assessments[answer.json()["assessment"]["assessment_id"]] = trace_id

    def note(self, answer):
        if "RESOURCE_EXHAUSTED" not in answer.text:
            self.refused.append(f"{answer.status_code} {answer.text[:200]}")


def stored(caller: Caller, trace_ids: list[str]) -> dict[str, dict]:
    """The traces on the server, by id."""
    found = {}
    for start in range(0, len(trace_ids), BATCH_GET_MAX):
        params = {"trace_ids": trace_ids[start : start + BATCH_GET_MAX]}
        told = caller.ok("GET", "/api/3.0/mlflow/traces/batchGet", params=params)
        found |= {trace["trace_info"]["trace_id"]: trace for trace in told.get("traces", [])}
    return found


def lost(caller: Caller, writers: list[Writer]) -> list[str]:
    """One line for each acknowledged item that is missing."""
    promised = {trace_id: count for writer in writers for trace_id, count in writer.spans.items()}
    found = stored(caller, list(promised))
    gone = [
        f"{trace_id}: {len(found.get(trace_id, {}).get('spans', []))} of {count} spans"
        for trace_id, count in promised.items()
        if len(found.get(trace_id, {}).get("spans", [])) != count
    ]
    kept = {
        assessment["assessment_id"]
        for trace in found.values()
        for assessment in trace["trace_info"].get("assessments", [])
    }
    judged = {each for writer in writers for each in writer.assessments}
    return gone + [f"assessment {each}" for each in sorted(judged - kept)]


def test_everything_acknowledged_survives_sigkill(start_server):
    seed = int(os.environ.get("KANSOKU_SEED") or random.SystemRandom().randrange(2**32))
    print(f"KANSOKU_SEED={seed}")
    dice = random.Random(seed)
    server = start_server()
    experiment = Caller(server.url).experiment("crash")
    acknowledged = 0
    every_writer = []
    for number in range(1, ROUNDS + 1):
        writers = [Writer(server.url, experiment) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(dice.uniform(*RUN_S))
        server.kill()
        for writer in writers:
            writer.stopping.set()
            writer.join(30)
            assert writer.refused == [], f"round {number}, KANSOKU_SEED={seed}"
        server.start()
        told = lost(Caller(server.url), writers)
        assert told == [], f"round {number} lost what it had acknowledged, KANSOKU_SEED={seed}"
        acknowledged += sum(len(writer.spans) for writer in writers)
        every_writer += writers
    assert acknowledged > ROUNDS, "the writers hardly got to write; the rounds prove little"
    assert lost(Caller(server.url), every_writer) == [], f"KANSOKU_SEED={seed}"


def test_a_trace_interrupted_by_a_crash_is_completed_by_sending_it_again(start_server):
    server = start_server()
    caller = Caller(server.url)
    experiment = caller.experiment("crash")
    otel_id = spans.new_trace()
    batch = spans.protobuf([spans.span(otel_id), spans.span(otel_id, id=2, parent=1, name="child")])
    assert caller.append_spans(experiment, batch).status_code == 200
    server.kill()
    server.start()
    caller = Caller(server.url)
    assert caller.append_spans(experiment, batch).status_code == 200
    five_traces.start(caller, experiment, otel_id, 0, "OK", execution_duration="0.1s")
    told = stored(caller, [f"tr-{otel_id}"])
    assert [span["name"] for span in told[f"tr-{otel_id}"]["spans"]] == ["root", "child"]
