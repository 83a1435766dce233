"""Runs and the traces made inside them."""

import mlflow

from kit.client import needs, needs_v3
from kit.traces import flush, found_ids, record, stored

pytestmark = needs(full=True, why="runs")


def test_a_run_is_created_tagged_and_finished():
    with mlflow.start_run(run_name="nightly", tags={"kind": "eval"}) as run:
        mlflow.set_tag("late", "yes")
    kept = mlflow.get_run(run.info.run_id)
    assert kept.info.run_name == "nightly"
    assert kept.info.status == "FINISHED"
    assert kept.data.tags["kind"] == "eval"
    assert kept.data.tags["late"] == "yes"
    assert kept.info.end_time >= kept.info.start_time


def test_a_run_that_raises_is_failed():
    try:
        with mlflow.start_run() as run:
            raise RuntimeError("no")
    except RuntimeError:
        pass
    assert mlflow.get_run(run.info.run_id).info.status == "FAILED"


def test_traces_inside_a_run_carry_its_id():
    with mlflow.start_run() as run:
        inside = record("inside")
    record("outside")
    assert stored(inside).info.trace_metadata["mlflow.sourceRun"] == run.info.run_id


@needs_v3("run_id in search")
def test_traces_are_searched_by_run():
    with mlflow.start_run() as run:
        inside = {record("inside"), record("inside-too")}
    record("outside")
    assert found_ids(run_id=run.info.run_id) == inside


@needs(client="3.6", full=True, why="link_traces_to_run")
def test_a_linked_trace_is_found_by_its_run():
    trace_id = record("before")
    stored(trace_id)
    with mlflow.start_run() as run:
        pass
    mlflow.MlflowClient().link_traces_to_run([trace_id], run.info.run_id)
    assert found_ids(run_id=run.info.run_id) == {trace_id}


def test_runs_are_searched_as_a_list(experiment):
    with mlflow.start_run(tags={"arm": "a"}) as first:
        pass
    with mlflow.start_run(tags={"arm": "b"}) as second:
        pass
    flush()

    def ids(filter_string=""):
        runs = mlflow.search_runs([experiment.experiment_id], filter_string=filter_string, output_format="list")
        return {run.info.run_id for run in runs}

    assert ids() == {first.info.run_id, second.info.run_id}
    assert ids("tags.arm = 'b'") == {second.info.run_id}


def test_runs_whose_metric_is_nan_come_before_runs_that_lack_it():
    for name, value in (("one", 1.0), ("nan", float("nan")), ("none", None), ("two", 2.0)):
        with mlflow.start_run(run_name=name):
            if value is not None:
                mlflow.log_metric("score", value)

    def names(order: str) -> list[str]:
        return [run.info.run_name for run in mlflow.search_runs(order_by=[order], output_format="list")]

    assert names("metrics.score ASC") == ["one", "two", "nan", "none"]
    assert names("metrics.score DESC") == ["two", "one", "nan", "none"]
    assert names("tags.nonexistent ASC") == ["two", "none", "nan", "one"]


def test_the_history_of_a_metric_is_read_page_by_page():
    with mlflow.start_run() as run:
        for step in range(7):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metric("loss", float("nan"), step=7)
    client = mlflow.MlflowClient()
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [point.step for point in history] == list(range(8))
    assert history[7].value != history[7].value
    store = client._tracking_client.store
    pages, token = [], None
    while True:
        page = store.get_metric_history(run.info.run_id, "loss", max_results=3, page_token=token)
        pages.append([point.step for point in page])
        token = page.token
        if not token:
            break
    assert pages == [[0, 1, 2], [3, 4, 5], [6, 7]]


def test_a_run_is_found_by_the_datasets_it_read():
    import pandas as pd

    frame = pd.DataFrame({"question": ["a", "b"]})
    golden = mlflow.data.from_pandas(frame, name="golden", source="questions.csv")
    with mlflow.start_run(run_name="eval"):
        mlflow.log_input(golden, context="eval")
    with mlflow.start_run(run_name="train"):
        mlflow.log_input(golden, context="training", tags={"split": "all"})
        mlflow.log_input(mlflow.data.from_pandas(frame[:1], name="small"), context="eval")
    with mlflow.start_run(run_name="plain"):
        pass

    def names(filter_string: str) -> set[str]:
        return {run.info.run_name for run in mlflow.search_runs(filter_string=filter_string, output_format="list")}

    assert names("datasets.name = 'golden'") == {"eval", "train"}
    assert names("dataset.context = 'training'") == {"train"}
    assert names("dataset.name = 'small' AND dataset.context = 'training'") == {"train"}
    assert names(f"dataset.digest IN ('{golden.digest}')") == {"eval", "train"}
    assert names("dataset.name LIKE 'go%' AND dataset.context = 'eval' AND attributes.run_name != 'train'") == {"eval"}
    train = mlflow.search_runs(filter_string="run_name = 'train'", output_format="list")[0]
    kept = train.inputs.dataset_inputs[0]
    assert (kept.dataset.name, kept.dataset.digest) == ("golden", golden.digest)
    assert {tag.key: tag.value for tag in kept.tags} == {"mlflow.data.context": "training", "split": "all"}


def test_parameters_are_logged_once():
    import pytest

    with mlflow.start_run() as run:
        mlflow.log_params({"lr": 0.1, "depth": 3})
        mlflow.log_param("lr", 0.1)
        with pytest.raises(mlflow.MlflowException):
            mlflow.log_param("lr", 0.2)
        twice = [mlflow.entities.Param("new", "1"), mlflow.entities.Param("new", "2")]
        with pytest.raises(mlflow.MlflowException):
            mlflow.MlflowClient().log_batch(run.info.run_id, params=twice)
    assert mlflow.get_run(run.info.run_id).data.params == {"lr": "0.1", "depth": "3"}
