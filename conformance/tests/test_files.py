"""Files of runs and logged models: in both forms, and with a root that clients write themselves."""

import os

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


# The client accepts no smaller parts.
PART_BYTES = 5 << 20
IN_PARTS = {"MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": str(PART_BYTES), "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE": str(PART_BYTES)}
LOG_IN_PARTS = """
    import mlflow
    from mlflow.store.artifact.databricks_artifact_repo import DatabricksArtifactRepository as Repository

    mlflow.set_experiment(experiment_id=given["experiment"])
    upload, complete, completed = Repository._upload_part, Repository._complete_multipart_upload, []

    def upload_or_fail(self, credential, data):
        if given["fails"] and len(data) == 1:
            raise OSError("the network is down")
        return upload(self, credential, data)

    def note_and_complete(self, owner, path, upload_id, etags):
        completed.append([owner, path, len(etags)])
        return complete(self, owner, path, upload_id, etags)

    Repository._upload_part, Repository._complete_multipart_upload = upload_or_fail, note_and_complete
    with mlflow.start_run() as run:
        try:
            mlflow.log_artifact(given["file"], "large")
            error = None
        except mlflow.MlflowException as failed:
            error = str(failed)
    answer([run.info.run_id, completed, error])
"""


@pytest.fixture
def large(tmp_path):
    """A file of two parts and a byte."""
    file = tmp_path / "a b.bin"
    file.write_bytes(os.urandom(2 * PART_BYTES + 1))
    return file


@needs(client="3.17", form="databricks", why="other clients upload files whole")
def test_a_large_file_of_a_run_is_uploaded_in_parts(process, experiment, large):
    run_id, completed, error = process.run(
        LOG_IN_PARTS, env=IN_PARTS, experiment=experiment.experiment_id, file=str(large), fails=False)
    assert (completed, error) == ([[run_id, "large/a b.bin", 3]], None)
    client = mlflow.MlflowClient()
    assert [(file.path, file.file_size) for file in client.list_artifacts(run_id, "large")] == [("large/a b.bin", 2 * PART_BYTES + 1)]
    with open(client.download_artifacts(run_id, "large/a b.bin"), "rb") as loaded:
        assert loaded.read() == large.read_bytes()


@needs(client="3.17", form="databricks", why="other clients upload files whole")
def test_an_upload_in_parts_that_fails_leaves_nothing(process, experiment, large, server):
    run_id, completed, error = process.run(
        LOG_IN_PARTS, env=IN_PARTS, experiment=experiment.experiment_id, file=str(large), fails=True)
    assert completed == [] and "the network is down" in error
    assert mlflow.MlflowClient().list_artifacts(run_id) == []
    assert list((server.data / "artifacts/uploads").iterdir()) == []


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
