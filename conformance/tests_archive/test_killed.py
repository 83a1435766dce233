"""A server that is killed at random moments while it archives: every trace is in the tables, and once."""

import json
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from kit.delta_readers import READERS
from kit.otlp import send_traces
from kit.poll import eventually
from kit.server import Server, is_reference

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server has no such archive")

TRACES_OF_REQUEST = 50
# With an interval of one second, kills come before, within and after a batch.
SECONDS_BETWEEN = 1.5
QUIET_SECONDS = 10


@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.slow)])
def test_a_killed_server_archives_each_trace_once(tmp_path, kills):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    random_ = random.Random(seed)
    folder = tmp_path / "archive"
    server = Server(tmp_path / "data", ("--archive", f"file://{folder}", "--archive-every", "1s")).start()
    sent: set[str] = set()
    try:
        began = time.monotonic()
        for number in range(kills):
            traces = {f"{len(sent) + one + 1:032x}": "x" * 50 for one in range(TRACES_OF_REQUEST)}
            send_traces(server, "0", traces)
            sent |= set(traces)
            # Traces become due 10 s after they came, so there is something to archive from then on.
            if number == 0:
                time.sleep(QUIET_SECONDS)
            time.sleep(random_.uniform(0, SECONDS_BETWEEN))
            server.kill()
            server.start()
        assert QUIET_SECONDS < time.monotonic() - began
        tables = [folder / "experiment_0_traces", folder / "experiment_0_otel_spans"]
        complete = eventually(lambda: all(counts(table).keys() == sent for table in tables), seconds=120, every=2)
        found = [counts(table) for table in tables]
        assert complete, f"{[len(sent - one.keys()) for one in found]} of {len(sent)} are missing\n{server.tail()}"
        for name, read in READERS.items():
            for table in tables:
                doubled = [trace for trace, count in counts(table, name).items() if count != 1]
                assert not doubled, f"{name} finds {len(doubled)} of {len(sent)} more than once in {table.name}"
        stray = files_on_disk(folder) - files_in_log(folder)
        assert not stray, f"{len(stray)} files were written in vain and are still there"
    finally:
        server.stop()


def counts(table: Path, reader: str = "deltalake") -> Counter[str]:
    """How often each trace is in a table, by the hexadecimal digits of its id."""
    if not (table / "_delta_log").exists():
        return Counter()
    return Counter(trace.removeprefix("tr-") for trace in READERS[reader](table, "trace_id"))


def files_on_disk(folder: Path) -> set[str]:
    return {str(path) for path in folder.glob("*/*.parquet")}


def files_in_log(folder: Path) -> set[str]:
    """All files that a table ever had: those that compaction replaced stay for an hour."""
    files = set()
    for commit in folder.glob("*/_delta_log/*.json"):
        actions = map(json.loads, commit.read_text().splitlines())
        files |= {str(commit.parent.parent / Path(action["add"]["path"]).name) for action in actions if "add" in action}
    return files
