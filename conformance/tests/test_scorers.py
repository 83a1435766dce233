"""Scorers: registered with an experiment, versioned, listed, read, stopped and deleted."""

import json

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from kit.client import FORM, SLIM, at_least, needs
from kit.judge_model import JudgeModel, verdict
from kit.process import Process
from kit.server import is_reference

# Earlier clients register scorers in databricks form through the databricks-agents package.
pytestmark = needs(client="3.17" if FORM == "databricks" else "3.6", full=True, why="registered scorers")

if at_least("3.6") and not SLIM:
    from mlflow.genai.scorers import Guidelines, delete_scorer, get_scorer, list_scorers, scorer
    from mlflow.genai.scorers.registry import list_scorer_versions


# In databricks form the client refuses models of others.
MODEL = "databricks:/judge" if FORM == "databricks" else "openai:/gpt-4o-mini"


def judge(name: str, instructions: str = "Is {{ outputs }} polite?"):
    from mlflow.genai import make_judge

    return make_judge(name=name, instructions=instructions, model=MODEL, feedback_value_type=bool)


def sampling(*, rate: float, filter_string: str):
    from mlflow.genai.scorers import ScorerSamplingConfig

    return ScorerSamplingConfig(sample_rate=rate, filter_string=filter_string)


@needs(client="3.17", why="judges with a value type")
def test_a_judge_comes_back_as_it_was_registered(experiment):
    judge("polite").register(experiment_id=experiment.experiment_id)
    back = get_scorer(name="polite", experiment_id=experiment.experiment_id)
    assert back.name == "polite"
    assert back.instructions == "Is {{ outputs }} polite?"
    assert back.model == MODEL


def test_versions_are_numbered_and_the_latest_is_listed(experiment):
    for guidelines in (["be nice"], ["be brief"]):
        Guidelines(name="style", guidelines=guidelines, model=MODEL).register(experiment_id=experiment.experiment_id)
    Guidelines(name="other", guidelines=["x"], model=MODEL).register(experiment_id=experiment.experiment_id)
    listed = list_scorers(experiment_id=experiment.experiment_id)
    assert [one.name for one in listed] == ["other", "style"]
    assert listed[1].guidelines == ["be brief"]
    versions = list_scorer_versions(name="style", experiment_id=experiment.experiment_id)
    assert [(one.guidelines, number) for one, number in versions] == [(["be nice"], 1), (["be brief"], 2)]
    assert get_scorer(name="style", experiment_id=experiment.experiment_id, version=1).guidelines == ["be nice"]


def test_versions_and_scorers_are_deleted(experiment):
    for number in range(3):
        Guidelines(name="style", guidelines=[f"be {number}"], model=MODEL).register(experiment_id=experiment.experiment_id)
    delete_scorer(name="style", experiment_id=experiment.experiment_id, version=3)
    versions = list_scorer_versions(name="style", experiment_id=experiment.experiment_id)
    assert [number for _, number in versions] == [1, 2]
    with pytest.raises(MlflowException, match="not found"):
        get_scorer(name="style", experiment_id=experiment.experiment_id, version=3)


@needs(form="plain", why="deleting all versions, which in databricks form takes the databricks-agents package")
def test_a_scorer_is_deleted_with_its_versions(experiment):
    Guidelines(name="style", guidelines=["x"], model=MODEL).register(experiment_id=experiment.experiment_id)
    delete_scorer(name="style", experiment_id=experiment.experiment_id, version="all")
    assert list_scorers(experiment_id=experiment.experiment_id) == []
    with pytest.raises(MlflowException, match="not found"):
        get_scorer(name="style", experiment_id=experiment.experiment_id)


@pytest.mark.skipif(is_reference(), reason="MLflow's server refuses code unless it is told to run it")
@needs(client="3.17", form="plain", why="code that is sent outside Databricks")
def test_code_is_kept_and_left_out_of_lists(experiment):
    @scorer
    def exact(outputs, expectations):
        return outputs == expectations["expected_response"]

    exact.register(experiment_id=experiment.experiment_id)
    # Clients fail to read a list with code that they will not load.
    assert list_scorers(experiment_id=experiment.experiment_id) == []
    with pytest.raises(MlflowException, match="(?i)custom"):
        get_scorer(name="exact", experiment_id=experiment.experiment_id)


