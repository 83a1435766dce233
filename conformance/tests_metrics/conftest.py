"""Kansoku and MLflow's own server with the same traces from MLflow's client."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from kit.env import process_env
from kit.server import both_servers


def fill(url: str) -> dict:
    env = process_env("plain", url, None) | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("fill.py"))], env=env, text=True, capture_output=True, timeout=300
    )
    answers = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    assert done.returncode == 0 and answers, f"{done.stdout}\n{done.stderr}"
    return json.loads(answers[-1].removeprefix("ANSWER ")) | {"url": url}


@pytest.fixture(scope="session")
def sides(tmp_path_factory):
    """The addresses and ids of Kansoku and MLflow's server, both filled."""
    with both_servers(tmp_path_factory.mktemp("sides")) as servers, ThreadPoolExecutor(2) as pool:
        yield list(pool.map(lambda server: fill(server.start().url), servers))
