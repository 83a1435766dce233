"""A filled server behind a proxy that serves MLflow's web UI."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from kit.env import process_env
from kit.server import Server
from proxy import Proxy


@pytest.fixture(scope="session")
def site(server: Server):
    """The address of the UI, and the ids of what there is to see."""
    env = process_env("plain", server.url, None) | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    done = subprocess.run([sys.executable, str(Path(__file__).with_name("fill.py"))], env=env, text=True, capture_output=True, timeout=300)
    answers = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    assert done.returncode == 0 and answers, f"{done.stdout}\n{done.stderr}"
    with Proxy(server.port) as proxy:
        yield proxy.url, json.loads(answers[-1].removeprefix("ANSWER "))
