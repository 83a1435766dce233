"""Files of runs and logged models: in both forms, and with a root that clients write themselves."""

import mlflow
import pytest

from kit.client import FORM, needs
from kit.server import is_reference

pytestmark = needs(client="3.6", full=True, why="logged models")


def test_files_of_a_run_are_logged_listed_and_loaded():
    with mlflow.start_run() as run:
        mlflow.log_text("four", "notes/a b.txt")
        mlflow.log_dict({"a": 1}, "a.json")
    client = mlflow.MlflowClient()
    assert [(file.path, file.is_dir) for file in client.list_artifacts(run.info.run_id)] == [("a.json", False), ("notes", True)]
    assert [(file.path, file.file_size) for file in client.list_artifacts(run.info.run_id, "notes")] == [("notes/a b.txt", 4)]
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/notes/a b.txt") == "four"
    assert mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/a.json") == {"a": 1}


def test_a_logged_python_model_is_loaded_again():
    class Upper(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input: list[str], params=None) -> list[str]:
            return [text.upper() for text in model_input]

    with mlflow.start_run():
        logged = mlflow.pyfunc.log_model(name="upper", python_model=Upper(), pip_requirements=[])
    folder = "logged_models" if FORM == "databricks" else "models"
    model = mlflow.get_logged_model(logged.model_id)
    assert model.artifact_location.endswith(f"/{folder}/{logged.model_id}/artifacts")
    assert mlflow.pyfunc.load_model(f"models:/{logged.model_id}").predict(["a"]) == ["A"]


@pytest.mark.skipif(FORM == "databricks" or is_reference(), reason="a setting of a plain Kansoku server")
def test_clients_write_below_the_root_that_the_server_names(start_server, tmp_path):
    root = tmp_path / "shared"
    root.mkdir()
    server = start_server(args=("--default-artifact-root", f"file://{root}"))
    client = mlflow.MlflowClient(tracking_uri=server.url)
    experiment = client.get_experiment(client.create_experiment("of the root"))
    assert experiment.artifact_location == f"file://{root}/{experiment.experiment_id}"
    run = client.create_run(experiment.experiment_id)
    client.log_text(run.info.run_id, "four", "notes/note.txt")
    assert (root / experiment.experiment_id / run.info.run_id / "artifacts/notes/note.txt").read_text() == "four"
    # The server reads the same folder, for web UIs.
    import requests

    listed = requests.get(f"{server.url}/api/2.0/mlflow/artifacts/list", {"run_id": run.info.run_id, "path": "notes"}, timeout=20)
    assert [file["path"] for file in listed.json()["files"]] == ["notes/note.txt"]
    file = requests.get(f"{server.url}/get-artifact", {"run_uuid": run.info.run_id, "path": "notes/note.txt"}, timeout=20)
    assert file.text == "four"
    own = client.create_experiment("elsewhere", artifact_location=f"file://{tmp_path}/own")
    elsewhere = client.create_run(own)
    refused = requests.get(f"{server.url}/api/2.0/mlflow/artifacts/list", {"run_id": elsewhere.info.run_id}, timeout=20)
    assert refused.status_code == 400 and str(tmp_path) in refused.json()["message"]
