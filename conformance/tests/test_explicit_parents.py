"""Spans with explicit parents, times and ends."""

import time

import mlflow

from kit.client import needs
from kit.traces import flush, parents, spans_by_name, stored


def test_spans_without_context_take_the_parent_they_are_given():
    root = mlflow.start_span_no_context(name="root", inputs={"q": 1}, span_type="AGENT")
    first = mlflow.start_span_no_context(name="first", parent_span=root)
    second = mlflow.start_span_no_context(name="second", parent_span=root, span_type="TOOL")
    grandchild = mlflow.start_span_no_context(name="grandchild", parent_span=first, inputs={"x": "y"})
    # Spans may end in any order: the first child ends after its sibling and its own child.
    grandchild.end(outputs="z")
    second.end()
    first.end(attributes={"late": True})
    root.end(outputs={"a": 2})

    trace = stored(root.trace_id)
    assert parents(trace) == {"root": None, "first": "root", "second": "root", "grandchild": "first"}
    spans = spans_by_name(trace)
    assert spans["root"].outputs == {"a": 2}
    assert spans["first"].attributes["late"] is True
    assert spans["grandchild"].inputs == {"x": "y"}
    assert spans["second"].span_type == "TOOL"


def test_tags_given_at_the_start_are_on_the_trace():
    span = mlflow.start_span_no_context(name="tagged", tags={"team": "search"})
    span.end()
    assert stored(span.trace_id).info.tags["team"] == "search"


def test_an_explicit_status_decides_the_state_of_the_trace():
    span = mlflow.start_span_no_context(name="refused")
    span.end(status="ERROR")
    trace = stored(span.trace_id)
    assert trace.info.state == "ERROR"
    assert trace.data.spans[0].status.status_code == "ERROR"


def test_explicit_start_and_end_times_are_kept_to_the_nanosecond():
    start = time.time_ns() - 5_000_000_000
    span = mlflow.start_span_no_context(name="earlier", start_time_ns=start)
    span.end(end_time_ns=start + 1_234_000_007)
    trace = stored(span.trace_id)
    assert trace.data.spans[0].start_time_ns == start
    assert trace.data.spans[0].end_time_ns == start + 1_234_000_007
    assert trace.info.request_time == start // 1_000_000
    assert trace.info.execution_duration in (1234, 1235)


def test_a_trace_may_go_to_an_experiment_that_is_not_the_active_one(new_name, experiment):
    other = mlflow.set_experiment(new_name("other"))
    mlflow.set_experiment(experiment_id=experiment.experiment_id)
    span = mlflow.start_span_no_context(name="elsewhere", experiment_id=other.experiment_id)
    span.end()
    assert stored(span.trace_id).info.experiment_id == other.experiment_id


@needs(full=True, why="MlflowClient")
def test_the_client_object_starts_and_ends_traces_and_spans():
    client = mlflow.MlflowClient()
    root = client.start_trace("pipeline", inputs={"n": 1}, tags={"kind": "batch"})
    child = client.start_span("load", trace_id=root.trace_id, parent_id=root.span_id, span_type="TOOL")
    client.end_span(root.trace_id, child.span_id, outputs=[1])
    client.end_trace(root.trace_id, outputs={"n": 2})

    flush()
    trace = client.get_trace(root.trace_id)
    assert parents(trace) == {"pipeline": None, "load": "pipeline"}
    assert trace.info.tags["kind"] == "batch"
    assert spans_by_name(trace)["pipeline"].outputs == {"n": 2}


def test_a_trace_logged_after_the_fact_is_complete():
    trace_id = mlflow.log_trace(name="imported", request="hi", response="ho",
                                intermediate_outputs={"retrieved": ["a", "b"]}, tags={"source": "import"})
    trace = stored(trace_id)
    assert trace.info.tags["source"] == "import"
    root = spans_by_name(trace)["imported"]
    assert (root.inputs, root.outputs) == ("hi", "ho")
    assert trace.data.intermediate_outputs == {"retrieved": ["a", "b"]}
