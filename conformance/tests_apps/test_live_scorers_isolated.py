"""A model that hangs, with many traces waiting for its judge: everything else goes on."""

import json
import re
import uuid
from pathlib import Path

import mlflow
import pytest
from mlflow.genai import make_judge
from mlflow.genai.scorers import ScorerSamplingConfig

from kit.api import call
from kit.judge_model import JudgeModel, verdict
from kit.otlp import send_traces
from kit.poll import eventually
from kit.server import Server, is_reference

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server scores after minutes")

TRACES = 2_000
TRACES_OF_REQUEST = 100
AT_ONCE = 8
# The longest time that an endpoint may have: no judge gives up during a test.
TIMEOUT_SECONDS = 600
# Several times the memory that these jobs take.
MEMORY_MB_MAX = 400


@pytest.fixture(scope="module")
def hanging():
    with JudgeModel(lambda _: None) as running:
        yield running


@pytest.fixture(scope="module")
def answering():
    with JudgeModel(lambda _: verdict("yes")) as running:
        yield running


@pytest.fixture(scope="module")
def judging(hanging, answering, tmp_path_factory):
    """A server whose settings name both models."""
    endpoints = {
        "hanging": hanging.endpoint(max_concurrent=AT_ONCE, timeout_s=TIMEOUT_SECONDS),
        "answering": answering.endpoint(),
    }
    server = Server(tmp_path_factory.mktemp("isolated") / "data", ("--endpoints", json.dumps(endpoints))).start()
    yield server
    # Judges that hang must not delay the end of the server for long.
    assert server.stop() == 0


@pytest.fixture
def experiment(judging, monkeypatch) -> str:
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(judging.url)
    yield mlflow.set_experiment(f"isolated-{uuid.uuid4().hex[:12]}").experiment_id
    mlflow.flush_trace_async_logging()
    mlflow.set_tracking_uri(before)


def send_many(server: Server, experiment: str) -> None:
    for first in range(1, TRACES + 1, TRACES_OF_REQUEST):
        numbers = range(first, first + TRACES_OF_REQUEST)
        send_traces(server, experiment, {f"{number:032x}": f"answer {number}" for number in numbers})


def start_judge(experiment: str, name: str) -> None:
    judge = make_judge(name=name, instructions="Is {{ outputs }} good?", model=f"gateway:/{name}", feedback_value_type=str)
    judge.register(experiment_id=experiment).start(sampling_config=ScorerSamplingConfig(sample_rate=1.0))


def count_waiting(server: Server, experiment: str) -> dict[str, int]:
    listed = call(f"{server.url}/api/3.0/kansoku/experiments/{experiment}/scorers")["scorers"]
    return {scorer["name"]: scorer["waiting"] for scorer in listed}


def peak_memory_mb(server: Server) -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB", status, re.M).group(1)) / 1024


def feedback(trace: str) -> dict:
    return {one.name: one.value for one in mlflow.get_trace(trace).info.assessments}


def ask(answers: list[str]) -> list[str]:
    """Requests of an agent; returns the ids of the traces."""
    traces = []
    for answer in answers:
        with mlflow.start_span("agent") as span:
            span.set_outputs(answer)
        traces.append(span.trace_id)
    mlflow.flush_trace_async_logging()
    return traces


def test_a_model_that_hangs_stops_neither_ingest_nor_reads_nor_the_judges_of_another(judging, hanging, answering, experiment):
    start_judge(experiment, "hanging")
    send_many(judging, experiment)
    assert eventually(lambda: count_waiting(judging, experiment) == {"hanging": TRACES}, seconds=120, every=0.2)
    assert eventually(lambda: hanging.asked == AT_ONCE)

    [trace] = ask(["one more"])
    assert mlflow.get_trace(trace).data.spans[0].outputs == "one more"
    found = mlflow.search_traces(locations=[experiment], max_results=5, return_type="list")
    assert trace in [one.info.trace_id for one in found]

    start_judge(experiment, "answering")
    judged = ask([f"answer of {number}" for number in range(20)])
    assert all(eventually(lambda trace=trace: feedback(trace), seconds=30) == {"answering": "yes"} for trace in judged)
    expected = {"answering": 0, "hanging": TRACES + 1 + len(judged)}
    assert eventually(lambda: count_waiting(judging, experiment) == expected)
    assert hanging.asked == AT_ONCE
    assert peak_memory_mb(judging) < MEMORY_MB_MAX
