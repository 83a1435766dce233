"""Builds OTLP requests from short descriptions.

A span is a dict: `trace` (32 hex), `id` and `parent` (small integers),
`name`, `start_ns`, `end_ns`, and optionally `attributes`, `events`,
`links`, `status` ("OK", "ERROR" or ("ERROR", message)), `kind`.
"""

import base64
import json
import secrets

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

CODES = {"UNSET": 0, "OK": 1, "ERROR": 2}


def new_trace() -> str:
    """A random OpenTelemetry trace id in hex; MLflow's id of the trace is `tr-` followed by it."""
    return secrets.token_hex(16)


def span_id(number: int) -> bytes:
    return number.to_bytes(8, "big")


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def value_of(value) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[value_of(item) for item in value]))
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=pairs(value)))
    if value is None:
        return AnyValue()
    return AnyValue(string_value=value)


def pairs(attributes: dict) -> list[KeyValue]:
    return [KeyValue(key=key, value=value_of(value)) for key, value in attributes.items()]


def status_of(status) -> Status:
    code, message = status if isinstance(status, (tuple, list)) else (status, "")
    return Status(code=CODES[code], message=message)


def span(
    trace: str,
    id: int = 1,
    name: str = "root",
    parent: int | None = None,
    start_ns: int = 1_700_000_000_000_000_000,
    end_ns: int = 1_700_000_000_100_000_000,
    attributes: dict | None = None,
    events: list | tuple = (),
    links: list | tuple = (),
    status="UNSET",
    kind: int = 0,
) -> Span:
    return Span(
        trace_id=bytes.fromhex(trace),
        span_id=span_id(id),
        parent_span_id=span_id(parent) if parent else b"",
        name=name,
        kind=kind,
        start_time_unix_nano=start_ns,
        end_time_unix_nano=end_ns,
        attributes=pairs(attributes or {}),
        events=[
            Span.Event(
                name=event["name"],
                time_unix_nano=event.get("time_ns", start_ns),
                attributes=pairs(event.get("attributes", {})),
            )
            for event in events
        ],
        links=[
            Span.Link(
                trace_id=bytes.fromhex(link["trace"]),
                span_id=span_id(link["id"]),
                attributes=pairs(link.get("attributes", {})),
            )
            for link in links
        ],
        status=status_of(status),
    )


def request(spans: list[Span], resource: dict | None = None) -> ExportTraceServiceRequest:
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(
                resource=Resource(attributes=pairs(resource or {})),
                scope_spans=[ScopeSpans(spans=spans)],
            )
        ]
    )


def protobuf(spans: list[Span], resource: dict | None = None) -> bytes:
    return request(spans, resource).SerializeToString()


def otlp_json(spans: list[Span], resource: dict | None = None) -> bytes:
    """OTLP/JSON as specified: ids in hex, 64-bit integers as strings."""
    body = MessageToDict(request(spans, resource))
    for resource_spans in body["resourceSpans"]:
        for scope_spans in resource_spans["scopeSpans"]:
            for one in scope_spans["spans"]:
                for holder in (one, *one.get("links", [])):
                    for key in ("traceId", "spanId", "parentSpanId"):
                        if key in holder:
                            holder[key] = base64.b64decode(holder[key]).hex()
    return json.dumps(body).encode()
