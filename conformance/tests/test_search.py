"""Search finds traces by all data that an application can set on them."""

import uuid

import mlflow
import pytest

from kit.client import needs, needs_v3
from kit.traces import found, found_ids, record, stored

pytestmark = needs_v3("the v2 search route of 3.1 knows few of these fields; see test_search_v2.py")


def test_by_client_request_id():
    request_id = f"req-{uuid.uuid4()}"
    wanted = record("wanted", client_request_id=request_id)
    record("other", client_request_id="something else")
    assert found_ids(f"attributes.client_request_id = '{request_id}'") == {wanted}
    assert found_ids("client_request_id LIKE 'req-%'") == {wanted}


def test_by_tag():
    gold, silver, plain = record("a", tags={"tier": "gold"}), record("b", tags={"tier": "silver"}), record("c")
    assert found_ids("tags.tier = 'gold'") == {gold}
    assert found_ids("tags.tier != 'gold'") == {silver}
    assert found_ids("tags.tier LIKE '%l%'") == {gold, silver}
    assert plain in found_ids()


@needs(client="3.17", why="the client's own check knows IS NULL only since then")
def test_by_absence_of_a_tag():
    record("a", tags={"tier": "gold"})
    plain = record("c")
    assert found_ids("tags.tier IS NULL") == {plain}


def test_by_session_and_user():
    one = record("one", metadata={"mlflow.trace.session": "s-1", "mlflow.trace.user": "alice"})
    two = record("two", metadata={"mlflow.trace.session": "s-1", "mlflow.trace.user": "bob"})
    record("three", metadata={"mlflow.trace.session": "s-2", "mlflow.trace.user": "bob"})
    assert found_ids("metadata.`mlflow.trace.session` = 's-1'") == {one, two}
    assert found_ids("metadata.`mlflow.trace.session` = 's-1' AND metadata.`mlflow.trace.user` = 'bob'") == {two}
    assert found_ids("request_metadata.`mlflow.trace.user` = 'alice'") == {one}


def test_by_environment_metadata():
    new = record("new", metadata={"app.version": "2.0", "mlflow.source.name": "agent"})
    record("old", metadata={"app.version": "1.0", "mlflow.source.name": "agent"})
    assert found_ids("metadata.app.version = '2.0' AND metadata.`mlflow.source.name` = 'agent'") == {new}


def test_by_name_and_state():
    fine = record("chat")
    with pytest.raises(RuntimeError), mlflow.start_span(name="chat") as span:
        raise RuntimeError("no")
    record("embed")
    assert found_ids("attributes.name = 'chat'") == {fine, span.trace_id}
    assert found_ids("attributes.name = 'chat' AND attributes.status = 'OK'") == {fine}
    assert found_ids("status = 'ERROR'") == {span.trace_id}


def test_by_time_and_duration():
    start = 1_700_000_000_000_000_000
    ids = []
    for n, seconds in enumerate((1, 5, 20)):
        span = mlflow.start_span_no_context(name=f"t{n}", start_time_ns=start + n * 60_000_000_000)
        span.end(end_time_ns=start + n * 60_000_000_000 + seconds * 1_000_000_000)
        ids.append(span.trace_id)
    assert found_ids("attributes.timestamp_ms >= 1700000060000") == {ids[1], ids[2]}
    assert found_ids("timestamp_ms > 1700000000000 AND timestamp_ms < 1700000120000") == {ids[1]}
    assert found_ids("attributes.execution_time_ms > 4000") == {ids[1], ids[2]}
    assert found_ids("execution_time_ms <= 1000") == {ids[0]}


@needs(client="3.6", why="span filters")
def test_by_span_name_type_and_content():
    with mlflow.start_span(name="root") as root:
        with mlflow.start_span(name="look-up", span_type="RETRIEVER") as span:
            span.set_inputs({"query": "kansoku means observation"})
    record("other")
    assert found_ids("span.name = 'look-up'") == {root.trace_id}
    assert found_ids("span.type = 'RETRIEVER'") == {root.trace_id}
    assert found_ids("span.name = 'look-up' AND span.type = 'RETRIEVER'") == {root.trace_id}
    assert found_ids("span.name = 'root' AND span.type = 'RETRIEVER'") == set()


@needs(client="3.17", why="text filters")
def test_by_text_of_a_span():
    with mlflow.start_span(name="root") as root:
        root.set_inputs({"query": "Kansoku means observation"})
    record("other")
    assert found_ids("trace.text LIKE '%means observation%'") == {root.trace_id}
    assert found_ids("span.content ILIKE '%KANSOKU MEANS%'") == {root.trace_id}
    assert found_ids("trace.text LIKE '%nothing of the kind%'") == set()


@needs(client="3.6", why="assessment filters")
def test_by_feedback_and_expectation():
    good, bad, silent = record("good"), record("bad"), record("silent")
    stored(silent)
    mlflow.log_feedback(trace_id=good, name="quality", value=0.9)
    mlflow.log_feedback(trace_id=bad, name="quality", value=0.1)
    mlflow.log_feedback(trace_id=good, name="verdict", value="yes")
    mlflow.log_expectation(trace_id=bad, name="answer", value="paris")
    assert found_ids("feedback.verdict = 'yes'") == {good}
    assert found_ids("expectation.answer = 'paris'") == {bad}


@needs(client="3.17", why="numeric comparison of feedback")
def test_by_the_number_in_a_feedback():
    good, bad = record("good"), record("bad")
    stored(bad)
    mlflow.log_feedback(trace_id=good, name="quality", value=0.9)
    mlflow.log_feedback(trace_id=bad, name="quality", value=0.1)
    assert found_ids("feedback.quality > 0.5") == {good}
    assert found_ids("feedback.quality <= 0.1") == {bad}


def test_by_trace_id():
    one, two = record("one"), record("two")
    record("three")
    assert found_ids(f"request_id IN ('{one}', '{two}')") == {one, two}
    assert found_ids(f"attributes.request_id = '{two}'") == {two}


def test_a_search_without_matches_is_empty():
    record("one")
    assert found("tags.nobody = 'has this'") == []


def test_a_filter_that_cannot_be_read_is_refused():
    with pytest.raises(mlflow.exceptions.MlflowException) as refusal:
        found("state = 'OK'")
    assert refusal.value.error_code == "INVALID_PARAMETER_VALUE"


def test_experiments_do_not_see_each_others_traces(new_name, experiment):
    mine = record("mine", tags={"shared": "yes"})
    other = mlflow.set_experiment(new_name("other"))
    theirs = record("theirs", tags={"shared": "yes"})
    assert found_ids("tags.shared = 'yes'") == {theirs}
    both = [experiment.experiment_id, other.experiment_id]
    assert found_ids("tags.shared = 'yes'", experiment_ids=both) == {mine, theirs}


def test_spans_come_with_the_search_unless_declined():
    record("one")
    (full,) = found()
    assert [span.name for span in full.data.spans if span.parent_id is None] == ["one"]
    (bare,) = found(include_spans=False)
    assert bare.data.spans == []
    assert bare.info.trace_id == full.info.trace_id
