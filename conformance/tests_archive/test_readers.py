"""Traces of an unmodified client are in Delta tables soon after their end, as other programs read them."""

import json
import uuid
from pathlib import Path

import mlflow
import pytest

from kit.api import call
from kit.delta_readers import READERS, duck
from kit.poll import eventually
from kit.server import Server, is_reference

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server has no such archive")

TRACES = 12
# A trace is archived 10 s after its last change.
SECONDS_MAX = 60


@pytest.fixture(params=["v2", "v1"])
def archived(request, tmp_path, monkeypatch):
    """A server with an archive in a folder."""
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    folder = tmp_path / "archive"
    args = ("--archive", f"file://{folder}", "--archive-every", "1s", "--archive-layout", request.param)
    server = Server(tmp_path / "data", args).start()
    server.archive, server.layout = folder, request.param
    mlflow.set_tracking_uri(server.url)
    yield server
    server.stop()


def ask(number: int, session: str) -> str:
    """One request of an agent; returns the trace's id."""
    with mlflow.start_span("agent", span_type="AGENT") as root:
        mlflow.update_current_trace(tags={"number": str(number)}, metadata={"mlflow.trace.session": session})
        root.set_inputs({"question": f"what is {number}?"})
        with mlflow.start_span("lookup", span_type="TOOL") as tool:
            tool.set_inputs({"key": number})
            tool.set_outputs([{"value": number, "half": number / 2, "odd": number % 2 == 1}])
        root.set_outputs(f"it is {number}")
    mlflow.flush_trace_async_logging()
    return root.trace_id


def table(server: Server, experiment: str, suffix: str) -> Path:
    return server.archive / f"experiment_{experiment}_{suffix}"


def ids(server: Server, experiment: str, suffix: str, column: str = "trace_id") -> dict[str, list[str]]:
    """The values that each reader finds, sorted."""
    folder = table(server, experiment, suffix)
    return {name: sorted(read(folder, column)) for name, read in READERS.items()}


def wait_for(server: Server, experiment: str, expected: list[str]) -> None:
    """Waits until the table of traces has exactly these."""
    folder = table(server, experiment, "traces")
    found = eventually(lambda: folder.exists() and sorted(READERS["deltalake"](folder, "trace_id")) == expected,
                       seconds=SECONDS_MAX, every=1)
    assert found, server.tail()


def test_every_reader_finds_what_the_api_finds(archived):
    experiment = mlflow.set_experiment(f"archive-{uuid.uuid4().hex[:8]}").experiment_id
    traces = [ask(number, f"s-{number % 3}") for number in range(TRACES)]
    mlflow.log_feedback(trace_id=traces[0], name="good", value=True, rationale="It is.")
    wait_for(archived, experiment, sorted(traces))
    # The first may have been archived before its feedback came.
    wait_for_value(archived, experiment, traces[0], "len(assessments)", 1)
    for found in ids(archived, experiment, "traces").values():
        assert found == sorted(traces)
    hexes = sorted(trace.removeprefix("tr-") for trace in traces for _ in range(2))
    for found in ids(archived, experiment, "otel_spans").values():
        assert found == hexes
    for suffix in ("otel_logs", "otel_metrics"):
        column = "trace_id" if suffix == "otel_logs" else "name"
        assert all(found == [] for found in ids(archived, experiment, suffix, column).values())
    compare_values(archived, experiment, traces)

    # Changes arrive in the tables, too.
    call(f"{archived.url}/api/3.0/mlflow/traces/{traces[1]}/tags", {"key": "late", "value": "yes"}, "PATCH")
    mlflow.log_feedback(trace_id=traces[0], name="better", value=0.5)
    call(f"{archived.url}/api/3.0/mlflow/traces/delete-traces",
         {"experiment_id": experiment, "request_ids": [traces[2]]})
    left = sorted(set(traces) - {traces[2]})
    wait_for(archived, experiment, left)
    for found in ids(archived, experiment, "otel_spans").values():
        assert found == [one for one in hexes if one != traces[2].removeprefix("tr-")]
    wait_for_value(archived, experiment, traces[1], "tags['late']", "yes")
    wait_for_value(archived, experiment, traces[0], "len(assessments)", 2)
    compare_values(archived, experiment, [trace for trace in traces if trace != traces[2]])
    gone = traces[2].removeprefix("tr-")
    targets = ids(archived, experiment, "otel_annotations", "target_id")
    assert all(gone not in found for found in targets.values())


def wait_for_value(server: Server, experiment: str, trace: str, column: str, expected: object) -> None:
    find = lambda: rows(server, experiment, "traces", f"trace_id = '{trace}'", column)  # noqa: E731
    assert eventually(lambda: find() == [(expected,)], seconds=SECONDS_MAX, every=1), find()


def rows(server: Server, experiment: str, suffix: str, where: str, columns: str) -> list[tuple]:
    return duck().execute(f"select {columns} from delta_scan('{table(server, experiment, suffix)}') where {where}").fetchall()


def compare_values(server: Server, experiment: str, traces: list[str]) -> None:
    """The columns have what MLflow's client shows."""
    columns = ("trace_id, state, request, response, tags['number'], trace_metadata['mlflow.trace.session'], session_id, "
               "span_count, epoch_ms(request_time), execution_duration_ms, [a.name for a in assessments]")
    found = {row[0]: row[1:] for row in rows(server, experiment, "traces", "true", columns)}
    for trace in traces:
        info = mlflow.get_trace(trace).info
        state, request, response, number, session, session_id, spans, time_ms, duration, names = found[trace]
        assert (state, request, response) == (info.state.value, info.request_preview, info.response_preview)
        assert (number, session, session_id) == (info.tags["number"], *[info.trace_metadata["mlflow.trace.session"]] * 2)
        assert (spans, time_ms, duration) == (2, info.request_time, info.execution_duration)
        assert sorted(names or []) == sorted(given.name for given in info.assessments)
    key = "attributes['mlflow.spanOutputs']"
    if server.layout == "v2":
        key = 'to_json(attributes."mlflow.spanOutputs"::struct("value" integer, half double, odd boolean)[])::varchar'
    spans = rows(server, experiment, "otel_spans", "name = 'lookup'", f"trace_id, parent_span_id is null, {key}")
    assert len(spans) == len(traces)
    for hex_, is_root, outputs in spans:
        tool = next(span for span in mlflow.get_trace(f"tr-{hex_}").data.spans if span.name == "lookup")
        assert not is_root
        assert json.loads(outputs) == tool.outputs
