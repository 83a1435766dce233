"""Expectations: the ground truth of a trace."""

import mlflow
import pytest
from mlflow.entities import AssessmentSource, Expectation

from kit.client import needs_v3
from kit.traces import record, stored

pytestmark = needs_v3("assessments")


def ready() -> str:
    return stored(record("expected")).info.trace_id


@pytest.mark.parametrize("value", ["paris", 42, 1.5, True, ["a", "b"], {"facts": ["x"], "n": {"deep": 1}}],
                         ids=["text", "int", "float", "bool", "list", "object"])
def test_a_value_is_returned_as_it_was_given(value):
    trace_id = ready()
    mlflow.log_expectation(trace_id=trace_id, name="answer", value=value)
    (kept,) = stored(trace_id).info.assessments
    assert kept.name == "answer"
    assert kept.expectation.value == value


def test_an_expectation_is_changed_and_deleted_by_its_id():
    trace_id = ready()
    logged = mlflow.log_expectation(trace_id=trace_id, name="answer", value="rome",
                                    source=AssessmentSource(source_type="HUMAN", source_id="kim"))
    mlflow.update_assessment(trace_id, logged.assessment_id, Expectation(name="answer", value="paris"))
    assert mlflow.get_assessment(trace_id, logged.assessment_id).expectation.value == "paris"
    mlflow.delete_assessment(trace_id, logged.assessment_id)
    assert stored(trace_id).info.assessments == []


def test_log_assessment_takes_an_expectation_object():
    trace_id = ready()
    mlflow.log_assessment(trace_id, Expectation(name="tools", value=["search", "calculator"]))
    (kept,) = stored(trace_id).info.assessments
    assert kept.expectation.value == ["search", "calculator"]


def test_feedback_does_not_become_an_expectation():
    trace_id = ready()
    logged = mlflow.log_feedback(trace_id=trace_id, name="mood", value="good")
    with pytest.raises(mlflow.exceptions.MlflowException) as refusal:
        mlflow.update_assessment(trace_id, logged.assessment_id, Expectation(name="mood", value="good"))
    assert refusal.value.error_code == "INVALID_PARAMETER_VALUE"
