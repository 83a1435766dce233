"""A disk that is full, has a limit or is read-only is reported, and no acknowledged data is lost.

Some tests mount a file system of their own; without the permission to mount they are skipped.
"""

import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest
from kit.server import Server, clean_env, is_reference
from wire.audit import audit
from wire.caller import Caller, assert_otlp_error
from wire.sending import Template

pytestmark = pytest.mark.skipif(is_reference(), reason="this is our promise, not MLflow's")

TEMPLATE = Template(20, text=5000)
GOES_ON_WITHIN_S = 15


class LimitedServer(Server):
    """A server that cannot write files larger than `file_bytes_max`."""

    file_bytes_max = 12 << 20

    def start(self) -> Server:
        def limit():
            # Python ignores SIGXFSZ, which child processes inherit; other parents do not.
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.file_bytes_max, resource.RLIM_INFINITY))

        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), env=clean_env() | self.env, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=limit)
        self.wait_until_healthy()
        return self

    def lift(self):
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 160 MiB; `ballast` takes 80 of it."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m,mode=0700", "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
    if not mounted:
        pytest.skip("mounting a small file system needs root")
    (place / "ballast").write_bytes(bytes(80 << 20))
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(caller: Caller, experiment: str):
    """Sends until a trace is rejected; returns the stored traces and the rejection."""
    taken = []
    for _ in range(3000):
        trace_id, request = TEMPLATE.new()
        answer = caller.append_spans(experiment, request)
        if answer.status_code != 200:
            return taken, answer
        taken.append(trace_id)
    raise AssertionError("the disk never filled up")


def is_said(server: Server, caller: Caller, refusal):
    assert_otlp_error(refusal, 503)
    assert refusal.headers["retry-after"]
    health = caller.ask("GET", "/health")
    assert health.status_code == 503 and "writes fail" in health.json()["message"], health.text
    assert any("writes fail" in line for line in server.tail().splitlines()), server.tail()


def goes_on(server: Server, caller: Caller, experiment: str, taken: list[str]):
    until = time.monotonic() + GOES_ON_WITHIN_S
    while caller.ask("GET", "/health").status_code != 200:
        assert time.monotonic() < until, f"still unhealthy with space to write:\n{server.tail()}"
        time.sleep(0.1)
    assert any("writes succeed again" in line for line in server.tail().splitlines())
    trace_id, request = TEMPLATE.new()
    assert caller.append_spans(experiment, request).status_code == 200
    taken.append(trace_id)
    for each in (taken[0], taken[-1], taken[len(taken) // 2]):
        told = caller.ok("GET", f"/api/3.0/mlflow/traces/get?trace_id={each}")
        assert len(told["trace"]["spans"]) == TEMPLATE.count
    assert server.stop() == 0
    # A trace whose response was lost may be stored, too.
    assert audit(server.data) >= len(taken) * TEMPLATE.count


def test_a_full_disk_is_reported_and_writes_go_on_when_there_is_space(start_server, small_disk):
    server = start_server(data=small_disk / "data")
    server.stop()
    server.log = small_disk.with_name("server.log")
    server.start()
    caller = Caller(server.url)
    experiment = caller.experiment("full")
    taken, refusal = fill(caller, experiment)
    assert taken
    is_said(server, caller, refusal)
    told = caller.ok("GET", f"/api/3.0/mlflow/traces/get?trace_id={taken[-1]}")
    assert len(told["trace"]["spans"]) == TEMPLATE.count, "what is there can be read"
    condemned, taken = taken[:50], taken[50:]
    body = {"experiment_id": experiment, "request_ids": condemned}
    gone = caller.ok("POST", "/api/2.0/mlflow/traces/delete-traces", json=body)
    assert gone["traces_deleted"] == len(condemned), "deletions have the reserve"
    assert caller.append_spans(experiment, TEMPLATE.new()[1]).status_code == 503
    (small_disk / "ballast").unlink()
    goes_on(server, caller, experiment, taken)


def test_a_log_file_on_the_full_disk_does_not_stop_the_server(start_server, small_disk):
    server = start_server(data=small_disk / "data", args=("--log-filter", "debug"))
    caller = Caller(server.url)
    experiment = caller.experiment("full")
    taken, _ = fill(caller, experiment)
    for _ in range(50):
        assert caller.ask("GET", "/health").status_code == 503
        assert_otlp_error(caller.append_spans(experiment, TEMPLATE.new()[1]), 503)
    told = caller.ok("GET", f"/api/3.0/mlflow/traces/get?trace_id={taken[0]}")
    assert len(told["trace"]["spans"]) == TEMPLATE.count
    server.kill()
    (small_disk / "ballast").unlink()
    server.start()
    goes = Caller(server.url)
    for each in taken[:: max(1, len(taken) // 20)]:
        told = goes.ok("GET", f"/api/3.0/mlflow/traces/get?trace_id={each}")
        assert len(told["trace"]["spans"]) == TEMPLATE.count
    server.stop()
    assert audit(server.data) >= len(taken) * TEMPLATE.count


def test_a_server_that_starts_on_a_full_disk_reports_it(start_server, small_disk):
    server = start_server(data=small_disk / "data")
    server.stop()
    with open(small_disk / "more", "wb") as more:
        try:
            while True:
                more.write(bytes(1 << 16))
                more.flush()
        except OSError:
            pass
    with pytest.raises(RuntimeError) as refused:
        server.start()
    told = str(refused.value)
    assert "full" in told or "No space left" in told, told
    assert "panicked" not in told
    (small_disk / "more").unlink()
    server.start()
    assert Caller(server.url).ask("GET", "/health").text == "OK"


def test_a_limit_on_file_sizes_is_an_error_like_any_other(tmp_path):
    server = LimitedServer(tmp_path / "data")
    server.start()
    try:
        caller = Caller(server.url)
        experiment = caller.experiment("limit")
        taken, refusal = fill(caller, experiment)
        assert taken
        is_said(server, caller, refusal)
        server.lift()
        goes_on(server, caller, experiment, taken)
    finally:
        server.kill()


def test_a_read_only_folder_is_named(start_server, small_disk):
    server = start_server(data=small_disk / "data")
    server.stop()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    try:
        server.log = Path(str(small_disk) + ".log")
        with pytest.raises(RuntimeError) as refused:
            server.start()
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    told = str(refused.value)
    assert str(server.data) in told and "Read-only file system" in told, told
    assert "panicked" not in told
