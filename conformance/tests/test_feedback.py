"""Feedback: values of every kind, errors, replacement, and finding the trace by its request id."""

import uuid

import mlflow
import pytest
from mlflow.entities import AssessmentSource, Feedback

from kit.client import needs_v3
from kit.traces import record, stored

pytestmark = needs_v3("assessments")

HUMAN = AssessmentSource(source_type="HUMAN", source_id="kim@example.com")


def ready(name: str = "assessed") -> str:
    """The id of a trace that has reached the server."""
    return stored(record(name)).info.trace_id


def assessments(trace_id: str) -> dict:
    return {one.name: one for one in stored(trace_id).info.assessments}


@pytest.mark.parametrize("value", [0.75, 3, True, False, "fine", "日本", {"a": 1, "b": "x"}, ["x", 2]],
                         ids=["float", "int", "true", "false", "text", "unicode", "object", "list"])
def test_a_value_is_returned_as_it_was_given(value):
    trace_id = ready()
    mlflow.log_feedback(trace_id=trace_id, name="score", value=value)
    back = assessments(trace_id)["score"].feedback.value
    assert back == value
    assert isinstance(back, type(value)) or isinstance(value, int)


def test_source_rationale_metadata_and_span_are_kept():
    trace_id = ready()
    span_id = stored(trace_id).data.spans[0].span_id
    logged = mlflow.log_feedback(trace_id=trace_id, name="relevance", value=True, source=HUMAN, rationale="to the point",
                                 metadata={"ticket": "42"}, span_id=span_id)
    kept = assessments(trace_id)["relevance"]
    assert kept.assessment_id == logged.assessment_id
    assert (kept.source.source_type, kept.source.source_id) == ("HUMAN", "kim@example.com")
    assert kept.rationale == "to the point"
    assert kept.metadata["ticket"] == "42"
    assert kept.span_id == span_id
    assert kept.create_time_ms > 0


def test_an_error_replaces_the_value():
    trace_id = ready()
    mlflow.log_feedback(trace_id=trace_id, name="judge", error=ValueError("judge gave up"))
    kept = assessments(trace_id)["judge"]
    assert kept.feedback.value is None
    assert kept.error.error_code == "ValueError"
    assert kept.error.error_message == "judge gave up"


def test_feedback_is_read_changed_and_deleted_by_its_id():
    trace_id = ready()
    logged = mlflow.log_feedback(trace_id=trace_id, name="tone", value="cold", rationale="first")
    assert mlflow.get_assessment(trace_id, logged.assessment_id).feedback.value == "cold"

    mlflow.update_assessment(trace_id, logged.assessment_id,
                             Feedback(name="tone", value="warm", rationale="second", source=logged.source))
    changed = mlflow.get_assessment(trace_id, logged.assessment_id)
    assert (changed.feedback.value, changed.rationale) == ("warm", "second")
    assert changed.last_update_time_ms >= changed.create_time_ms

    mlflow.delete_assessment(trace_id, logged.assessment_id)
    assert assessments(trace_id) == {}
    with pytest.raises(mlflow.exceptions.MlflowException) as refusal:
        mlflow.get_assessment(trace_id, logged.assessment_id)
    assert refusal.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_the_same_name_may_be_given_twice():
    trace_id = ready()
    for value in (1, 2):
        mlflow.log_feedback(trace_id=trace_id, name="stars", value=value, source=HUMAN)
    values = [one.feedback.value for one in stored(trace_id).info.assessments]
    assert sorted(values) == [1, 2]


def test_an_override_replaces_what_it_overrides():
    trace_id = ready()
    first = mlflow.log_feedback(trace_id=trace_id, name="correct", value=False)
    second = mlflow.override_feedback(trace_id=trace_id, assessment_id=first.assessment_id, value=True, source=HUMAN,
                                      rationale="checked by hand")
    old = mlflow.get_assessment(trace_id, first.assessment_id)
    new = mlflow.get_assessment(trace_id, second.assessment_id)
    assert new.overrides == first.assessment_id
    assert (old.valid, new.valid) == (False, True)
    assert new.feedback.value is True


def test_deleting_an_override_brings_the_first_back():
    trace_id = ready()
    first = mlflow.log_feedback(trace_id=trace_id, name="correct", value=False)
    second = mlflow.override_feedback(trace_id=trace_id, assessment_id=first.assessment_id, value=True)
    mlflow.delete_assessment(trace_id, second.assessment_id)
    assert mlflow.get_assessment(trace_id, first.assessment_id).valid is True


def test_log_assessment_takes_a_feedback_object():
    trace_id = ready()
    mlflow.log_assessment(trace_id, Feedback(name="helpful", value="very", source=HUMAN))
    assert assessments(trace_id)["helpful"].feedback.value == "very"


def test_feedback_on_a_trace_that_does_not_exist_is_refused():
    with pytest.raises(mlflow.exceptions.MlflowException) as refusal:
        mlflow.log_feedback(trace_id="tr-00000000000000000000000000000000", name="x", value=1)
    assert refusal.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_a_second_process_finds_a_trace_by_its_client_request_id_and_gives_feedback(process, experiment):
    request_id = f"req-{uuid.uuid4()}"
    trace_id = ready_with(request_id)
    seen = process.run(
        """
        import mlflow
        from mlflow.entities import AssessmentSource
        mlflow.set_experiment(experiment_id=given["experiment_id"])
        traces = mlflow.search_traces(filter_string=f"attributes.client_request_id = '{given['request_id']}'",
                                      return_type="list")
        for trace in traces:
            mlflow.log_feedback(trace_id=trace.info.trace_id, name="thumbs", value=True, rationale="from the user",
                                source=AssessmentSource(source_type="HUMAN", source_id="end-user"))
        answer([trace.info.trace_id for trace in traces])
        """,
        request_id=request_id, experiment_id=experiment.experiment_id,
    )
    assert seen == [trace_id]
    thumbs = assessments(trace_id)["thumbs"]
    assert (thumbs.feedback.value, thumbs.rationale, thumbs.source.source_id) == (True, "from the user", "end-user")


def ready_with(request_id: str) -> str:
    return stored(record("chat", client_request_id=request_id)).info.trace_id