@needs(form="databricks", why="code that clients load from Databricks")
def test_code_comes_back_and_runs(experiment):
    @scorer
    def exact(outputs, expectations):
        return outputs == expectations["expected_response"]

    exact.register(experiment_id=experiment.experiment_id)
    (back,) = list_scorers(experiment_id=experiment.experiment_id)
    assert back(outputs="4", expectations={"expected_response": "4"}) is True


@needs(form="databricks", why="lists that are replaced as a whole")
def test_changes_of_one_scorer_leave_the_others(experiment):
    for name in ("brief", "nice"):
        Guidelines(name=name, guidelines=[f"be {name}"], model=MODEL).register(experiment_id=experiment.experiment_id)
    brief = get_scorer(name="brief", experiment_id=experiment.experiment_id)
    assert (brief.scorer_version, brief.sample_rate) == (1, 0)
    assert brief.canonical_resource_name.endswith("/versions/1")
    brief.update(experiment_id=experiment.experiment_id, sampling_config=sampling(rate=0, filter_string="status = 'OK'"))
    Guidelines(name="brief", guidelines=["be briefer"], model=MODEL).register(experiment_id=experiment.experiment_id)
    listed = {one.name: one for one in list_scorers(experiment_id=experiment.experiment_id)}
    assert listed["brief"].filter_string == "status = 'OK'"
    assert listed["brief"].scorer_version == 2
    assert listed["nice"].scorer_version == 1


@needs(client="3.17", why="online configurations of scorers outside Databricks")
def test_a_scorer_whose_model_has_no_key_is_stopped_but_not_started(experiment):
    registered = judge("polite").register(experiment_id=experiment.experiment_id)
    with pytest.raises(MlflowException, match="OPENAI_API_KEY|base_url"):
        registered.start(sampling_config=sampling(rate=0.5, filter_string="status = 'OK'"))
    stopped = registered.stop(experiment_id=experiment.experiment_id)
    assert stopped.sample_rate == 0
    back = get_scorer(name="polite", experiment_id=experiment.experiment_id)
    assert back.sample_rate == 0


@needs(client="3.17", form="databricks", why="judges that clients start in databricks form")
def test_started_judges_score_what_an_agent_sends(start_server, new_name):
    with JudgeModel(lambda _: verdict("yes")) as model:
        endpoints = {"judge": model.endpoint()}
        server = start_server(args=("--endpoints", json.dumps(endpoints), "--judge-model", "gateway:/judge"))
        server.access_token = None
        feedback = Process(server).run(
            """
            import time
            import mlflow
            from mlflow.genai import make_judge
            from mlflow.genai.scorers import Safety, ScorerSamplingConfig, get_scorer, list_scorers

            mlflow.set_experiment(given["experiment"])
            everything = ScorerSamplingConfig(sample_rate=1)
            named = make_judge(name="named", instructions="Is {{ outputs }} polite?", model="databricks:/judge", feedback_value_type=str)
            named.register().start(sampling_config=everything)
            # The judge of Databricks, in whose place the server asks its own model.
            Safety(name="safe").register().start(sampling_config=everything)
            stopped = make_judge(name="stopped", instructions="Is {{ outputs }} short?", model="databricks:/judge", feedback_value_type=str)
            stopped.register().start(sampling_config=everything)
            get_scorer(name="stopped").stop()
            rates = {one.name: one.sample_rate for one in list_scorers()}
            with mlflow.start_span("agent") as span:
                span.set_outputs("With pleasure.")
            mlflow.flush_trace_async_logging()
            until = time.monotonic() + 30
            while True:
                given_ = mlflow.get_trace(span.trace_id).info.assessments
                if len(given_) == 2 or until < time.monotonic():
                    break
                time.sleep(0.1)
            answer({"rates": rates, "feedback": {one.name: one.value for one in given_}})
            """,
            env={"MLFLOW_EXPERIMENT_NAME": None}, experiment=new_name(),
        )
    assert feedback["rates"] == {"named": 1, "safe": 1, "stopped": 0}
    assert feedback["feedback"] == {"named": "yes", "safe": "yes"}
