"""Tokens: once one exists, every request needs a token; without any, only loopback is served."""

import subprocess

import httpx
import pytest
from kit.server import Server, clean_env, free_port, is_reference
from test_process import sentences, serve
from wire import spans
from wire.caller import Caller, assert_error

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow has no tokens")

ROUTES = [
    ("POST", "/api/3.0/mlflow/traces/search"),
    ("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0"),
    ("GET", "/ajax-api/2.0/mlflow/experiments/get?experiment_id=0"),
    ("POST", "/v1/traces"),
    ("GET", "/api/2.0/mlflow-artifacts/artifacts/0/x"),
    ("PUT", "/api/2.0/mlflow-artifacts/artifacts/0/x"),
    ("GET", "/api/2.0/mlflow/traces/tr-1/credentials-for-data-upload"),
]


class OpenServer(Server):
    """A server that listens on all interfaces; the tests reach it over loopback."""

    def command(self) -> list[str]:
        return ["0.0.0.0" if word == "127.0.0.1" else word for word in super().command()]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server with one token, and that token."""
    server = Server(tmp_path_factory.mktemp("guarded") / "data")
    token = server.token()
    server.start()
    yield server, token
    server.kill()


@pytest.mark.parametrize(["method", "path"], ROUTES)
@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer"}, {"authorization": "nonsense"},
     {"authorization": "Basic !!!"}, {"authorization": "Basic dXNlcjp3cm9uZw=="}],
    ids=["none", "wrong", "empty", "nonsense", "no base64", "wrong password"],
)  # fmt: skip
def test_a_request_without_a_valid_token_is_401(guarded, method, path, headers):
    server, _ = guarded
    answer = httpx.request(method, server.url + path, headers=headers, json={})
    assert_error(answer, 401, "UNAUTHENTICATED")


def test_a_token_is_accepted_as_bearer_and_as_password(guarded):
    server, token = guarded
    url = f"{server.url}/api/2.0/mlflow/experiments/get?experiment_id=0"
    assert httpx.get(url, headers={"authorization": f"Bearer {token}"}).status_code == 200
    assert httpx.get(url, headers={"authorization": f"bearer {token}"}).status_code == 200
    assert httpx.get(url, auth=("anyone", token)).status_code == 200
    assert httpx.get(url, auth=("anyone", token[:-1])).status_code == 401


def test_probes_need_no_token(guarded):
    server, _ = guarded
    for path in ("/health", "/version", "/.well-known/databricks-config"):
        assert httpx.get(server.url + path).status_code == 200, path


def test_a_token_stays_valid_after_a_restart(start_server):
    server = start_server()
    token = server.token("laptop")
    server.restart()
    assert Caller(server.url, token).ask("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0").status_code == 200
    assert Caller(server.url).ask("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0").status_code == 401


def test_a_token_is_stored_only_as_a_hash(guarded):
    server, token = guarded
    files = [path for path in server.data.rglob("*") if path.is_file()]
    assert files
    assert all(token.encode() not in path.read_bytes() for path in files)
    assert token not in server.tail()


def test_two_tokens_differ(guarded):
    server, token = guarded
    assert server.token("another") != token


def test_a_token_needs_a_name(tmp_path):
    command = [Server.binary(), "token", "create", "--data", str(tmp_path / "data")]
    done = subprocess.run(command, env=clean_env(), text=True, capture_output=True, timeout=20)
    assert done.returncode not in (0, 101)
    assert "--name" in done.stderr


def test_listening_beyond_loopback_without_a_token_stops_with_one_sentence(tmp_path):
    done = serve("--host", "0.0.0.0", "--port", str(free_port()), "--grpc-port", "off", "--data",
                 str(tmp_path / "data"))
    assert done.returncode not in (0, 101)
    told = sentences(done.stderr)
    assert len(told) == 1, done.stderr
    assert "--allow-anonymous" in told[0] and "token create" in told[0]


def test_beyond_loopback_is_served_with_a_token_or_if_anonymous_access_is_allowed(tmp_path):
    experiment = "/api/2.0/mlflow/experiments/get?experiment_id=0"
    anonymous = OpenServer(tmp_path / "anonymous", args=("--allow-anonymous",))
    guarded = OpenServer(tmp_path / "guarded")
    token = guarded.token()
    try:
        assert Caller(anonymous.start().url).ok("GET", experiment)
        assert Caller(guarded.start().url, token).ok("GET", experiment)
    finally:
        anonymous.kill()
        guarded.kill()


def test_spans_are_sent_with_a_token(guarded):
    server, token = guarded
    caller = Caller(server.url, token)
    experiment = caller.experiment("guarded")
    answer = caller.append_spans(experiment, spans.protobuf([spans.span(spans.new_trace())]))
    assert answer.status_code == 200
    assert len(caller.search(experiment)) == 1
