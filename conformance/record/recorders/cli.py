"""Shared by the recorders of coding agents: a project to work in, and no network except loopback."""

import os
import subprocess
from pathlib import Path

SECONDS_MAX = 90
NOWHERE = "http://127.0.0.1:9"

MODELS = os.environ["ANTHROPIC_BASE_URL"]
COLLECTOR = os.environ["RECORD_COLLECTOR"]
TRACES = "RECORD_LOGS_ALONE" not in os.environ


def binary(name: str) -> str:
    """A program of the packages under test."""
    return str(Path(os.environ["RECORD_NODE_MODULES"]) / "node_modules" / ".bin" / name)


def workplace() -> Path:
    """A home directory that contains one small project."""
    project = Path.cwd() / "project"
    project.mkdir()
    (project / "main.py").write_text("print('hello')\n")
    return project


def run(command: list[str], project: Path, env: dict[str, str]) -> None:
    """Runs an agent to its end; requests to other hosts fail."""
    env = os.environ | {"HOME": str(Path.cwd()), "HTTPS_PROXY": NOWHERE, "HTTP_PROXY": NOWHERE,
                        "NO_PROXY": "127.0.0.1,localhost"} | env
    done = subprocess.run(command, cwd=project, env=env, timeout=SECONDS_MAX, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(done.stdout[-4000:])
    done.check_returncode()
