"""Artifacts that clients write to S3: the server lists and sends them with its own credentials."""

import json
import urllib.error
import urllib.request

import pytest
from kit.server import is_reference
from wire.fake_s3 import FakeS3

pytestmark = pytest.mark.skipif(is_reference(), reason="a bucket of Kansoku's settings")


@pytest.fixture
def s3():
    fake = FakeS3()
    yield fake
    fake.close()


def call(url: str, body: dict | None = None) -> tuple[int, bytes]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_artifacts_on_s3_are_listed_and_sent(start_server, s3):
    server = start_server(args=("--default-artifact-root", "s3://team/models"), env=s3.env)
    api = f"{server.url}/api/2.0/mlflow"
    experiment = json.loads(call(f"{api}/experiments/create", {"name": "on S3"})[1])["experiment_id"]
    run = json.loads(call(f"{api}/runs/create", {"experiment_id": experiment})[1])["run"]["info"]
    assert run["artifact_uri"] == f"s3://team/models/{experiment}/{run['run_id']}/artifacts"
    key = run["artifact_uri"].removeprefix("s3://")
    s3.objects[f"{key}/notes/a b ü.txt"] = b"four"
    s3.objects[f"{key}/model.bin"] = b"x" * 5_000_000
    s3.objects["team/models/other.txt"] = b"of nobody"

    def listed(path: str) -> list:
        answer = json.loads(call(f"{api}/artifacts/list?run_id={run['run_id']}&path={path}")[1])
        return [(file["path"], file.get("file_size")) for file in answer.get("files", [])]

    assert listed("") == [("model.bin", 5_000_000), ("notes", None)]
    assert listed("notes") == [("notes/a b ü.txt", 4)]
    file = f"{server.url}/get-artifact?run_uuid={run['run_id']}&path="
    assert call(file + "notes/a%20b%20%C3%BC.txt") == (200, b"four")
    assert call(file + "model.bin") == (200, b"x" * 5_000_000)
    assert call(file + "none")[0] == 404
    assert s3.unsigned == 0
    s3.failing = True
    status, body = call(file + "model.bin")
    assert (status, "SlowDown" in body.decode()) == (503, True)
