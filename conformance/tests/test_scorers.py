"""Scorers: registered with an experiment, versioned, listed, read, stopped and deleted."""

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from kit.client import SLIM, at_least, needs
from kit.server import is_reference

# In databricks form the client registers scorers through the databricks-agents package.
pytestmark = needs(client="3.6", full=True, form="plain", why="registered scorers")

if at_least("3.6") and not SLIM:
    from mlflow.genai.scorers import Guidelines, delete_scorer, get_scorer, list_scorers, scorer
    from mlflow.genai.scorers.registry import list_scorer_versions


def judge(name: str, instructions: str = "Is {{ outputs }} polite?"):
    from mlflow.genai import make_judge

    return make_judge(name=name, instructions=instructions, model="openai:/gpt-4o-mini", feedback_value_type=bool)


@needs(client="3.17", why="judges with a value type")
def test_a_judge_comes_back_as_it_was_registered(experiment):
    judge("polite").register(experiment_id=experiment.experiment_id)
    back = get_scorer(name="polite", experiment_id=experiment.experiment_id)
    assert back.name == "polite"
    assert back.instructions == "Is {{ outputs }} polite?"
    assert back.model == "openai:/gpt-4o-mini"


def test_versions_are_numbered_and_the_latest_is_listed(experiment):
    for guidelines in (["be nice"], ["be brief"]):
        Guidelines(name="style", guidelines=guidelines, model="openai:/x").register(experiment_id=experiment.experiment_id)
    Guidelines(name="other", guidelines=["x"], model="openai:/x").register(experiment_id=experiment.experiment_id)
    listed = list_scorers(experiment_id=experiment.experiment_id)
    assert [one.name for one in listed] == ["other", "style"]
    assert listed[1].guidelines == ["be brief"]
    versions = list_scorer_versions(name="style", experiment_id=experiment.experiment_id)
    assert [(one.guidelines, number) for one, number in versions] == [(["be nice"], 1), (["be brief"], 2)]
    assert get_scorer(name="style", experiment_id=experiment.experiment_id, version=1).guidelines == ["be nice"]


def test_versions_and_scorers_are_deleted(experiment):
    for _ in range(3):
        Guidelines(name="style", guidelines=["x"], model="openai:/x").register(experiment_id=experiment.experiment_id)
    delete_scorer(name="style", experiment_id=experiment.experiment_id, version=3)
    versions = list_scorer_versions(name="style", experiment_id=experiment.experiment_id)
    assert [number for _, number in versions] == [1, 2]
    delete_scorer(name="style", experiment_id=experiment.experiment_id, version="all")
    assert list_scorers(experiment_id=experiment.experiment_id) == []
    with pytest.raises(MlflowException, match="not found"):
        get_scorer(name="style", experiment_id=experiment.experiment_id)


@pytest.mark.skipif(is_reference(), reason="MLflow's server refuses code unless it is told to run it")
@needs(client="3.17", why="code that is sent outside Databricks")
def test_code_is_kept_and_left_out_of_lists(experiment):
    @scorer
    def exact(outputs, expectations):
        return outputs == expectations["expected_response"]

    exact.register(experiment_id=experiment.experiment_id)
    # Clients fail to read a list with code that they will not load.
    assert list_scorers(experiment_id=experiment.experiment_id) == []
    with pytest.raises(MlflowException, match="(?i)custom"):
        get_scorer(name="exact", experiment_id=experiment.experiment_id)


@needs(client="3.17", why="online configurations of scorers outside Databricks")
def test_a_scorer_whose_model_has_no_key_is_stopped_but_not_started(experiment):
    from mlflow.genai.scorers import ScorerSamplingConfig

    registered = judge("polite").register(experiment_id=experiment.experiment_id)
    with pytest.raises(MlflowException, match="OPENAI_API_KEY"):
        registered.start(sampling_config=ScorerSamplingConfig(sample_rate=0.5, filter_string="status = 'OK'"))
    stopped = registered.stop(experiment_id=experiment.experiment_id)
    assert stopped.sample_rate == 0
    back = get_scorer(name="polite", experiment_id=experiment.experiment_id)
    assert back.sample_rate == 0
