"""The server as a process: one per folder, graceful shutdown, logs and metrics."""

import gzip
import json
import os
import socket
import subprocess
import threading
import time

import pytest
from kit.server import Server, clean_env, free_port, is_reference
from wire import spans
from wire.caller import Caller

pytestmark = pytest.mark.skipif(is_reference(), reason="this is about our process")


def serve(*args: str, env: dict | None = None, timeout: float = 20) -> subprocess.CompletedProcess:
    """Runs `kansoku serve`, which is expected to end by itself."""
    command = [Server.binary(), "serve", *args]
    return subprocess.run(
        command, env=clean_env() | (env or {}), text=True, capture_output=True, timeout=timeout
    )


def sentences(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def test_a_second_server_on_the_same_folder_stops_with_one_sentence(start_server):
    first = start_server()
    second = serve("--port", str(free_port()), "--data", str(first.data))
    assert second.returncode not in (0, 101), second.stderr
    told = sentences(second.stderr)
    assert str(first.data) in second.stderr
    assert 1 <= len(told) <= 3, second.stderr
    assert "panicked" not in second.stderr
    assert Caller(first.url).ask("GET", "/health").text == "OK", "the first one goes on"


def test_a_folder_is_free_again_after_its_server_was_killed(start_server):
    first = start_server()
    first.kill()
    assert Caller(start_server(data=first.data).url).ask("GET", "/health").text == "OK"


def test_a_port_in_use_is_reported(start_server, tmp_path):
    first = start_server()
    second = serve("--port", str(first.port), "--data", str(tmp_path / "other"))
    assert second.returncode not in (0, 101), second.stderr
    assert str(first.port) in second.stderr
    assert "panicked" not in second.stderr


def test_sigterm_ends_the_server_with_0(start_server):
    assert start_server().stop() == 0


def test_sigterm_lets_requests_in_flight_finish(start_server):
    server = start_server()
    caller = Caller(server.url)
    experiment = caller.experiment("drain")
    otel_id = spans.new_trace()
    body = gzip.compress(spans.protobuf([spans.span(otel_id)]))
    slow = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    head = (
        f"POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-protobuf\r\n"
        f"content-encoding: gzip\r\nx-mlflow-experiment-id: {experiment}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    slow.sendall(head.encode() + body[:10])
    time.sleep(0.2)
    codes = []
    stopping = threading.Thread(target=lambda: codes.append(server.stop()))
    stopping.start()
    time.sleep(0.2)
    slow.sendall(body[10:])
    assert slow.recv(100).startswith(b"HTTP/1.1 200")
    slow.close()
    stopping.join(25)
    assert codes == [0]
    server.start()
    assert len(Caller(server.url).search(experiment)) == 1


def test_idle_connections_do_not_hold_the_server_up(start_server):
    server = start_server()
    caller = Caller(server.url)
    caller.ask("GET", "/health")
    idle = socket.create_connection(("127.0.0.1", server.port))
    before = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - before < 10
    idle.close()


def test_what_was_written_is_there_after_a_restart(start_server):
    server = start_server()
    caller = Caller(server.url)
    experiment = caller.experiment("kept")
    caller.append_spans(experiment, spans.protobuf([spans.span(spans.new_trace(), name="kept")]))
    before = caller.search(experiment)
    server.restart()
    assert Caller(server.url).search(experiment) == before


def test_the_start_prints_the_address_and_code_to_paste(start_server):
    server = start_server()
    for line in (server.url, "MLFLOW_TRACKING_URI", "DATABRICKS_HOST"):
        assert line in server.tail()


def test_logs_can_be_json(start_server):
    server = start_server(args=("--log", "json"))
    Caller(server.url).ask("GET", "/health")
    server.stop()
    lines = [line for line in server.tail().splitlines() if line.startswith("{")]
    assert lines and all(isinstance(json.loads(line), dict) for line in lines)


def test_metrics_count_requests(start_server):
    caller = Caller(start_server().url)
    caller.ok("GET", "/api/2.0/mlflow/experiments/get?experiment_id=0")
    told = caller.ask("GET", "/metrics")
    assert told.status_code == 200
    assert "experiments/get" in told.text
    assert "# TYPE" in told.text
