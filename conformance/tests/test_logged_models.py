"""Logged models: versions of an application that traces and metrics name."""

import mlflow
import pytest

from kit.client import needs
from kit.traces import flush, found_ids

pytestmark = needs(client="3.6", full=True, form="plain", why="logged models in the tracking server")


@pytest.fixture(autouse=True)
def no_active_model():
    yield
    mlflow.clear_active_model()


@mlflow.trace
def answer(question: str) -> str:
    return question.upper()


def test_an_active_model_is_made_once_and_its_traces_are_found(experiment):
    active = mlflow.set_active_model(name="agent-v1")
    answer("first")
    mlflow.set_active_model(name="agent-v2")
    answer("second")
    again = mlflow.set_active_model(name="agent-v1")
    assert again.model_id == active.model_id
    answer("third")
    flush()
    traces = mlflow.search_traces(model_id=active.model_id, return_type="list")
    assert [trace.data.request for trace in traces] == ['{"question": "third"}', '{"question": "first"}']
    assert found_ids(f"request_metadata.`mlflow.modelId` = '{active.model_id}'") == {
        trace.info.trace_id for trace in traces
    }
    names = {model.name for model in mlflow.search_logged_models(output_format="list")}
    assert names == {"agent-v1", "agent-v2"}


def test_an_external_model_keeps_its_params_tags_and_type():
    made = mlflow.create_external_model(
        name="external", params={"lr": "0.1", "prompt": "Say é"}, tags={"team": "red"}, model_type="agent"
    )
    model = mlflow.get_logged_model(made.model_id)
    assert str(model.status) == "READY"
    assert model.params == {"lr": "0.1", "prompt": "Say é"}
    assert model.tags["team"] == "red"
    assert (model.name, model.model_type) == ("external", "agent")
    assert model.artifact_location.endswith(f"/models/{made.model_id}/artifacts")
    mlflow.set_logged_model_tags(made.model_id, {"team": "blue", "stage": "dev"})
    mlflow.delete_logged_model_tag(made.model_id, "stage")
    tags = mlflow.get_logged_model(made.model_id).tags
    assert tags["team"] == "blue" and "stage" not in tags
    mlflow.log_model_params({"temperature": "0"}, made.model_id)
    assert mlflow.get_logged_model(made.model_id).params["temperature"] == "0"


def test_metrics_of_runs_are_those_of_the_model_they_name():
    model = mlflow.create_external_model(name="rated")
    with mlflow.start_run() as run:
        mlflow.log_metric("accuracy", 0.5, step=1, model_id=model.model_id)
        mlflow.log_metrics({"accuracy": 0.75, "loss": 1.0}, step=2, model_id=model.model_id)
        mlflow.log_metric("unrelated", 1.0)
    metrics = mlflow.get_logged_model(model.model_id).metrics
    assert [(metric.key, metric.value, metric.step) for metric in metrics] == [
        ("accuracy", 0.5, 1), ("accuracy", 0.75, 2), ("loss", 1.0, 2),
    ]
    assert {metric.run_id for metric in metrics} == {run.info.run_id}
    found = mlflow.search_logged_models(filter_string="metrics.accuracy > 0.7", output_format="list")
    assert [one.model_id for one in found] == [model.model_id]
    assert mlflow.search_logged_models(filter_string="metrics.accuracy > 0.8", output_format="list") == []


def test_models_are_searched_by_the_dataset_of_their_metrics():
    import pandas as pd

    models = [mlflow.create_external_model(name=f"m{n}") for n in range(3)]
    datasets = [mlflow.data.from_pandas(pd.DataFrame({"a": [n]}), name=f"set-{n % 2}") for n in range(3)]
    with mlflow.start_run():
        for n, model in enumerate(models):
            mlflow.log_metric("accuracy", n / 10, model_id=model.model_id, dataset=datasets[n])

    def names(**options) -> list[str]:
        return [model.name for model in mlflow.search_logged_models(output_format="list", **options)]

    assert names(datasets=[{"dataset_name": "set-0", "dataset_digest": datasets[0].digest}]) == ["m0"]
    assert names(datasets=[{"dataset_name": "set-1", "dataset_digest": datasets[1].digest}]) == ["m1"]
    assert names(order_by=[{"field_name": "metrics.accuracy", "ascending": False}]) == ["m2", "m1", "m0"]
    assert names(order_by=[{"field_name": "creation_time", "ascending": True}], max_results=2) == ["m0", "m1"]
    assert names(filter_string="name LIKE 'm%' AND name != 'm1'") == ["m2", "m0"]


def test_a_python_model_is_logged_loaded_and_deleted():
    class Upper(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input: list[str]) -> list[str]:
            return [text.upper() for text in model_input]

    with mlflow.start_run() as run:
        logged = mlflow.pyfunc.log_model(name="upper", python_model=Upper(), pip_requirements=[])
    model = mlflow.get_logged_model(logged.model_id)
    assert model.source_run_id == run.info.run_id
    assert str(model.status) == "READY"
    outputs = mlflow.get_run(run.info.run_id).outputs.model_outputs
    assert [output.model_id for output in outputs] == [logged.model_id]
    files = {file.path for file in mlflow.MlflowClient().list_logged_model_artifacts(logged.model_id)}
    assert "MLmodel" in files
    loaded = mlflow.pyfunc.load_model(f"models:/{logged.model_id}")
    assert loaded.predict(["a", "b"]) == ["A", "B"]
    mlflow.MlflowClient().delete_logged_model(logged.model_id)
    with pytest.raises(mlflow.MlflowException, match="not found"):
        mlflow.get_logged_model(logged.model_id)
    assert mlflow.search_logged_models(output_format="list") == []


@needs(client="3.17", full=True, why="versions from git")
def test_a_version_follows_the_git_commit(tmp_path, monkeypatch):
    git = pytest.importorskip("git")
    repo = git.Repo.init(tmp_path)
    (tmp_path / "a.txt").write_text("1")
    repo.index.add(["a.txt"])
    repo.index.commit("first")
    monkeypatch.chdir(tmp_path)
    context = mlflow.genai.enable_git_model_versioning()
    try:
        answer("one")
        flush()
        model_id = context.active_model.model_id
        assert len(found_ids(f"request_metadata.`mlflow.modelId` = '{model_id}'")) == 1
        tags = mlflow.get_logged_model(model_id).tags
        assert tags["mlflow.source.git.commit"] == repo.head.commit.hexsha
    finally:
        mlflow.genai.disable_git_model_versioning()
