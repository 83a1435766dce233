"""Traces are deleted by id and by time, and are gone everywhere."""

import mlflow
import pytest

from kit.traces import found_ids, record, tracing_client


def test_by_ids(experiment):
    keep, drop, also = record("keep"), record("drop"), record("also")
    assert found_ids() == {keep, drop, also}
    assert tracing_client().delete_traces(experiment.experiment_id, trace_ids=[drop, also]) == 2
    assert found_ids() == {keep}
    assert quietly_read(drop) is None
    assert quietly_read(keep) is not None


def test_deleting_again_deletes_nothing(experiment):
    drop = record("drop")
    assert found_ids() == {drop}
    client = tracing_client()
    assert client.delete_traces(experiment.experiment_id, trace_ids=[drop]) == 1
    assert client.delete_traces(experiment.experiment_id, trace_ids=[drop]) == 0


def test_traces_of_another_experiment_are_not_touched(experiment, new_name):
    mine = record("mine")
    other = mlflow.set_experiment(new_name("other"))
    assert tracing_client().delete_traces(other.experiment_id, trace_ids=[mine]) == 0
    assert found_ids(experiment_ids=[experiment.experiment_id]) == {mine}


def at(second: int) -> str:
    start = 1_700_000_000_000_000_000 + second * 1_000_000_000
    span = mlflow.start_span_no_context(name=f"at-{second}", start_time_ns=start)
    span.end(end_time_ns=start + 1_000_000)
    return span.trace_id


def test_by_time_includes_the_given_instant(experiment):
    at(10), at(20)
    newest = at(30)
    assert len(found_ids()) == 3
    deleted = tracing_client().delete_traces(experiment.experiment_id, max_timestamp_millis=1_700_000_020_000)
    assert deleted == 2
    assert found_ids() == {newest}


def test_by_time_deletes_the_oldest_first_up_to_max_traces(experiment):
    at(10)
    middle, newest = at(20), at(30)
    assert len(found_ids()) == 3
    deleted = tracing_client().delete_traces(
        experiment.experiment_id, max_timestamp_millis=1_700_000_090_000, max_traces=1)
    assert deleted == 1
    assert found_ids() == {middle, newest}


def test_time_and_ids_together_are_refused(experiment):
    with pytest.raises(mlflow.exceptions.MlflowException):
        tracing_client().delete_traces(experiment.experiment_id, max_timestamp_millis=1, trace_ids=["tr-1"])


def test_a_trace_that_does_not_exist_cannot_be_read():
    assert quietly_read("tr-0123456789abcdef0123456789abcdef") is None


def quietly_read(trace_id: str):
    """The trace, or None if it is missing, for which some clients raise an error."""
    try:
        return mlflow.get_trace(trace_id)
    except mlflow.exceptions.MlflowException:
        return None
