"""Fixtures of every client test: the client's environment and a new experiment."""

import os
import re
import uuid

import pytest

from kit.client import FORM
from kit.env import form_env
from kit.process import Process


@pytest.fixture(scope="session")
def client_env(server):
    """Sets up this process like a user's: sets variables first, then imports mlflow."""
    for key in list(os.environ):
        if key.startswith("DATABRICKS_"):
            del os.environ[key]
    env = form_env(FORM, server.url, server.access_token)
    os.environ.update(env)
    os.environ["DATABRICKS_CONFIG_FILE"] = "/nonexistent"
    if not os.environ.get("KANSOKU_ALL"):
        shorten_idle_wait()
    return env


def shorten_idle_wait() -> None:
    """Lets a flush return without waiting up to a second for the client's idle queue.

    The client's consumer checks for a flush once a second while its queue is empty.
    The sent data and its order do not change. `--all` and further client processes
    run without this.
    """
    from queue import Queue

    from mlflow.tracing.export import async_export_queue

    class QuickQueue(Queue):
        def get(self, block=True, timeout=None):
            return super().get(block, timeout and min(timeout, 0.02))

    async_export_queue.Queue = QuickQueue


def experiment_name(hint: str) -> str:
    """A unique name; in databricks form names must be paths."""
    name = f"{re.sub(r'[^a-zA-Z0-9_-]', '-', hint)[:60]}-{uuid.uuid4().hex[:8]}"
    return f"/Shared/conformance/{name}" if FORM == "databricks" else name


@pytest.fixture
def new_name(request):
    """Creates unique experiment names."""
    return lambda hint="": experiment_name(hint or request.node.name)


@pytest.fixture(autouse=True)
def experiment(client_env, new_name):
    """The active experiment of this test."""
    import mlflow

    return mlflow.set_experiment(new_name())


@pytest.fixture
def process(server):
    """Starts further client processes."""
    return Process(server)
