"""A server that is killed at random moments while a backfill runs: every trace is scored, and once."""

import random
import time
import uuid

import mlflow
import pytest

from kit.api import call
from kit.otlp import send_traces
from kit.poll import eventually
from kit.server import Server, is_reference

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server has no backfills")

TRACES = 1_000
TRACES_OF_REQUEST = 100
CHECKS = ["short", "shorter", "shortest"]


@pytest.mark.parametrize("kills", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_server_finishes_its_backfill(tmp_path, monkeypatch, kills):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    random_ = random.Random(seed)
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    server = Server(tmp_path / "data").start()
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(server.url)
    try:
        experiment = mlflow.set_experiment(f"backfill-{uuid.uuid4().hex[:8]}").experiment_id
        for first in range(0, TRACES, TRACES_OF_REQUEST):
            send_traces(server, experiment, {f"{number + 1:032x}": "x" * (number % 7) for number in range(first, first + TRACES_OF_REQUEST)})
        scorers = f"{server.url}/api/3.0/kansoku/experiments/{experiment}/scorers"
        for number, name in enumerate(CHECKS):
            call(scorers, {"name": name, "check": {"type": "length", "max": number}})
        created = call(f"{scorers}/backfills", {"scorers": [{"scorer": name, "sample_rate": 1} for name in CHECKS]})
        assert created["selected"] == TRACES
        for _ in range(kills):
            time.sleep(random_.uniform(0, 0.1))
            server.kill()
            server.start()
        one = f"{scorers}/backfills/{created['backfill_id']}"
        done = eventually(lambda: (found := call(one))["state"] == "done" and found, seconds=60)
        assert done and done["looked_at"] == TRACES
        traces = mlflow.search_traces(locations=[experiment], return_type="list", include_spans=False, max_results=TRACES + 1)
        assert len(traces) == TRACES
        wrong = [trace.info.trace_id for trace in traces if sorted(given.name for given in trace.info.assessments) != CHECKS]
        assert not wrong
    finally:
        mlflow.set_tracking_uri(before)
        server.stop()
