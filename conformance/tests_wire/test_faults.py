"""Acknowledged data survives a kill during maintenance, and a damaged write-ahead log.

The seed is printed; `KANSOKU_SEED=<seed>` replays the moments of the kills.
"""

import hashlib
import os
import random
import sqlite3
import struct
import subprocess
import time
from pathlib import Path

import pytest
from kit.server import Server, clean_env, is_reference
from wire import spans
from wire.audit import audit
from wire.caller import Caller
from wire.sending import Sender, Template

pytestmark = pytest.mark.skipif(is_reference(), reason="this is our promise, not MLflow's")

MIGRATIONS = Path(__file__).parents[2] / "crates/kansoku-sqlite/sql"
# Seconds without new spans until the chunks of a trace are compacted.
SEAL_AFTER_S = 10


@pytest.fixture
def dice() -> random.Random:
    seed = int(os.environ.get("KANSOKU_SEED") or random.SystemRandom().randrange(2**32))
    print(f"KANSOKU_SEED={seed}")
    return random.Random(seed)


def start_and_kill(server: Server, after_s: float):
    """Starts a server and kills it `after_s` seconds later, whatever it is doing."""
    with open(server.log, "ab") as log:
        server.process = subprocess.Popen(server.command(), env=clean_env() | server.env, stdout=log,
                                          stderr=log, start_new_session=True)
    time.sleep(after_s)
    server.kill()


def query(server: Server, sql: str):
    """Queries the database of a stopped server."""
    with sqlite3.connect(server.data / "kansoku.db") as db:
        return db.execute(sql).fetchone()[0]


def test_killed_during_compaction(start_server, dice):
    server = start_server()
    caller = Caller(server.url)
    experiment = caller.experiment("sealing")
    traces = [spans.new_trace() for _ in range(400)]
    text = "the history of this conversation " * 200
    for number in (2, 3, 4, 1):
        for start in range(0, len(traces), 50):
            batch = [
                spans.span(trace, id=number, parent=None if number == 1 else 1, name=f"step {number}",
                           attributes={"mlflow.spanInputs": text + trace})
                for trace in traces[start : start + 50]
            ]
            assert caller.append_spans(experiment, spans.protobuf(batch)).status_code == 200
    server.kill()
    assert query(server, "select count(*) from unsealed") == len(traces)
    time.sleep(SEAL_AFTER_S)
    left = []
    for _ in range(12):
        start_and_kill(server, dice.uniform(0.1, 0.45))
        left.append(query(server, "select count(*) from unsealed"))
        assert audit(server.data) == 4 * len(traces), f"unsealed: {left}"
        if left[-1] == 0:
            break
    print(f"unsealed after each kill: {left}")
    server.start()
    told = Caller(server.url).ok("GET", f"/api/3.0/mlflow/traces/get?trace_id=tr-{traces[0]}")
    assert len(told["trace"]["spans"]) == 4


def test_killed_while_freeing_disk_space(start_server, dice):
    server = start_server()
    caller = Caller(server.url)
    experiment = caller.experiment("space")
    template = Template(100, text=4000)
    kept = []
    for _ in range(200):
        trace_id, request = template.new()
        assert caller.append_spans(experiment, request).status_code == 200
        kept.append(trace_id)
    gone, kept = kept[:180], kept[180:]
    for start in range(0, len(gone), 90):
        body = {"experiment_id": experiment, "request_ids": gone[start : start + 90]}
        caller.ok("POST", "/api/2.0/mlflow/traces/delete-traces", body)
    server.kill()
    pages = "select freelist_count from pragma_freelist_count"
    unused = [query(server, pages)]
    server.args = ("--upkeep-every-s", "1")
    while len(unused) < 12 and unused[0] / 3 < unused[-1]:
        # Freeing begins a second after the start and takes some time.
        start_and_kill(server, dice.uniform(1.1, 1.6))
        unused.append(query(server, pages))
        assert audit(server.data) == len(kept) * template.count, f"unused pages: {unused}"
    print(f"unused pages after each kill: {unused}")
    assert unused[-1] < unused[0], "nothing was given back; the kills prove little"


def raw_frame(content: bytes) -> bytes:
    """`content` as an uncompressed zstd frame."""
    assert len(content) < 1 << 17
    header = b"\x28\xb5\x2f\xfd" + bytes([0b1010_0000]) + struct.pack("<I", len(content))
    return header + ((len(content) << 3) | 1).to_bytes(3, "little") + content


