"""Prompts and answers sent as log records are merged into their spans, whichever arrives first."""

import json

import pytest
from opentelemetry import trace
from opentelemetry._logs import LogRecord
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from senders import DOORS, GRPC, HTTP


class Call:
    """A model call whose messages are log records; `span()` and `records()` send them, in any order."""

    def __init__(self, spans, logs):
        resource = Resource({"service.name": "chat"})
        self.tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
        self.tracing.add_span_processor(SimpleSpanProcessor(spans))
        self.logging = LoggerProvider(resource=resource, shutdown_on_exit=False)
        self.logging.add_log_record_processor(SimpleLogRecordProcessor(logs))
        attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
        self.open = self.tracing.get_tracer("chat").start_span("chat gpt-4o", attributes=attributes)
        self.trace_id = trace.format_trace_id(self.open.get_span_context().trace_id)

    def span(self):
        self.open.end()
        self.tracing.force_flush()

    def records(self):
        inside = trace.set_span_in_context(self.open)
        logger = self.logging.get_logger("chat")
        start = self.open.start_time
        for n, (name, body) in enumerate([
            ("gen_ai.user.message", {"content": "Is tea healthy?"}),
            ("gen_ai.choice", {"index": 0, "finish_reason": "stop",
                               "message": {"role": "assistant", "content": "Mostly."}}),
        ]):
            logger.emit(LogRecord(timestamp=start + n, context=inside, body=body, event_name=name))
        self.logging.force_flush()


@pytest.mark.parametrize("first", ["span", "records"])
@pytest.mark.parametrize("door", [HTTP, GRPC, DOORS[1], DOORS[4]], ids=str)
def test_records_and_span_are_merged_in_either_order(server, rest, experiment, door, first):
    headers = {"x-mlflow-experiment-id": experiment}
    call = Call(door.spans(server, headers), door.logs(server, headers))
    steps = [call.span, call.records]
    for step in steps if first == "span" else reversed(steps):
        step()
    read = rest.trace(call.trace_id)
    info = read["trace_info"]
    assert rest.experiment_of(call.trace_id) == experiment
    assert "Is tea healthy?" in info["request_preview"]
    assert "Mostly." in info["response_preview"]
    assert info["state"] == "OK"
    [span] = read["spans"]
    assert "Is tea healthy?" in json.dumps(span)


def test_records_without_a_span_create_no_trace(server, rest):
    logging = LoggerProvider(resource=Resource({"service.name": "plain-logs"}), shutdown_on_exit=False)
    logging.add_log_record_processor(SimpleLogRecordProcessor(HTTP.logs(server)))
    logging.get_logger("x").emit(LogRecord(timestamp=1, body="hello"))
    logging.shutdown()
    sources = [source for source in rest.ledger()["sources"] if source["service_name"] == "plain-logs"]
    assert all(source["stored"] == 0 for source in sources)
