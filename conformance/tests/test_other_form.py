"""A trace written in one form can be read in the other."""

import pytest

from kit.client import FORM, at_least, needs
from kit.server import is_reference
from kit.traces import found, found_ids, record, stored

OTHER = "plain" if FORM == "databricks" else "databricks"

pytestmark = pytest.mark.skipif(is_reference(), reason="the reference server does not speak databricks form")

both_ways = needs(client="3.2", why="3.1 in plain form gives its traces ids that only plain form reads")


@both_ways
def test_a_trace_written_in_this_form_is_found_and_read_in_the_other(process, experiment):
    trace_id = record("crossing", tags={"way": "out"}, client_request_id="crossing-1")
    stored(trace_id)
    seen = process.run(
        """
        import mlflow
        mlflow.set_experiment(experiment_id=given["experiment_id"])
        (trace,) = mlflow.search_traces(filter_string="tags.way = 'out'", return_type="list")
        again = mlflow.get_trace(trace.info.trace_id)
        mlflow.log_feedback(trace_id=trace.info.trace_id, name="seen", value=True)
        answer({"id": trace.info.trace_id, "request": trace.info.client_request_id,
                "spans": sorted(s.name for s in trace.data.spans), "again": sorted(s.name for s in again.data.spans),
                "inputs": next(s.inputs for s in again.data.spans if s.parent_id is None)})
        """,
        form=OTHER, env={"MLFLOW_EXPERIMENT_NAME": None}, experiment_id=experiment.experiment_id,
    )
    assert seen == {"id": trace_id, "request": "crossing-1", "spans": ["crossing", "crossing-step"],
                    "again": ["crossing", "crossing-step"], "inputs": {"question": "crossing"}}
    assert [one.name for one in stored(trace_id).info.assessments] == ["seen"]


@both_ways
def test_a_trace_written_in_the_other_form_is_found_and_read_in_this_one(process, experiment):
    trace_id = process.run(
        """
        import mlflow
        mlflow.set_experiment(experiment_id=given["experiment_id"])
        with mlflow.start_span(name="arriving", span_type="AGENT") as root:
            root.set_inputs({"q": "はい"})
            mlflow.update_current_trace(tags={"way": "in"})
            with mlflow.start_span(name="arriving-step", span_type="TOOL"):
                pass
        mlflow.flush_trace_async_logging()
        answer(root.trace_id)
        """,
        form=OTHER, env={"MLFLOW_EXPERIMENT_NAME": None}, experiment_id=experiment.experiment_id,
    )
    (trace,) = found("tags.way = 'in'")
    assert trace.info.trace_id == trace_id
    spans = {span.name: span for span in stored(trace_id).data.spans}
    assert spans["arriving"].inputs == {"q": "はい"}
    assert spans["arriving-step"].parent_id == spans["arriving"].span_id
    # Spans of an uploaded file are searchable like any others.
    assert found_ids("span.name = 'arriving-step' AND span.type = 'TOOL'") == {trace_id}


@pytest.mark.skipif(at_least("3.2") or FORM == "plain", reason="the way that 3.1 can go: databricks form to plain")
def test_a_trace_of_databricks_form_is_read_over_the_v2_routes(process, experiment):
    trace_id = record("crossing", tags={"way": "out"})
    stored(trace_id)
    seen = process.run(
        """
        import mlflow
        mlflow.set_experiment(experiment_id=given["experiment_id"])
        (trace,) = mlflow.search_traces(filter_string="tags.way = 'out'", return_type="list")
        again = mlflow.get_trace(trace.info.trace_id)
        answer([trace.info.trace_id, sorted(s.name for s in trace.data.spans), len(again.data.spans)])
        """,
        form=OTHER, env={"MLFLOW_EXPERIMENT_NAME": None}, experiment_id=experiment.experiment_id,
    )
    assert seen == [trace_id, ["crossing", "crossing-step"], 2]
