"""Functions made with @scorer: registered and started by MLflow's client, and run by kansoku-worker."""

import json
import os
import subprocess
import sys
import urllib.request
import uuid

import mlflow
import pytest
from mlflow.entities import Feedback
from mlflow.genai.scorers import ScorerSamplingConfig, get_scorer, list_scorers, scorer

from kit.poll import eventually
from kit.server import Server, clean_env, is_reference

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server scores after minutes")

ALL = ScorerSamplingConfig(sample_rate=1.0)


@scorer
def is_short(inputs, outputs, trace):
    from mlflow.entities import Feedback

    spans = len(trace.search_spans())
    return Feedback(value=len(outputs) < 10, rationale=f"{inputs['question']} {spans}", metadata={"k": "v"})


@scorer
def length(outputs):
    return len(outputs)


@scorer
def breaks(outputs):
    raise ValueError(f"no {outputs}")


@scorer(timeout=1)
def hangs(outputs):
    import time

    time.sleep(600)


@scorer
def turns(session):
    from mlflow.entities import Feedback

    asked = [trace.data.spans[0].inputs["question"] for trace in session]
    return Feedback(value=len(session), rationale=" ".join(asked))


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server that needs tokens, for a client that may load scorers."""
    server = Server(tmp_path / "data", ("--session-idle-s", "2")).start()
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", server.token())
    # The client loads a scorer again once it is started, and asks this before it runs code.
    monkeypatch.setenv("MLFLOW_SERVER_ENABLE_CUSTOM_SCORERS", "true")
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(server.url)
    yield server
    mlflow.flush_trace_async_logging()
    mlflow.set_tracking_uri(before)
    server.stop()


@pytest.fixture
def worker(server, tmp_path):
    """Starts workers, and ends them."""
    done = subprocess.run(
        [server.binary(), "token", "create", "--name", "worker", "--scope", "worker", "--data", str(server.data)],
        env=clean_env(), text=True, capture_output=True, check=True,
    )
    env = clean_env() | {"KANSOKU_TOKEN": done.stdout.strip().splitlines()[-1]}
    started = []

    def start() -> subprocess.Popen:
        log = open(tmp_path / "worker.log", "ab")
        command = [sys.executable, "-m", "kansoku_worker", "--url", server.url, "--parallel", "2"]
        started.append(subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=tmp_path))
        return started[-1]

    yield start
    for process in started:
        process.terminate()
        assert process.wait(30) == 0, (tmp_path / "worker.log").read_text()


def ask(answer: str, question: str = "why?", session: str | None = None) -> str:
    """One request of an agent; returns the trace's id."""
    with mlflow.start_span("agent", span_type="AGENT") as span:
        if session:
            mlflow.update_current_trace(metadata={"mlflow.trace.session": session})
        span.set_inputs({"question": question})
        span.set_outputs(answer)
    mlflow.flush_trace_async_logging()
    return span.trace_id


def feedback(trace_id: str, name: str) -> Feedback:
    """The feedback of a scorer, when it is there."""

    def find():
        found = [one for one in mlflow.get_trace(trace_id).info.assessments if one.name == name]
        assert len(found) < 2, "the scorer assessed the trace twice"
        return found[0] if found else None

    found = eventually(find, seconds=60)
    assert found, f"`{name}` gave no feedback"
    return found


def listed(server: Server, experiment: str) -> dict[str, dict]:
    request = urllib.request.Request(
        f"{server.url}/api/3.0/kansoku/experiments/{experiment}/scorers",
        headers={"Authorization": f"Bearer {os.environ['MLFLOW_TRACKING_TOKEN']}"},
    )
    with urllib.request.urlopen(request) as answer:
        return {one["name"]: one for one in json.load(answer)["scorers"]}


def test_functions_score_what_agents_send_once_a_worker_is_there(server, worker):
    experiment = mlflow.set_experiment(f"python-{uuid.uuid4().hex[:12]}").experiment_id
    for function in (is_short, length, breaks, hangs):
        function.register(experiment_id=experiment).start(sampling_config=ALL)
    # A client that lists scorers would run their code.
    assert list_scorers(experiment_id=experiment) == []
    assert get_scorer(name="length", experiment_id=experiment)(outputs="four") == 4

    trace = ask("brief")
    waiting = eventually(lambda: listed(server, experiment)["length"]["waiting"] == 1, seconds=30)
    assert waiting
    before = listed(server, experiment)["length"]
    assert (before["kind"], before["problem"]) == ("python", "no worker is connected; start `kansoku-worker`")

    worker()
    short = feedback(trace, "is_short")
    assert (short.value, short.rationale, short.error) == (True, "why? 1", None)
    assert short.metadata["k"] == "v"
    assert short.metadata["mlflow.assessment.scorerName"] == "is_short"
    assert short.metadata["mlflow.assessment.scorerVersion"] == "1"
    number = feedback(trace, "length")
    assert number.value == 5 and (number.source.source_type, number.source.source_id) == ("CODE", "length")
    broken = feedback(trace, "breaks")
    assert broken.value is None and broken.error.error_message == "no brief"
    assert "ValueError" in broken.error.stack_trace
    slow = feedback(trace, "hangs")
    assert slow.value is None and "1 s" in slow.error.error_message
    assert listed(server, experiment)["length"]["problem"] is None


def test_a_function_scores_a_session_that_is_idle(server, worker):
    experiment = mlflow.set_experiment(f"python-{uuid.uuid4().hex[:12]}").experiment_id
    turns.register(experiment_id=experiment).start(sampling_config=ALL)
    worker()
    session = uuid.uuid4().hex
    first = ask("one", "who?", session)
    second = ask("two", "when?", session)
    # If the second trace came late, the first was scored alone before.
    eventually(lambda: feedback(first, "turns").value == 2, seconds=60)
    scored = feedback(first, "turns")
    assert (scored.value, scored.rationale) == (2, "who? when?")
    assert scored.metadata["mlflow.trace.session"] == session
    assert not mlflow.get_trace(second).info.assessments


def test_a_restart_of_the_server_loses_no_job(server, worker):
    experiment = mlflow.set_experiment(f"python-{uuid.uuid4().hex[:12]}").experiment_id
    length.register(experiment_id=experiment).start(sampling_config=ALL)
    worker()
    first = ask("one")
    assert feedback(first, "length").value == 3
    second = ask("three")
    server.restart()
    assert feedback(second, "length").value == 5
