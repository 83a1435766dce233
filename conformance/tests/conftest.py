"""What every client test has: the client's environment and an experiment of its own."""

import os
import re
import uuid

import pytest

from kit.client import FORM
from kit.env import form_env
from kit.process import Process


@pytest.fixture(scope="session")
def client_env(server):
    """This process as a user's process: variables first, then the import of mlflow."""
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
    """Lets a flush return without the client's second of idling in its queue.

    The client's consumer looks up from an empty queue once a second, and a flush
    waits for that. What is sent, and in which order, stays as it is. `--all` and
    every second process run without this.
    """
    from queue import Queue

    from mlflow.tracing.export import async_export_queue

    class QuickQueue(Queue):
        def get(self, block=True, timeout=None):
            return super().get(block, timeout and min(timeout, 0.02))

    async_export_queue.Queue = QuickQueue


def experiment_name(hint: str) -> str:
    """A name nobody else uses; databricks form wants names that are paths."""
    name = f"{re.sub(r'[^a-zA-Z0-9_-]', '-', hint)[:60]}-{uuid.uuid4().hex[:8]}"
    return f"/Shared/conformance/{name}" if FORM == "databricks" else name


@pytest.fixture
def new_name(request):
    """Makes experiment names."""
    return lambda hint="": experiment_name(hint or request.node.name)


@pytest.fixture(autouse=True)
def experiment(client_env, new_name):
    """The active experiment of this test."""
    import mlflow

    return mlflow.set_experiment(new_name())


@pytest.fixture
def process(server):
    """Starts second processes."""
    return Process(server)
