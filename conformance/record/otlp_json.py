"""Converts OTLP between protobuf and JSON, in which ids are hex. Needs opentelemetry-proto."""

import base64

from google.protobuf.json_format import MessageToDict, ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

IDS = {"traceId", "spanId", "parentSpanId"}
MESSAGES = {"traces": ExportTraceServiceRequest, "logs": ExportLogsServiceRequest}


def with_ids(value, change):
    """A copy of `value` with `change` applied to every id in it."""
    if isinstance(value, list):
        return [with_ids(item, change) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: change(item) if key in IDS and isinstance(item, str) else with_ids(item, change)
            for key, item in value.items()}


def to_json(signal: str, body: bytes) -> dict:
    message = MESSAGES[signal].FromString(body)
    plain = MessageToDict(message, use_integers_for_enums=True)
    return with_ids(plain, lambda text: base64.b64decode(text).hex())


def to_protobuf(signal: str, plain: dict) -> bytes:
    encoded = with_ids(plain, lambda text: base64.b64encode(bytes.fromhex(text)).decode())
    return ParseDict(encoded, MESSAGES[signal]()).SerializeToString()
