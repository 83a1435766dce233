"""Fixtures of the tests with OpenTelemetry's SDK: a server with a gRPC port, and helpers for requests to it."""

import uuid
from pathlib import Path

import httpx
import pytest
from kit.server import Server, free_port

DEFAULT_EXPERIMENT = "0"


def with_grpc(data: Path, *args: str) -> Server:
    """A server with a free gRPC port, `grpc_port`, as 4317 may be in use."""
    grpc_port = free_port()
    server = Server(data, args=("--grpc-port", str(grpc_port), *args))
    server.grpc_port = grpc_port
    return server


class Rest:
    """Short methods for requests to the server's REST API."""

    def __init__(self, url: str):
        self.http = httpx.Client(base_url=url, timeout=30)

    def ask(self, method: str, path: str, **how) -> dict:
        answer = self.http.request(method, path, **how)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def new_experiment(self, name: str | None = None) -> tuple[str, str]:
        """Creates an experiment; returns its id and its name."""
        name = name or f"otel-{uuid.uuid4().hex[:12]}"
        made = self.ask("POST", "/api/2.0/mlflow/experiments/create", json={"name": name})
        return made["experiment_id"], name

    def experiment_id(self, name: str) -> str:
        found = self.ask("GET", "/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": name})
        return found["experiment"]["experiment_id"]

    def trace(self, otel_id: str) -> dict:
        return self.ask("GET", "/api/3.0/mlflow/traces/get", params={"trace_id": f"tr-{otel_id}"})["trace"]

    def is_known(self, otel_id: str) -> bool:
        return self.http.get(f"/api/3.0/mlflow/traces/tr-{otel_id}").status_code == 200

    def experiment_of(self, otel_id: str) -> str:
        location = self.trace(otel_id)["trace_info"]["trace_location"]
        return location["mlflow_experiment"]["experiment_id"]

    def ledger(self) -> dict:
        return self.ask("GET", "/api/3.0/kansoku/ingest")

    def audit(self) -> dict:
        return self.ask("GET", "/api/3.0/kansoku/audit")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = with_grpc(
        tmp_path_factory.mktemp("otel") / "data",
        "--ingest-services", "checkout=/Shared/checkout",
    )
    running.start()
    yield running
    code = running.stop()
    assert code == 0, f"the server ended with {code} on SIGTERM:\n{running.tail()}"


@pytest.fixture
def start(tmp_path):
    """Starts a server for one test, with these flags."""
    running: list[Server] = []

    def make(*args: str) -> Server:
        one = with_grpc(tmp_path / f"data-{len(running)}", *args)
        running.append(one)
        return one.start()

    yield make
    for one in running:
        one.kill()


@pytest.fixture(scope="session")
def rest(server) -> Rest:
    return Rest(server.url)


@pytest.fixture
def experiment(rest) -> str:
    return rest.new_experiment()[0]
