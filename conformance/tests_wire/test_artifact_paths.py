"""Artifacts stay inside their folder, whatever the path in a request."""

import http.client
from urllib.parse import urlsplit

import pytest
from kit.server import is_reference
from wire.caller import assert_error

BASE = "/api/2.0/mlflow-artifacts/artifacts"
RELATIVE = [
    "../secret",
    "1/../../secret",
    "..%2fsecret",
    "%2e%2e/secret",
    "%2e%2e%2fsecret",
    "1/%2e%2e/%2e%2e/secret",
    "1%2f..%2f..%2fsecret",
    "1//../../secret",
    "1/..\\..\\secret",
    "1/a%00b",
]


@pytest.fixture
def canary(tmp_path):
    """A file outside of every server's folder. Requests that write or delete target only this file."""
    path = tmp_path / "canary"
    path.write_text("alive")
    yield path
    assert path.read_text() == "alive"


def raw(caller, method: str, path: str, body: bytes | None = None):
    """Sends a path exactly as written; ordinary HTTP clients would normalize it."""
    address = urlsplit(caller.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    token = caller.http.headers.get("authorization")
    connection.request(method, path, body=body, headers={"authorization": token} if token else {})
    answer = connection.getresponse()
    return answer.status, answer.read()


@pytest.mark.parametrize("path", RELATIVE)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_path_that_leaves_its_folder_is_refused(caller, method, path):
    if is_reference() and path in ("1/a%00b", "1/..\\..\\secret"):
        pytest.skip("MLflow takes this as a name")
    status, body = raw(caller, method, f"{BASE}/{path}", b"stolen" if method == "PUT" else None)
    assert 400 <= status < 500, (status, body)


@pytest.mark.skipif(is_reference(), reason="MLflow answers 200, 308 or 500 to some of these")
@pytest.mark.parametrize("spelling", ["{}", "%2f{}", "1/%2f{}", "file://{}", "/{}"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_absolute_path_is_refused(caller, canary, method, spelling):
    path = spelling.format(str(canary) if "%2f" not in spelling else str(canary).lstrip("/"))
    status, body = raw(caller, method, f"{BASE}/{path}", b"stolen" if method == "PUT" else None)
    assert 400 <= status < 500, (status, body)


@pytest.mark.parametrize("path", ["..", "../..", "%2e%2e", "/", "1/../.."])
def test_a_listing_outside_is_refused(caller, path):
    status, body = raw(caller, "GET", f"{BASE}?path={path}")
    assert 400 <= status < 500, (status, body)


def test_a_missing_artifact_is_404(caller, experiment):
    for path in (f"{experiment}/nope.txt", f"{experiment}/traces/tr-nope/artifacts/traces.json"):
        assert_error(caller.ask("GET", f"{BASE}/{path}"), 404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize(
    "body",
    [b"hello", b"[]", b'{"spans": 5}', b'{"spans": [{}]}', b'{"spans": [{"trace_id": "!", "span_id": "?", "name": 5}]}',
     b'{"spans": [' + b"[" * 10_000 + b"]" * 10_000 + b"]}", b"\xff\xfe", b""],
    ids=["words", "a list", "a number", "an empty span", "no ids", "10,000 deep", "bad UTF-8", "nothing"],
)  # fmt: skip
def test_an_invalid_traces_json_is_never_a_server_error(caller, experiment, body):
    trace = f"tr-{'ab' * 16}"
    path = f"{BASE}/{experiment}/traces/{trace}/artifacts/traces.json"
    answer = caller.ask("PUT", path, content=body, headers={"content-type": "text/plain"})
    assert answer.status_code < 500, answer.text
    assert caller.ask("GET", "/health").text == "OK"
