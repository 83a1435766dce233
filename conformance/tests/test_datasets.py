"""Evaluation datasets: made from dicts, frames and traces, merged, tagged, searched, and their versions."""

import json
import urllib.request

import mlflow
import pytest

from kit.client import needs
from kit.server import is_reference
from kit.traces import found_ids, record, stored

pytestmark = needs(client="3.6", full=True, form="plain", why="mlflow.genai.datasets")


def datasets():
    import mlflow.genai.datasets

    return mlflow.genai.datasets


def ask(path: str) -> dict:
    """Kansoku's own routes, which no client of MLflow has."""
    with urllib.request.urlopen(f"{mlflow.get_tracking_uri()}/api/3.0/kansoku/{path}") as answer:
        return json.load(answer)


def test_a_dataset_is_created_and_found_again(experiment):
    made = datasets().create_dataset(name="golden", experiment_id=experiment.experiment_id, tags={"team": "x"})
    again = datasets().get_dataset(dataset_id=made.dataset_id)
    assert again.name == "golden"
    assert again.tags["team"] == "x"
    assert again.experiment_ids == [experiment.experiment_id]
    found = datasets().search_datasets(experiment_ids=[experiment.experiment_id], filter_string="name LIKE 'gold%'")
    assert [it.dataset_id for it in found] == [made.dataset_id]
    assert datasets().search_datasets(experiment_ids=[experiment.experiment_id], filter_string="name = 'x'") == []


@needs(client="3.17", full=True, why="get_dataset by name")
def test_a_dataset_is_found_by_its_name(new_name):
    name = f"it's {new_name()}"
    made = datasets().create_dataset(name=name)
    assert datasets().get_dataset(name=name).dataset_id == made.dataset_id
    with pytest.raises(mlflow.exceptions.MlflowException, match="not found"):
        datasets().get_dataset(name=new_name())


@needs(client="3.17", full=True, why="get_dataset by name")
@pytest.mark.skipif(is_reference(), reason="MLflow's server compares with the quotes as they are doubled")
def test_a_dataset_is_found_by_a_name_with_both_kinds_of_quotes(new_name):
    name = f"it's called \"{new_name()}\""
    made = datasets().create_dataset(name=name)
    assert datasets().get_dataset(name=name).dataset_id == made.dataset_id


def test_records_are_merged_by_their_inputs():
    made = datasets().create_dataset(name="merged")
    made.merge_records([
        {"inputs": {"q": "a", "n": 1}, "expectations": {"expected": "A"}, "tags": {"k": "v"}},
        {"inputs": {"q": "b"}},
    ])
    made.merge_records([{"inputs": {"n": 1, "q": "a"}, "expectations": {"expected": "AA", "more": [1, {"é": None}]}}])
    frame = made.to_df()
    assert len(frame) == 2
    (first,) = (row for _, row in frame.iterrows() if row["inputs"] == {"q": "a", "n": 1})
    assert first["expectations"] == {"expected": "AA", "more": [1, {"é": None}]}
    assert first["tags"]["k"] == "v"
    assert first["source_type"] == "HUMAN"
    assert json.loads(datasets().get_dataset(dataset_id=made.dataset_id).profile) == {"num_records": 2}


def test_a_frame_becomes_records():
    made = datasets().create_dataset(name="frame")
    rows = [{"inputs": {"q": str(n)}, "expectations": {"expected": n}} for n in range(30)]
    import pandas

    made.merge_records(pandas.DataFrame(rows))
    kept = {row["inputs"]["q"]: row["expectations"]["expected"] for _, row in made.to_df().iterrows()}
    assert kept == {str(n): n for n in range(30)}


def test_traces_become_records_that_know_them():
    trace_id = stored(record("asked")).info.trace_id
    mlflow.log_expectation(trace_id=trace_id, name="expected", value="yes")
    assert found_ids() == {trace_id}
    made = datasets().create_dataset(name="from traces")
    made.merge_records(mlflow.search_traces(return_type="list"))
    ((_, row),) = made.to_df().iterrows()
    assert row["source_type"] == "TRACE"
    assert row["source_id"] == trace_id
    assert row["expectations"] == {"expected": "yes"}
    mlflow.MlflowClient().delete_traces(mlflow.get_trace(trace_id).info.experiment_id, trace_ids=[trace_id])
    assert len(datasets().get_dataset(dataset_id=made.dataset_id).to_df()) == 1


def test_more_records_than_a_page_come_back():
    made = datasets().create_dataset(name="large")
    made.merge_records([{"inputs": {"n": n, "text": "word " * 50}} for n in range(2500)])
    assert sorted(row["n"] for row in made.to_df()["inputs"]) == list(range(2500))


def test_tags_are_set_and_deleted():
    made = datasets().create_dataset(name="tagged", tags={"a": "1"})
    datasets().set_dataset_tags(dataset_id=made.dataset_id, tags={"b": "2", "a": "3"})
    datasets().delete_dataset_tag(dataset_id=made.dataset_id, key="b")
    tags = datasets().get_dataset(dataset_id=made.dataset_id).tags
    assert tags["a"] == "3" and "b" not in tags


def test_a_deleted_dataset_is_gone():
    made = datasets().create_dataset(name="gone")
    datasets().delete_dataset(dataset_id=made.dataset_id)
    with pytest.raises(mlflow.exceptions.MlflowException) as missing:
        datasets().get_dataset(dataset_id=made.dataset_id)
    assert missing.value.error_code == "RESOURCE_DOES_NOT_EXIST"


@needs(client="3.17", full=True, why="3.6 does not know the routes of its own methods")
def test_a_dataset_moves_between_experiments(experiment, new_name):
    other = mlflow.create_experiment(new_name())
    made = datasets().create_dataset(name="moves", experiment_id=experiment.experiment_id)
    datasets().add_dataset_to_experiments(dataset_id=made.dataset_id, experiment_ids=[other])
    datasets().remove_dataset_from_experiments(dataset_id=made.dataset_id, experiment_ids=[experiment.experiment_id])
    assert datasets().get_dataset(dataset_id=made.dataset_id).experiment_ids == [other]


@needs(client="3.17", full=True, why="delete_records")
def test_records_are_deleted():
    made = datasets().create_dataset(name="shrinks")
    made.merge_records([{"inputs": {"n": n}} for n in range(3)])
    first, *rest = made.to_df()["dataset_record_id"]
    assert made.delete_records([first]) == 1
    assert list(made.to_df()["dataset_record_id"]) == rest


@pytest.mark.skipif(is_reference(), reason="MLflow has no versions of datasets")
def test_every_merge_is_a_version_that_can_be_read_and_compared():
    made = datasets().create_dataset(name="versions")
    made.merge_records([{"inputs": {"q": "a"}, "expectations": {"e": 1}}, {"inputs": {"q": "b"}}])
    made.merge_records([{"inputs": {"q": "a"}, "expectations": {"e": 2}}])
    made.merge_records([{"inputs": {"q": "a"}, "expectations": {"e": 2}}])
    path = f"datasets/{made.dataset_id}/versions"
    versions = ask(path)["versions"]
    assert [(it["version"], it["added"], it["changed"]) for it in versions] == [(2, 0, 1), (1, 2, 0)]
    assert versions[0]["digest"] == datasets().get_dataset(dataset_id=made.dataset_id).digest
    first, _ = ask(f"{path}/1/records")["records"]
    assert first["expectations"] == {"e": 1}
    (changed,) = ask(f"{path}/2/differences")["differences"]
    assert (changed["change"], changed["after"]["expectations"]) == ("changed", {"e": 2})
