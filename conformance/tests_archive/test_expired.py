"""Traces that the store no longer keeps are found as before, with an unmodified client."""

import json
import uuid

import mlflow
import pytest

from kit.api import call
from kit.delta_readers import READERS
from kit.otlp import send_traces
from kit.poll import eventually
from kit.server import Server, is_reference
from kit.traces import tracing_client

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server has no such archive")

TRACES = 12
# A trace is archived 10 s after its last change.
SECONDS_MAX = 60


@pytest.fixture
def archived(tmp_path, monkeypatch):
    """A server with an archive in a folder, which applies retention each second."""
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    folder = tmp_path / "archive"
    args = ("--archive", f"file://{folder}", "--archive-every", "1s", "--upkeep-every-s", "1")
    server = Server(tmp_path / "data", args).start()
    server.archive = folder
    mlflow.set_tracking_uri(server.url)
    yield server
    server.stop()


def ask(number: int) -> str:
    """One request of an agent; returns the trace's id."""
    with mlflow.start_span("agent", span_type="AGENT") as root:
        session = f"s-{number % 3}"
        mlflow.update_current_trace(tags={"number": str(number)}, metadata={"mlflow.trace.session": session})
        root.set_inputs({"question": f"what is {number}?"})
        with mlflow.start_span("model", span_type="LLM") as model:
            model.set_attribute("mlflow.chat.tokenUsage",
                                {"input_tokens": number, "output_tokens": 1, "total_tokens": number + 1})
        root.set_outputs(f"it is {number}")
    mlflow.flush_trace_async_logging()
    return root.trace_id


def listed(server: Server, experiment: str) -> list[dict]:
    return call(f"{server.url}/api/3.0/kansoku/experiments/{experiment}/traces?max_results=100")["traces"]


def wait_until_archived(server: Server, experiment: str, traces: int) -> None:
    def are_archived() -> bool:
        rows = listed(server, experiment)
        return len(rows) == traces and all(row["is_archived"] for row in rows)

    assert eventually(are_archived, seconds=SECONDS_MAX, every=1), server.tail()


def shown(trace: str) -> dict:
    return json.loads(mlflow.get_trace(trace).to_json())


def found(experiment: str, **search) -> list[str]:
    traces = mlflow.search_traces(locations=[experiment], return_type="list", include_spans=False, **search)
    return [trace.info.trace_id for trace in traces]


def answers(experiment: str) -> dict:
    """The answers of the API that must not depend on where traces are."""
    return {
        "all": found(experiment),
        "session": found(experiment, filter_string="metadata.`mlflow.trace.session` = 's-1'"),
        "tag": found(experiment, filter_string="tag.number = '7'"),
        "span": found(experiment, filter_string="span.type = 'LLM'", max_results=3),
        "text": found(experiment, filter_string="trace.text LIKE '%what is 11%'"),
        "feedback": found(experiment, filter_string="feedback.good = 'true'"),
        "oldest": found(experiment, order_by=["timestamp_ms ASC"], max_results=5),
        "slowest": found(experiment, order_by=["execution_time DESC"]),
        "none": found(experiment, filter_string="tag.number = 'x'"),
    }


def test_expired_traces_are_found_changed_and_deleted(archived):
    experiment = mlflow.set_experiment(f"expired-{uuid.uuid4().hex[:8]}").experiment_id
    traces = [ask(number) for number in range(TRACES)]
    mlflow.log_feedback(trace_id=traces[4], name="good", value=True, rationale="It is.")
    before, asked = {trace: shown(trace) for trace in traces}, answers(experiment)
    assert len(asked["all"]) == TRACES and len(asked["feedback"]) == 1

    call(f"{archived.url}/api/2.0/mlflow/experiments/set-experiment-tag",
         {"experiment_id": experiment, "key": "kansoku.retention.maxBytes", "value": "1B"})
    wait_until_archived(archived, experiment, TRACES)
    assert {trace: shown(trace) for trace in traces} == before
    assert answers(experiment) == asked

    # One page token leads through both tiers.
    new = ask(TRACES)
    client, pages, token = tracing_client(), [], None
    while True:
        page = client.search_traces(locations=[experiment], max_results=5, page_token=token, include_spans=False)
        pages.extend(trace.info.trace_id for trace in page)
        token = page.token
        if not token:
            break
    assert pages == [new, *asked["all"]]

    # They can still be written to, and are archived again.
    mlflow.set_trace_tag(traces[0], "late", "yes")
    mlflow.log_feedback(trace_id=traces[1], name="better", value=0.5)
    send_traces(archived, experiment, {traces[2].removeprefix("tr-"): "late"})
    check_changes(traces)
    wait_until_archived(archived, experiment, TRACES + 1)
    check_changes(traces)
    assert shown(traces[3]) == before[traces[3]]

    # A deletion is seen at once, and the tables follow.
    call(f"{archived.url}/api/3.0/mlflow/traces/delete-traces",
         {"experiment_id": experiment, "request_ids": [traces[5]]})
    assert traces[5] not in found(experiment)
    assert mlflow.get_trace(traces[5]) is None
    left = sorted({*traces, new} - {traces[5]})
    folder = archived.archive / f"experiment_{experiment}_traces"
    for read in READERS.values():
        assert eventually(lambda read=read: sorted(read(folder, "trace_id")) == left, seconds=SECONDS_MAX, every=1)

    archived.stop()
    archived.start()
    assert sorted(found(experiment)) == left
    check_changes(traces)


def check_changes(traces: list[str]) -> None:
    assert mlflow.get_trace(traces[0]).info.tags["late"] == "yes"
    assert [given.name for given in mlflow.get_trace(traces[1]).info.assessments] == ["better"]
    spans = mlflow.get_trace(traces[2]).data.spans
    assert len(spans) == 3 and [span.outputs for span in spans].count("late") == 1
