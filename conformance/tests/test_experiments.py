"""Experiments: create, find, rename, tag, delete and restore."""

import mlflow
import pytest

from kit.client import FORM, needs

full_only = needs(full=True, why="experiment functions beyond set_experiment")


def test_set_experiment_creates_once_and_finds_again(new_name):
    name = new_name()
    first = mlflow.set_experiment(name)
    second = mlflow.set_experiment(name)
    assert first.experiment_id == second.experiment_id
    assert second.name == name
    assert mlflow.set_experiment(experiment_id=first.experiment_id).name == name


def test_an_experiment_id_that_does_not_exist_is_refused():
    with pytest.raises(mlflow.exceptions.MlflowException) as refusal:
        mlflow.set_experiment(experiment_id="987654321987654321")
    assert refusal.value.error_code == "RESOURCE_DOES_NOT_EXIST"


@full_only
def test_create_get_and_by_name(new_name):
    name = new_name()
    experiment_id = mlflow.create_experiment(name, tags={"team": "search"})
    by_id, by_name = mlflow.get_experiment(experiment_id), mlflow.get_experiment_by_name(name)
    assert by_id.name == by_name.name == name
    assert by_id.tags["team"] == "search"
    assert by_id.lifecycle_stage == "active"
    assert mlflow.get_experiment_by_name(new_name("absent")) is None


@full_only
def test_a_name_can_be_used_only_once(new_name):
    name = new_name()
    mlflow.create_experiment(name)
    with pytest.raises(mlflow.exceptions.MlflowException) as refusal:
        mlflow.create_experiment(name)
    assert refusal.value.error_code == "RESOURCE_ALREADY_EXISTS"


@full_only
def test_rename_delete_and_restore(new_name):
    client = mlflow.MlflowClient()
    experiment_id = client.create_experiment(new_name("before"))
    after = new_name("after")
    client.rename_experiment(experiment_id, after)
    assert client.get_experiment(experiment_id).name == after

    client.delete_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "deleted"
    assert after not in [one.name for one in client.search_experiments(max_results=1000)]
    client.restore_experiment(experiment_id)
    assert client.get_experiment(experiment_id).lifecycle_stage == "active"


@full_only
def test_tags_of_an_experiment_are_set_and_replaced(experiment):
    mlflow.set_experiment_tag("stage", "dev")
    mlflow.set_experiment_tags({"stage": "prod", "owner": "kim"})
    tags = mlflow.get_experiment(experiment.experiment_id).tags
    assert (tags["stage"], tags["owner"]) == ("prod", "kim")


@full_only
def test_search_experiments_by_name_and_tag(new_name):
    names = [new_name("searched-a"), new_name("searched-b")]
    for name in names:
        mlflow.create_experiment(name, tags={"suite": names[0]})
    prefix = "/Shared/conformance/" if FORM == "databricks" else ""
    assert [one.name for one in mlflow.search_experiments(filter_string=f"name = '{names[1]}'")] == [names[1]]
    tagged = mlflow.search_experiments(filter_string=f"tags.suite = '{names[0]}'", order_by=["name ASC"])
    assert [one.name for one in tagged] == names
    like = mlflow.search_experiments(filter_string=f"name LIKE '{prefix}searched-a%'")
    assert names[0] in [one.name for one in like]
    assert names[1] not in [one.name for one in like]
