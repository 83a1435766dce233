"""A service instrumented with OpenTelemetry alone; MLflow is never imported.

Sends one order (a root, two children, an error, a link, every type of
attribute) through the stock OTLP/HTTP exporter that the environment
configures, and prints the ids it used as one JSON line.
"""

import json
import sys

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


class SendTwice(SpanExporter):
    """Exports every batch twice, like an SDK that lost the first response."""

    def __init__(self, inner: SpanExporter):
        self.inner = inner

    def export(self, spans):
        results = [self.inner.export(spans), self.inner.export(spans)]
        assert all(result is SpanExportResult.SUCCESS for result in results), results
        return SpanExportResult.SUCCESS

    def shutdown(self):
        self.inner.shutdown()


def main(twice: bool):
    exporter = OTLPSpanExporter()
    provider = TracerProvider(
        resource=Resource.create({"service.name": "shop", "deployment.environment": "staging"})
    )
    provider.add_span_processor(SimpleSpanProcessor(SendTwice(exporter) if twice else exporter))
    tracer = provider.get_tracer("shop.orders", "1.2.3")

    earlier = tracer.start_span("earlier order", start_time=START - 60 * SECOND)
    earlier.end(START - 59 * SECOND)

    root = tracer.start_span(
        "place order",
        kind=SpanKind.SERVER,
        start_time=START,
        links=[Link(earlier.get_span_context(), {"reason": "same basket"})],
        attributes={
            "text": "ünï",
            "count": 3,
            "ratio": 0.5,
            "paid": True,
            "items": ["tea", "cup"],
            "sizes": [1, 2],
            "session.id": "basket-1",
            "user.id": "alice",
            "openinference.span.kind": "AGENT",
        },
    )
    inside = trace.set_span_in_context(root)

    lookup = tracer.start_span("look up price", context=inside, start_time=START + SECOND)
    lookup.add_event("cache miss", {"key": "tea"}, timestamp=START + SECOND + 1)
    lookup.set_status(Status(StatusCode.OK))
    lookup.end(START + 2 * SECOND)

    charge = tracer.start_span("charge card", context=inside, start_time=START + 2 * SECOND)
    charge.record_exception(ValueError("card refused"), timestamp=START + 2 * SECOND + 5)
    charge.set_status(Status(StatusCode.ERROR, "ValueError: card refused"))
    charge.end(START + 3 * SECOND)

    root.end(START + 3 * SECOND + SECOND // 2)
    provider.shutdown()
    assert "mlflow" not in sys.modules
    ids = {
        name: {
            "trace": format(span.get_span_context().trace_id, "032x"),
            "span": format(span.get_span_context().span_id, "016x"),
        }
        for name, span in [("earlier", earlier), ("root", root), ("lookup", lookup), ("charge", charge)]
    }
    print(json.dumps(ids))


if __name__ == "__main__":
    main(twice="--twice" in sys.argv[1:])
