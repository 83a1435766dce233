"""Traces that are read in parts: OTLP as it was sent, and a trace too large to be in memory at once."""

import json
import random
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict
from kit.server import is_reference
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from wire import spans
from wire.caller import Caller, assert_error

pytestmark = pytest.mark.skipif(is_reference(), reason="Kansoku's own routes")

MIB = 1 << 20
JSON = {"accept": "application/json"}


def own(trace: str, rest: str) -> str:
    return f"/api/3.0/kansoku/traces/tr-{trace}/{rest}"


def some_spans(trace: str) -> list:
    attributes = {"s": "京都", "i": -(2**63), "d": 0.5, "y": b"\xff", "l": [1, "a", None], "o": {"k": [True]}}
    told = spans.span(
        trace, id=2, parent=1, name="call", kind=3, status=("ERROR", "no"), attributes=attributes,
        events=[{"name": "e", "attributes": {"a": 1}}], links=[{"trace": "ab" * 16, "id": 9}],
    )  # fmt: skip
    told.trace_state, told.flags, told.dropped_attributes_count = "a=b", 257, 3
    return [spans.span(trace), told]


@pytest.mark.parametrize("sent_as", ["protobuf", "json"])
def test_a_trace_is_read_back_as_it_was_sent(caller, experiment, sent_as):
    trace = spans.new_trace()
    batch, resource = some_spans(trace), {"service.name": "shop"}
    sent = spans.request(batch, resource)
    if sent_as == "protobuf":
        answer = caller.append_spans(experiment, sent.SerializeToString())
    else:
        body = spans.otlp_json(batch, resource)
        answer = caller.append_spans(experiment, body, content_type="application/json")
    assert answer.status_code == 200, answer.text

    read = TracesData.FromString(caller.ask("GET", own(trace, "otlp")).content)
    assert MessageToDict(read) == MessageToDict(sent)
    # OTLP/JSON has enums as numbers, which is how exporters write them.
    as_json = caller.ok("GET", own(trace, "otlp"), headers=JSON)
    expected = json.loads(spans.otlp_json(batch, resource))
    for span, told in zip(*(t["resourceSpans"][0]["scopeSpans"][0]["spans"] for t in (as_json, expected))):
        kind, code = told.pop("kind", None), told["status"].pop("code", None)
        assert (span.pop("kind", None), span["status"].pop("code", None)) == (kind and 3, code and 2)
        assert span == told
    assert as_json == expected


def peak_bytes(pid: int) -> int:
    """The peak resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc to see the server's memory")
def test_a_trace_of_200_megabytes_is_read_without_being_in_memory_at_once(start_server):
    server = start_server(env={"KANSOKU_TRACE_MIB_MAX": "64"})
    caller = Caller(server.url)
    experiment, trace = caller.experiment("large"), spans.new_trace()
    dice = random.Random(7)
    for number in range(1, 101):
        text = dice.randbytes(MIB).hex()
        span = spans.span(trace, id=number, parent=1 if number > 1 else None, attributes={"text": text})
        assert caller.append_spans(experiment, spans.protobuf([span])).status_code == 200
    assert_error(caller.ask("GET", f"/api/3.0/mlflow/traces/get?trace_id=tr-{trace}"), 400)

    before = peak_bytes(server.process.pid)
    page = caller.ok("GET", own(trace, "spans?parent=root"))
    assert [(span["span_id"], span["children"]) for span in page["spans"]] == [(f"{1:016x}", 99)]
    assert len(caller.ask("GET", own(trace, f"spans/{50:016x}")).content) > 2 * MIB
    read = 0
    for accept in ({}, JSON):
        with caller.http.stream("GET", own(trace, "otlp"), headers={**accept, "accept-encoding": "identity"}) as answer:
            assert answer.status_code == 200
            read += sum(len(piece) for piece in answer.iter_raw())
    assert read > 2 * 200 * MIB
    grown = peak_bytes(server.process.pid) - before
    assert grown < 150 * MIB, f"{grown / MIB:.0f} MiB more at some time"
