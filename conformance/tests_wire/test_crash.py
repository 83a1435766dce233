"""Acknowledged data survives SIGKILL at any time.

Writers send spans and assessments, add records to a dataset, and complete items
of a review queue, while the server is repeatedly killed at a random moment and
started again on the same folder. The seed is printed; `KANSOKU_SEED=<seed>`
replays it.
"""

import json
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

    def __init__(self, url: str, experiment: str, dataset: str, queue: str):
        super().__init__(daemon=True)
        self.caller = Caller(url)
        self.experiment = experiment
        self.dataset = dataset
        self.queue = queue
        self.stopping = threading.Event()
        self.spans: dict[str, int] = {}
        self.assessments: dict[str, str] = {}
        self.records: list[str] = []
        self.completed: list[str] = []
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
        self.add_record(trace_id)
        self.complete_item(trace_id)

    def add_record(self, trace_id: str):
        records = [{"inputs": {"trace": trace_id}, "expectations": {"expected_response": "x"}}]
        path = f"/api/3.0/mlflow/datasets/{self.dataset}/records"
        answer = self.caller.ask("POST", path, json={"records": json.dumps(records)})
        if answer.status_code != 200:
            return self.note(answer)
        self.records.append(trace_id)

    def complete_item(self, trace_id: str):
        path = "/api/3.0/mlflow/review-queues/items"
        item = {"queue_id": self.queue, "item_type": "TRACE", "item_ids": [trace_id]}
        done = {"queue_id": self.queue, "item_id": trace_id, "status": "COMPLETE", "completed_by": "ana"}
        for call, body in (("add", item), ("set-status", done)):
            answer = self.caller.ask("POST", f"{path}/{call}", json=body)
            if answer.status_code != 200:
                return self.note(answer)
        self.completed.append(trace_id)

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


def all_pages(caller: Caller, path: str, params: dict, items) -> list[dict]:
    """The items of all pages of a list; `items` reads them from a response."""
    found, token = [], ""
    while True:
        page = caller.ok("GET", path, params=params | ({"page_token": token} if token else {}))
        found += items(page)
        token = page.get("next_page_token", "")
        if not token:
            return found


def lost_records(caller: Caller, writers: list[Writer]) -> list[str]:
    promised = {trace_id for writer in writers for trace_id in writer.records}
    path = f"/api/3.0/mlflow/datasets/{writers[0].dataset}/records"
    found = all_pages(caller, path, {"max_results": 1000}, lambda page: json.loads(page["records"]))
    kept = {record["inputs"]["trace"] for record in found if record["expectations"] == {"expected_response": "x"}}
    return [f"record of {trace_id}" for trace_id in sorted(promised - kept)]


def lost_items(caller: Caller, writers: list[Writer]) -> list[str]:
    promised = {trace_id for writer in writers for trace_id in writer.completed}
    params = {"queue_id": writers[0].queue, "status": "COMPLETE", "max_results": 100}
    path = "/api/3.0/mlflow/review-queues/items/list"
    found = all_pages(caller, path, params, lambda page: page.get("items", []))
    kept = {item["item_id"] for item in found if item["completed_by"] == "ana"}
    return [f"completed item {trace_id}" for trace_id in sorted(promised - kept)]


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
    gone += [f"assessment {each}" for each in sorted(judged - kept)]
    return gone + lost_records(caller, writers) + lost_items(caller, writers)


def test_everything_acknowledged_survives_sigkill(start_server):
    seed = int(os.environ.get("KANSOKU_SEED") or random.SystemRandom().randrange(2**32))
    print(f"KANSOKU_SEED={seed}")
    dice = random.Random(seed)
    server = start_server()
    caller = Caller(server.url)
    experiment = caller.experiment("crash")
    dataset = {"name": "golden", "experiment_ids": [experiment]}
    dataset = caller.ok("POST", "/api/3.0/mlflow/datasets/create", json=dataset)["dataset"]["dataset_id"]
    queue = {"experiment_id": experiment, "name": "crash", "queue_type": "CUSTOM", "users": ["ana"]}
    queue = caller.ok("POST", "/api/3.0/mlflow/review-queues/create", json=queue)["review_queue"]["queue_id"]
    acknowledged = 0
    every_writer = []
    for number in range(1, ROUNDS + 1):
        writers = [Writer(server.url, experiment, dataset, queue) for _ in range(WRITERS)]
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
        acknowledged += sum(len(writer.completed) for writer in writers)
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
