"""The commands `kansoku archive …`: merged files have the same rows for every reader, and printed SQL runs."""

import json
from collections import Counter
from pathlib import Path

import deltalake
import polars
import pytest

from kit.delta_readers import READERS, duck
from kit.otlp import send_traces
from kit.poll import eventually
from kit.server import Server, is_reference

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server has no such archive")

BATCHES = 2
TRACES_OF_BATCH = 5
# The day of the traces is closed, so that two files are enough to merge them.
AGE_SECONDS = 3 * 86_400
# A trace is archived 10 s after its last change.
SECONDS_MAX = 60
TABLES = {"traces": "trace_id", "otel_spans": "trace_id", "otel_annotations": "target_id", "otel_logs": "trace_id",
          "otel_metrics": "name"}


class Archive:
    """A server that archives to a folder, and the commands that read it."""

    def __init__(self, folder: Path, layout: str):
        self.folder = folder / "archive"
        settings = {"KANSOKU_ARCHIVE": f"file://{self.folder}", "KANSOKU_ARCHIVE_LAYOUT": layout, "KANSOKU_ARCHIVE_EVERY": "1s"}
        self.server = Server(folder / "data", env=settings)

    def run(self, *args: str) -> str:
        return self.server.run("archive", *args, "--data", str(self.server.data))

    def traces(self) -> int:
        return json.loads(self.run("status", "--json"))["experiments"][0]["traces"]

    def table(self, suffix: str) -> Path:
        return self.folder / f"experiment_0_{suffix}"

    def rows(self) -> dict[tuple[str, str], Counter]:
        """How often each reader finds each trace in each table."""
        return {(name, suffix): Counter(read(self.table(suffix), column))
                for name, read in READERS.items() for suffix, column in TABLES.items()}

    def files(self, suffix: str) -> int:
        return len(deltalake.DeltaTable(str(self.table(suffix))).file_uris())


@pytest.fixture(scope="module", params=["v2", "v1"])
def archive(request, tmp_path_factory):
    """An archive of a server that has ended, written in several batches."""
    archive = Archive(tmp_path_factory.mktemp("archive"), request.param)
    try:
        for batch in range(BATCHES):
            archive.server.start()
            numbers = range(batch * TRACES_OF_BATCH + 1, (batch + 1) * TRACES_OF_BATCH + 1)
            send_traces(archive.server, "0", {f"{number:032x}": "x" * 50 for number in numbers}, AGE_SECONDS)
            expected = numbers.stop - 1
            found = eventually(lambda: (archive.table("traces") / "_delta_log").exists() and archive.traces() == expected,
                               seconds=SECONDS_MAX, every=0.5)
            assert found, archive.server.tail()
            archive.server.stop()
        yield archive
    finally:
        archive.server.stop()


def test_compacted_tables_have_the_same_rows(archive):
    before = archive.rows()
    assert sum(before["duckdb", "otel_spans"].values()) == BATCHES * TRACES_OF_BATCH
    printed = archive.run("compact")
    # The server merges files by itself; it may have come to that.
    assert "became" in printed or "No files" in printed
    assert archive.rows() == before
    assert [archive.files(suffix) for suffix in ("traces", "otel_spans", "otel_annotations")] == [1, 1, 1]
    verified = archive.run("verify", "--deep")
    assert f"{BATCHES * TRACES_OF_BATCH} traces archived" in verified and verified.endswith("Everything adds up.\n")


def test_printed_text_opens_all_tables(archive):
    counts = {suffix: sum(archive.rows()["deltalake", suffix].values()) for suffix in TABLES}
    text = archive.run("sql", "--for", "duckdb")
    db = duck()
    db.execute(text)
    for suffix, rows in counts.items():
        assert db.execute(f"select count(*) from experiment_0_{suffix}").fetchone() == (rows,)
    example = text.split("-- Example:")[1].splitlines()[1:]
    slowest = db.execute("\n".join(line.removeprefix("-- ") for line in example)).fetchall()
    assert len(slowest) == 10

    names: dict[str, object] = {}
    text = archive.run("sql", "--for", "polars")
    exec(text, names)
    assert {name: table.collect().height for name, table in names["tables"].items()} == {
        f"experiment_0_{suffix}": rows for suffix, rows in counts.items()}
    example = text.split("# Example:")[1].splitlines()[1:]
    slowest = eval("(" + "\n".join(line.removeprefix("# ") for line in example).replace("\\", "") + ")", names)
    assert isinstance(slowest, polars.DataFrame) and slowest.height == 10


def test_a_lost_file_is_a_problem(archive):
    archive.run("compact")
    for file in archive.table("otel_spans").glob("*.parquet"):
        file.unlink()
    with pytest.raises(RuntimeError, match="does not exist"):
        archive.run("verify")
