"""The OpenTelemetry SDK with its OTLP/HTTP exporter, and no MLflow in the process that sends."""

import json
import subprocess
import sys
import uuid

import httpx
import mlflow
import pytest
from conftest import APPS
from kit.server import clean_env, is_reference


@pytest.fixture
def rest(server) -> httpx.Client:
    headers = {"authorization": f"Bearer {server.access_token}"} if server.access_token else {}
    return httpx.Client(base_url=server.url, headers=headers, timeout=30)


@pytest.fixture
def send(server, experiment, tmp_path):
    """Runs the service once and returns the ids it used. It is configured only by OTEL_* variables."""

    def run(*args: str, **env: str) -> dict:
        headers = f"x-mlflow-experiment-id={experiment}"
        if server.access_token:
            headers += f",authorization=Bearer%20{server.access_token}"
        done = subprocess.run(
            [sys.executable, str(APPS / "otel_service.py"), *args],
            env=clean_env()
            | {"OTEL_EXPORTER_OTLP_ENDPOINT": server.url, "OTEL_EXPORTER_OTLP_HEADERS": headers}
            | env,
            text=True,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert "Failed to export" not in done.stderr, done.stderr
        return json.loads(done.stdout)

    return run


def read(rest: httpx.Client, otel_id: str) -> dict:
    answer = rest.get("/api/3.0/mlflow/traces/get", params={"trace_id": f"tr-{otel_id}"})
    assert answer.status_code == 200, answer.text
    return answer.json()["trace"]


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_trace_is_complete_without_any_mlflow_call(send, rest, experiment, compression):
    ids = send(OTEL_EXPORTER_OTLP_COMPRESSION=compression)
    info = read(rest, ids["root"]["trace"])["trace_info"]
    assert info["state"] == "OK"
    assert info["request_time"] == "2023-11-14T22:13:20Z"
    assert info["execution_duration"] == "3.500s"
    assert info["trace_metadata"]["mlflow.trace.session"] == "basket-1"
    assert info["trace_metadata"]["mlflow.trace.user"] == "alice"
    assert info["tags"]["service.name"] == "shop"
    assert info["tags"]["deployment.environment"] == "staging"
    assert info["tags"]["mlflow.trace.spansLocation"] == "TRACKING_STORE"
    assert info["trace_location"]["mlflow_experiment"]["experiment_id"] == experiment


def test_the_client_reads_spans_as_they_were_sent(send, experiment):
    ids = send()
    trace = mlflow.get_trace(f"tr-{ids['root']['trace']}")
    assert [span.name for span in trace.data.spans] == ["place order", "look up price", "charge card"]
    root, lookup, charge = trace.data.spans
    assert [root.span_id, lookup.span_id, charge.span_id] == [
        ids[name]["span"] for name in ("root", "lookup", "charge")
    ]
    assert [span.parent_id for span in trace.data.spans] == [None, root.span_id, root.span_id]
    assert root.start_time_ns == 1_700_000_000_000_000_000
    assert root.end_time_ns == 1_700_000_003_500_000_000
    wanted = {"text": "ünï", "count": 3, "ratio": 0.5, "paid": True, "items": ["tea", "cup"], "sizes": [1, 2]}
    told = {key: root.get_attribute(key) for key in wanted}
    assert told == wanted
    assert [type(told[key]) for key in ("count", "ratio", "paid")] == [int, float, bool]


def test_statuses_events_and_exceptions_are_kept(send, experiment):
    ids = send()
    root, lookup, charge = mlflow.get_trace(f"tr-{ids['root']['trace']}").data.spans
    assert [span.status.status_code.value for span in (root, lookup, charge)] == ["UNSET", "OK", "ERROR"]
    assert charge.status.description == "ValueError: card refused"
    [miss] = lookup.events
    assert (miss.name, miss.attributes["key"], miss.timestamp) == ("cache miss", "tea", 1_700_000_001_000_000_001)
    [raised] = charge.events
    assert raised.name == "exception"
    assert raised.attributes["exception.type"] == "ValueError"
    assert raised.attributes["exception.message"] == "card refused"


def test_links_point_to_the_other_trace(send, experiment):
    ids = send()
    root = mlflow.get_trace(f"tr-{ids['root']['trace']}").data.spans[0]
    [link] = root.links
    assert link.trace_id == f"tr-{ids['earlier']['trace']}"
    assert link.span_id == ids["earlier"]["span"]
    assert link.attributes == {"reason": "same basket"}


def test_conventions_give_a_span_its_type_and_search_finds_it(send, experiment):
    ids = send()
    trace = mlflow.get_trace(f"tr-{ids['root']['trace']}")
    assert trace.data.spans[0].span_type == "AGENT"
    for filter in (
        "span.name = 'charge card' AND span.status = 'ERROR'",
        "tags.`deployment.environment` = 'staging' AND metadata.`mlflow.trace.user` = 'alice'",
        "execution_time = 3500 AND span.name = 'look up price'",
    ):
        found = mlflow.search_traces(locations=[experiment], filter_string=filter, return_type="list")
        assert [each.info.trace_id for each in found] == [trace.info.trace_id], filter


@pytest.mark.skipif(is_reference(), reason="MLflow leaves such traces without a name")
def test_the_root_span_names_the_trace(send, rest):
    ids = send()
    assert read(rest, ids["root"]["trace"])["trace_info"]["tags"]["mlflow.traceName"] == "place order"


def test_sending_every_batch_twice_changes_nothing(send, rest, experiment):
    ids = send("--twice")
    trace = read(rest, ids["root"]["trace"])
    assert len(trace["spans"]) == 3
    assert trace["trace_info"]["execution_duration"] == "3.500s"
    found = mlflow.search_traces(locations=[experiment], include_spans=False, return_type="list")
    assert len(found) == 2, "the order, and the earlier one it links to"


def test_feedback_on_such_a_trace_is_stored(send, experiment):
    ids = send()
    trace_id = f"tr-{ids['root']['trace']}"
    mlflow.log_feedback(trace_id=trace_id, name="fair", value=True, rationale=uuid.uuid4().hex)
    found = mlflow.search_traces(
        locations=[experiment], filter_string="feedback.fair = 'true'", return_type="list"
    )
    assert [trace.info.trace_id for trace in found] == [trace_id]
