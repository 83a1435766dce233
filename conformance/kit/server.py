"""The server under test: starts it on a free port with one data folder, and stops it.

`Server` runs the kansoku binary. `ReferenceServer` runs MLflow's own server in
its place, to check that a test states MLflow's behaviour and not Kansoku's.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 20


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_env() -> dict[str, str]:
    """The environment without variables that would configure a client or a server."""
    prefixes = ("MLFLOW_", "DATABRICKS_", "OTEL_", "KANSOKU_", "PYTEST_")
    return {key: value for key, value in os.environ.items() if not key.startswith(prefixes)}


class Server:
    """The kansoku binary over `data`. `args` and `env` are added to its command."""

    def __init__(self, data: Path, args: tuple[str, ...] = (), env: dict[str, str] | None = None):
        self.data = Path(data)
        self.port = free_port()
        self.args = tuple(args)
        self.env = env or {}
        self.log = self.data.with_name(self.data.name + ".log")
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @staticmethod
    def binary() -> str:
        path = os.environ.get("KANSOKU_BIN")
        if not path:
            raise RuntimeError("KANSOKU_BIN is not set; run the suites through run.py")
        return path

    def command(self) -> list[str]:
        return [self.binary(), "serve", "--host", "127.0.0.1", "--port", str(self.port),
                "--data", str(self.data), *self.args]

    def start(self) -> "Server":
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), env=clean_env() | self.env, stdout=log,
                                            stderr=log, start_new_session=True)
        self.wait_until_healthy()
        return self

    def wait_until_healthy(self, seconds: float = START_SECONDS_MAX) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode} while starting:\n{self.tail()}")
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"the server did not answer /health within {seconds} s:\n{self.tail()}")

    def stop(self) -> int:
        """Asks the server to end (SIGTERM) and returns its exit code."""
        if self.process is None:
            return 0
        process, self.process = self.process, None
        if process.poll() is None:
            process.terminate()
        try:
            return process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise RuntimeError(f"the server did not end within {STOP_SECONDS_MAX} s of SIGTERM:\n{self.tail()}")

    def kill(self) -> None:
        """Kills the server (SIGKILL)."""
        if self.process is not None:
            process, self.process = self.process, None
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def restart(self) -> "Server":
        """Stops the server if it runs, and starts it again with the same folder and port."""
        self.stop()
        return self.start()

    def token(self, name: str = "ci") -> str:
        """Creates an access token. Once one exists, every request needs a token."""
        done = subprocess.run([self.binary(), "token", "create", "--name", name, "--data", str(self.data)],
                              env=clean_env(), text=True, capture_output=True, timeout=30)
        if done.returncode != 0:
            raise RuntimeError(f"`kansoku token create` ended with {done.returncode}:\n{done.stderr}")
        return done.stdout.strip().splitlines()[-1].strip()

    def run(self, *args: str) -> str:
        """Runs a command of the binary, and returns what it prints."""
        done = subprocess.run([self.binary(), *args], env=clean_env() | self.env, text=True, capture_output=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"`kansoku {' '.join(args)}` ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def tail(self, since: int = 0, lines: int = 60) -> str:
        """The last lines of the server's log after byte `since`."""
        if not self.log.exists():
            return ""
        text = self.log.read_bytes()[since:].decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])


class ReferenceServer(Server):
    """MLflow's own server on a SQLite file. It has no tokens and no databricks form."""

    def command(self) -> list[str]:
        self.data.mkdir(parents=True, exist_ok=True)
        return [os.environ["KANSOKU_REFERENCE_PYTHON"], "-m", "mlflow", "server", "--host", "127.0.0.1",
                "--port", str(self.port), "--backend-store-uri", f"sqlite:///{self.data}/mlflow.db",
                "--artifacts-destination", f"{self.data}/artifacts", "--workers", "1", *self.args]

    def start(self) -> "Server":
        self.env = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_MODEL_CATALOG_URI": "",
                    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"} | self.env
        return super().start()

    def wait_until_healthy(self, seconds: float = 120) -> None:
        super().wait_until_healthy(seconds)

    def token(self, name: str = "ci") -> str:
        raise RuntimeError("the reference server has no tokens")


@contextmanager
def both_servers(folder: Path) -> Iterator[list[Server]]:
    """Kansoku and MLflow's own server, not started yet; both are ended at the end. Runs in the reference client's venv."""
    os.environ["KANSOKU_REFERENCE_PYTHON"] = sys.executable
    servers = [Server(folder / "ours"), ReferenceServer(folder / "theirs")]
    try:
        yield servers
    finally:
        for server in servers:
            server.kill()


def is_reference() -> bool:
    return os.environ.get("KANSOKU_SERVER") == "reference"


def make_server(data: Path, **options) -> Server:
    return (ReferenceServer if is_reference() else Server)(data, **options)
