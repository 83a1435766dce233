"""Fixtures of every suite: the server under test, and its log in the report of a failure."""

import os
import signal
from pathlib import Path

import pytest

from kit.env import QUIET
from kit.server import Server, is_reference, make_server

os.environ.update(QUIET)
# On SIGTERM, pytest ends its fixtures as on SIGINT, so that no server is left running.
signal.signal(signal.SIGTERM, signal.default_int_handler)

_log_marks: dict[str, tuple[Server, int]] = {}


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Server:
    """One server for the whole session; it must exit with code 0 on SIGTERM."""
    running = make_server(tmp_path_factory.mktemp("server") / "data")
    running.access_token = None
    if os.environ.get("KANSOKU_FORM") == "databricks":
        running.access_token = running.token()
    running.start()
    _log_marks["session"] = (running, 0)
    yield running
    code = running.stop()
    if not is_reference():
        assert code == 0, f"the server ended with {code} on SIGTERM:\n{running.tail()}"


@pytest.fixture
def start_server(tmp_path):
    """Starts a server for one test; `data` is its folder, which two servers can share."""
    running: list[Server] = []

    def start(data: Path | None = None, **options) -> Server:
        one = make_server(data or tmp_path / f"data-{len(running)}", **options)
        running.append(one)
        return one.start()

    yield start
    for one in running:
        one.kill()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    if "session" in _log_marks:
        running, _ = _log_marks["session"]
        _log_marks["session"] = (running, running.log.stat().st_size)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and "session" in _log_marks:
        running, since = _log_marks["session"]
        text = running.tail(since, lines=30)
        if text:
            report.sections.append(("server log during this test", text))
    return report
