"""Fixtures of the tests with real applications."""

import os
import sys
import uuid
from pathlib import Path

import mlflow
import pytest
from kit.env import process_env

APPS = Path(__file__).parent.parent / "apps"
sys.path.insert(0, str(APPS))

from openai_stub import OpenAIStub  # noqa: E402


@pytest.fixture(scope="session")
def stub():
    with OpenAIStub() as running:
        yield running


@pytest.fixture(scope="session")
def app_env(server):
    """The environment of an application that traces to the server, in a form."""

    def env(form: str = "plain", **more: str) -> dict[str, str]:
        path = {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        return process_env(form, server.url, server.access_token) | path | more

    return env


@pytest.fixture
def experiment(server, monkeypatch) -> str:
    """The id of a new experiment that this process sends its traces to."""
    if server.access_token:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", server.access_token)
    mlflow.set_tracking_uri(server.url)
    experiment_id = mlflow.set_experiment(f"apps-{uuid.uuid4().hex[:12]}").experiment_id
    yield experiment_id
    mlflow.flush_trace_async_logging()


@pytest.fixture
def traces_of():
    """Every trace of an experiment, oldest first, read back from the server."""

    def read(experiment_id: str) -> list:
        mlflow.flush_trace_async_logging()
        return mlflow.search_traces(
            locations=[experiment_id], order_by=["timestamp_ms ASC"], return_type="list"
        )

    return read
