"""Invalid requests over HTTP are rejected with a clear message, never with a server error."""

import gzip
import zlib

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

PROTOBUF = {"content-type": "application/x-protobuf"}


def request(*spans: dict) -> bytes:
    message = ExportTraceServiceRequest()
    scope = message.resource_spans.add().scope_spans.add()
    for span in spans:
        times = {"start_time_unix_nano": 1_700_000_000_000_000_000, "end_time_unix_nano": 1_700_000_000_000_000_001}
        scope.spans.add(**{"trace_id": b"\x21" * 16, "span_id": b"\x01" * 8, "name": "good"} | times | span)
    return message.SerializeToString()


def post(server, body: bytes, headers: dict, path: str = "/v1/traces") -> httpx.Response:
    return httpx.post(f"{server.url}{path}", content=body, headers=headers, timeout=30)


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/logs"])
@pytest.mark.parametrize(
    ("headers", "body", "says"),
    [
        ({"content-type": "text/plain"}, b"x", "Content-Type"),
        (PROTOBUF, b"\xff\xff\xff", "Invalid OpenTelemetry format"),
        ({"content-type": "application/json"}, b"{", "Invalid OpenTelemetry format"),
        (PROTOBUF | {"content-encoding": "gzip"}, b"no gzip", "gzip"),
        (PROTOBUF | {"content-encoding": "gzip"}, gzip.compress(request({}))[:-9], "gzip"),
        (PROTOBUF | {"content-encoding": "br"}, b"x", "br"),
    ],
    ids=["content-type", "protobuf", "json", "not-gzip", "cut-gzip", "unknown-encoding"],
)
def test_a_rejection_has_the_reason(server, path, headers, body, says):
    answer = post(server, body, headers, path)
    assert answer.status_code == 400, answer.text
    assert says in answer.json()["message"]


def test_partial_success_names_the_span_and_the_reason(server, rest):
    bad = [{"trace_id": b"", "name": f"bad-{n}"} for n in range(5)]
    answer = post(server, request({"trace_id": b"\x22" * 16}, *bad), PROTOBUF)
    assert answer.status_code == 200
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert partial.rejected_spans == 5
    assert "bad-0" in partial.error_message and "and 2 more" in partial.error_message
    assert rest.is_known("22" * 16)


def test_success_has_an_empty_body(server):
    answer = post(server, request({"trace_id": b"\x23" * 16}), PROTOBUF)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/x-protobuf"


def test_a_request_with_only_bad_spans_is_an_error(server):
    assert post(server, request({"span_id": b"\x00" * 8}), PROTOBUF).status_code == 422


def test_a_decompression_bomb_is_stopped_at_the_limit(start):
    own = start("--inflated-mib-max", "1")
    bomb = zlib.compress(b"\x00" * (64 << 20))
    answer = post(own, bomb, PROTOBUF | {"content-encoding": "deflate"})
    assert answer.status_code == 413
    assert "inflated" in answer.json()["message"]


def test_a_body_over_the_limit_is_refused(start):
    own = start("--body-mib-max", "1")
    assert post(own, b"\x00" * (1 << 20), PROTOBUF).status_code == 400
    answer = post(own, b"\x00" * ((1 << 20) + 1), PROTOBUF)
    assert answer.status_code == 413
    assert "send less at once" in answer.json()["message"]
