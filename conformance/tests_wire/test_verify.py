"""`kansoku verify` checks a server step by step, and reports each step or the reason of a failure."""

import re
import subprocess

import pytest
from kit.server import Server, clean_env, free_port, is_reference
from wire.caller import Caller

pytestmark = pytest.mark.skipif(is_reference(), reason="this is about our own command")


def verify(url: str, *args: str) -> subprocess.CompletedProcess:
    command = [Server.binary(), "verify", "--url", url, *args]
    return subprocess.run(command, env=clean_env(), text=True, capture_output=True, timeout=60)


@pytest.fixture
def known(start_server) -> tuple[str, str, str]:
    """The address of a server, and the name and id of an experiment on it."""
    caller = Caller(start_server().url)
    experiment = caller.experiment("verify")
    told = caller.ok("GET", f"/api/2.0/mlflow/experiments/get?experiment_id={experiment}")
    return caller.url, told["experiment"]["name"], experiment


def test_a_server_that_works_is_verified_step_by_step(known):
    url, name, _ = known
    done = verify(url, "--experiment", name)
    assert done.returncode == 0, done.stdout + done.stderr
    for step in ("trace", "search", "feedback", "delete"):
        assert step in done.stdout.lower(), done.stdout
    assert len(re.findall(r"\d\s?(ms|µs|s)\b", done.stdout)) >= 4, "each step with its time"


def test_nothing_is_left_behind(known):
    url, name, experiment = known
    assert verify(url, "--experiment", name).returncode == 0
    assert Caller(url).search(experiment) == []


def test_a_missing_experiment_is_named(known):
    url, *_ = known
    done = verify(url, "--experiment", "no-such-experiment")
    assert done.returncode not in (0, 101)
    assert "no-such-experiment" in done.stdout + done.stderr


def test_an_experiment_need_not_be_named(start_server):
    assert verify(start_server().url).returncode == 0


def test_a_token_is_used_and_its_lack_is_explained(start_server):
    server = start_server()
    token = server.token()
    server.restart()
    assert verify(server.url, "--token", token).returncode == 0
    for args in ((), ("--token", "wrong")):
        done = verify(server.url, *args)
        assert done.returncode not in (0, 101)
        assert "token" in (done.stdout + done.stderr).lower()


def test_an_unreachable_server_is_reported():
    url = f"http://127.0.0.1:{free_port()}"
    done = verify(url)
    assert done.returncode not in (0, 101)
    assert url in done.stdout + done.stderr
    assert "panicked" not in done.stderr