def database_of_the_first_version(path: Path, traces: int) -> int:
    """Creates a database as before the second migration; returns the number of its spans."""
    schema = (MIGRATIONS / "0001_init.sql").read_text()
    db = sqlite3.connect(path)
    db.executescript(schema)
    db.execute("create table migrations (number integer primary key, checksum blob not null,"
               " applied_at_ms integer not null) strict")
    checksum = hashlib.sha256(schema.encode()).digest()
    db.execute("insert into migrations values (1, ?, 0)", (checksum,))
    db.execute("insert into experiments values (1, 'old', '', 'active', 0, 0)")
    for number in range(1, traces + 1):
        otel_id = f"{number:032x}"
        parts = [spans.span(otel_id), spans.span(otel_id, id=2, parent=1, name="child")]
        db.execute(
            "insert into traces (id, trace_id, experiment_id, request_time_ms, state, request_preview,"
            " start_ns, end_ns, span_count) values (?, ?, 1, ?, 'OK', ?, 1, 2, 2)",
            (number, f"tr-{otel_id}", number, f"question {number} " * 20))
        db.execute("insert into span_chunks (id, trace, hash, bytes) values (?, ?, 0, ?)",
                   (number, number, raw_frame(spans.protobuf(parts))))
        for part, parent in ((1, None), (2, 1)):
            db.execute("insert into spans (trace, span_id, parent_id, name, status, start_ns, end_ns, chunk)"
                       " values (?, ?, ?, 'step', 0, 1, 2, ?)", (number, part, parent, number))
        db.execute("insert into trace_terms values (?, ?, ?)", (number % 1000, number, number))
    db.commit()
    db.close()
    return 2 * traces


def test_killed_while_migrating(start_server, dice, tmp_path):
    data = tmp_path / "old"
    data.mkdir(mode=0o700)
    count = database_of_the_first_version(data / "kansoku.db", 20_000)
    server = Server(data)
    reached = []
    for _ in range(10):
        start_and_kill(server, dice.uniform(0.02, 0.5))
        reached.append(query(server, "select max(number) from migrations"))
        if 1 < reached[-1]:
            break
    print(f"migrations after each kill: {reached}")
    assert audit(data) == count
    running = start_server(data=data)
    told = Caller(running.url).ok("GET", f"/api/3.0/mlflow/traces/get?trace_id=tr-{7:032x}")
    assert told["trace"]["trace_info"]["request_preview"].startswith("question 7 ")
    assert [span["name"] for span in told["trace"]["spans"]] == ["root", "child"]


def acknowledged_then_killed(server: Server) -> int:
    experiment = Caller(server.url).experiment("torn")
    senders = [Sender(server.url, experiment, Template(5)) for _ in range(3)]
    for sender in senders:
        sender.start()
    time.sleep(1.0)
    server.kill()
    for sender in senders:
        sender.end()
    return sum(sender.spans for sender in senders)


def test_a_write_torn_by_a_crash_loses_no_other_data(start_server, dice):
    server = start_server()
    acknowledged = acknowledged_then_killed(server)
    log = server.data / "kansoku.db-wal"
    # Appends parts of the last frames and random bytes, like an incomplete commit.
    whole = log.read_bytes()
    torn = whole[-dice.randrange(100, 8000) :] + dice.randbytes(dice.randrange(1, 20_000))
    log.write_bytes(whole + torn)
    server.start()
    assert Caller(server.url).ask("GET", "/health").text == "OK"
    assert server.stop() == 0
    # Requests in flight when the server was killed may be stored, too.
    assert acknowledged <= audit(server.data)


def test_a_log_with_a_damaged_end_leaves_a_consistent_store(start_server, dice):
    server = start_server()
    acknowledged_then_killed(server)
    log = server.data / "kansoku.db-wal"
    whole = bytearray(log.read_bytes())
    at = dice.randrange(len(whole) // 2, len(whole))
    whole[at] ^= 0xFF
    log.write_bytes(whole)
    server.start()
    more = Template(3)
    caller = Caller(server.url)
    assert caller.append_spans(caller.experiment("after"), more.new()[1]).status_code == 200
    assert server.stop() == 0
    # Commits are atomic: the ledger and the spans it counts are lost together.
    assert more.count <= audit(server.data)


def test_a_damaged_database_is_reported(start_server):
    server = start_server()
    server.stop()
    path = server.data / "kansoku.db"
    path.write_bytes(b"not a database " * 2000)
    with pytest.raises(RuntimeError) as refused:
        server.start()
    assert "does not begin as a database of SQLite" in str(refused.value)
    assert "kansoku restore" in str(refused.value)
    assert "panicked" not in str(refused.value)
