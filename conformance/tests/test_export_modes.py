"""Export modes of a client: in the background, synchronous, sampled, and to different experiments."""

import mlflow
import pytest

from kit.client import FORM, SLIM, needs
from kit.env import DATABRICKS_EXPERIMENT
from kit.traces import found_ids, stored

RECORD = """
import mlflow
if given.get("experiment_id"):
    mlflow.set_experiment(experiment_id=given["experiment_id"])
ids = []
for n in range(given.get("count", 3)):
    with mlflow.start_span(name=f"t{n}") as span:
        with mlflow.start_span(name="step"):
            pass
    ids.append(span.trace_id)
    if given.get("read_back_at_once"):
        assert len(mlflow.get_trace(span.trace_id).data.spans) == 2
"""


def test_background_export_finishes_when_the_process_ends(process, experiment):
    ids = process.run(RECORD + "answer(ids)", experiment_id=experiment.experiment_id,
                      env={"MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "true"})
    assert found_ids() == set(ids)
    assert len(stored(ids[0]).data.spans) == 2


def test_synchronous_export_is_readable_at_once(process, experiment):
    ids = process.run(RECORD + "answer(ids)", experiment_id=experiment.experiment_id, read_back_at_once=True,
                      env={"MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false"})
    assert found_ids() == set(ids)


@needs(client="3.6", why="MLFLOW_TRACE_SAMPLING_RATIO")
def test_sampled_out_traces_are_not_sent(process, experiment):
    script = RECORD + "mlflow.flush_trace_async_logging(); answer(ids)"
    process.run(script, experiment_id=experiment.experiment_id, env={"MLFLOW_TRACE_SAMPLING_RATIO": "0.0"})
    assert found_ids() == set()


@needs(client="3.6", why="MLFLOW_TRACE_SAMPLING_RATIO")
def test_a_sampling_ratio_keeps_about_its_share(process, experiment):
    script = RECORD + "mlflow.flush_trace_async_logging(); answer(ids)"
    process.run(script, experiment_id=experiment.experiment_id, count=60, env={"MLFLOW_TRACE_SAMPLING_RATIO": "0.5"})
    kept = found_ids()
    assert 5 < len(kept) < 55


@needs(client="3.17", why="3.6 draws anew for every span, and so loses some spans of a trace it keeps")
def test_sampling_keeps_whole_traces(process, experiment):
    script = RECORD + "mlflow.flush_trace_async_logging(); answer(ids)"
    process.run(script, experiment_id=experiment.experiment_id, count=30, env={"MLFLOW_TRACE_SAMPLING_RATIO": "0.5"})
    kept = found_ids()
    assert all(len(stored(trace_id).data.spans) == 2 for trace_id in list(kept)[:5])


@needs(client="3.17", why="@mlflow.trace(sampling_ratio_override=)")
def test_a_function_may_opt_out_of_sampling():
    @mlflow.trace(sampling_ratio_override=0.0)
    def unseen():
        return 1

    @mlflow.trace
    def seen():
        return 2

    unseen(), seen()
    assert len(found_ids()) == 1


@needs(full=True, why="slim does not read MLFLOW_EXPERIMENT_NAME; the next test states it")
def test_the_experiment_named_in_the_environment_receives_the_traces(process, new_name):
    name = DATABRICKS_EXPERIMENT if FORM == "databricks" else new_name("named")
    ids = process.run(RECORD + "mlflow.flush_trace_async_logging(); answer(ids)", env={"MLFLOW_EXPERIMENT_NAME": name})
    mlflow.set_experiment(name)
    assert set(ids) <= found_ids()


@pytest.mark.skipif(not SLIM, reason="a defect of the slim client; the full one reads the variable")
def test_slim_records_nothing_when_only_the_environment_names_the_experiment(process, new_name):
    name = DATABRICKS_EXPERIMENT if FORM == "databricks" else new_name("named")
    ids = process.run(RECORD + "mlflow.flush_trace_async_logging(); answer(ids)", env={"MLFLOW_EXPERIMENT_NAME": name})
    assert set(ids) == {"MLFLOW_NO_OP_SPAN_TRACE_ID"}


@needs(client="3.17", why="MLFLOW_TRACING_DESTINATION")
def test_the_tracing_destination_of_the_environment_receives_the_traces(process, experiment):
    ids = process.run(RECORD + "mlflow.flush_trace_async_logging(); answer(ids)",
                      env={"MLFLOW_TRACING_DESTINATION": experiment.experiment_id, "MLFLOW_EXPERIMENT_NAME": None})
    assert found_ids() == set(ids)
