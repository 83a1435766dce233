"""Payload too large for the database is stored in a folder or on S3."""

import time

import pytest
from kit.server import Server, is_reference
from wire.audit import audit
from wire.caller import Caller, assert_otlp_error
from wire.fake_s3 import FakeS3
from wire.sending import Template

pytestmark = pytest.mark.skipif(is_reference(), reason="this is about our store")

LARGE = Template(30, text=20_000)
# Deleted blobs are kept for a minute, as long as a read may take.
GONE_WITHIN_S = 75


@pytest.fixture
def s3():
    fake = FakeS3()
    yield fake
    fake.close()


def read(caller: Caller, trace_id: str) -> int:
    told = caller.ok("GET", f"/api/3.0/mlflow/traces/get?trace_id={trace_id}")
    return len(told["trace"]["spans"])


def test_large_payload_is_kept_in_the_bucket(start_server, s3):
    args = ("--blob-store", "s3://traces/of/kansoku", "--blob-over", "100kb")
    server = start_server(args=args, env=s3.env)
    caller = Caller(server.url)
    experiment = caller.experiment("s3")
    trace_id, request = LARGE.new()
    assert caller.append_spans(experiment, request).status_code == 200
    small_id, small = Template(2).new()
    assert caller.append_spans(experiment, small).status_code == 200
    assert len(s3.objects) == 1 and s3.unsigned == 0
    assert all(key.startswith("traces/of/kansoku/") for key in s3.objects)
    assert not (server.data / "blobs").exists()
    server.restart()
    assert (read(caller, trace_id), read(caller, small_id)) == (30, 2)
    found = caller.search(experiment, "trace.text LIKE '%step 30%'")
    assert [info["trace_id"] for info in found] == [trace_id]
    used = caller.ok("GET", f"/api/3.0/kansoku/experiments/{experiment}/storage")
    assert sum(map(len, s3.objects.values())) < used["payload_bytes"]
    assert server.stop() == 0
    env = s3.env | {"KANSOKU_BLOB_STORE": "s3://traces/of/kansoku"}
    assert audit(server.data, env) == 32


def test_an_unavailable_bucket_is_reported_and_writes_go_on_when_it_is_back(start_server, s3):
    args = ("--blob-store", "s3://traces", "--blob-over", "100kb")
    server = start_server(args=args, env=s3.env)
    caller = Caller(server.url)
    experiment = caller.experiment("s3")
    kept_id, request = LARGE.new()
    assert caller.append_spans(experiment, request).status_code == 200

    s3.failing = True
    late_id, request = LARGE.new()
    refused = caller.append_spans(experiment, request)
    assert_otlp_error(refused, 503)
    assert refused.headers["retry-after"]
    assert "blob_store" in refused.json()["message"]
    health = caller.ask("GET", "/health")
    assert health.status_code == 503 and "large payload cannot be kept" in health.text
    assert caller.append_spans(experiment, Template(2).new()[1]).status_code == 200

    s3.failing = False
    wait_until_healthy(caller)
    assert caller.append_spans(experiment, request).status_code == 200
    assert (read(caller, kept_id), read(caller, late_id)) == (30, 30)
    told = [line for line in server.tail().splitlines() if "blobs" in line]
    assert any("writing blobs fails" in line for line in told), told
    assert any("blobs are written again" in line for line in told), told


def wait_until_healthy(caller: Caller):
    until = time.monotonic() + 20
    while caller.ask("GET", "/health").status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.mark.slow
def test_a_deleted_trace_leaves_the_bucket(start_server, s3):
    args = ("--blob-store", "s3://traces", "--blob-over", "100kb")
    server = start_server(args=args, env=s3.env)
    caller = Caller(server.url)
    experiment = caller.experiment("s3")
    ids = []
    for _ in range(2):
        trace_id, request = LARGE.new()
        assert caller.append_spans(experiment, request).status_code == 200
        ids.append(trace_id)
    body = {"experiment_id": experiment, "request_ids": ids[:1]}
    caller.ok("POST", "/api/2.0/mlflow/traces/delete-traces", body)
    until = time.monotonic() + GONE_WITHIN_S
    while len(s3.objects) != 1:
        assert time.monotonic() < until, "the object is still there"
        time.sleep(0.5)
    assert read(caller, ids[1]) == 30


def test_blobs_in_the_folder_are_found_after_a_move_to_the_bucket(start_server, s3):
    server = start_server(args=("--blob-over", "100kb"))
    caller = Caller(server.url)
    experiment = caller.experiment("s3")
    old_id, request = LARGE.new()
    assert caller.append_spans(experiment, request).status_code == 200
    assert len(list((server.data / "blobs").glob("*/*"))) == 1
    server.stop()
    moved = start_server(data=server.data, env=s3.env,
                         args=("--blob-store", "s3://traces", "--blob-over", "100kb"))
    caller = Caller(moved.url)
    new_id, request = LARGE.new()
    assert caller.append_spans(experiment, request).status_code == 200
    assert len(s3.objects) == 1
    assert (read(caller, old_id), read(caller, new_id)) == (30, 30)


def test_an_invalid_blob_store_stops_the_start(tmp_path):
    server = Server(tmp_path / "data", args=("--blob-store", "gs://traces"))
    with pytest.raises(RuntimeError) as refused:
        server.start()
    assert "`gs://traces` is no place for blobs" in str(refused.value)
