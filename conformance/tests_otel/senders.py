"""OpenTelemetry's exporters as an application sets them up, for each protocol, port and compression."""

from collections.abc import Callable
from dataclasses import dataclass

import grpc
from kit.server import Server
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


@dataclass(frozen=True)
class Door:
    """One combination of protocol, port and compression; `spans` and `logs` create exporters for it."""

    name: str
    spans: Callable[..., SpanExporter]
    logs: Callable

    def __str__(self) -> str:
        return self.name


def _http(compression: Compression) -> Door:
    def make(kind, path: str):
        return lambda server, headers=None, **how: kind(
            endpoint=f"{server.url}{path}", headers=headers, compression=compression, **how
        )

    return Door(f"http-{compression.value}", make(HttpSpanExporter, "/v1/traces"), make(HttpLogExporter, "/v1/logs"))


def _grpc(name: str, compression: grpc.Compression, port: Callable[[Server], int]) -> Door:
    def make(kind):
        return lambda server, headers=None, **how: kind(
            endpoint=f"127.0.0.1:{port(server)}", insecure=True, headers=tuple((headers or {}).items()),
            compression=compression, **how,
        )

    return Door(name, make(GrpcSpanExporter), make(GrpcLogExporter))


HTTP = _http(Compression.NoCompression)
GRPC = _grpc("grpc-none", grpc.Compression.NoCompression, lambda server: server.grpc_port)
DOORS = [
    HTTP,
    _http(Compression.Gzip),
    _http(Compression.Deflate),
    GRPC,
    _grpc("grpc-gzip", grpc.Compression.Gzip, lambda server: server.grpc_port),
    _grpc("grpc-none-on-http-port", grpc.Compression.NoCompression, lambda server: server.port),
    _grpc("grpc-gzip-on-http-port", grpc.Compression.Gzip, lambda server: server.port),
]


class Keeping(SpanExporter):
    """Exports by `inner` and keeps the results."""

    def __init__(self, inner: SpanExporter):
        self.inner = inner
        self.results: list[SpanExportResult] = []

    def export(self, spans):
        self.results.append(self.inner.export(spans))
        return self.results[-1]

    def shutdown(self):
        self.inner.shutdown()


def send_trace(exporter: SpanExporter, **resource: str) -> tuple[str, list[SpanExportResult]]:
    """Exports a root and a child, each when it ends; returns the trace id and the results of the exporter."""
    keeping = Keeping(exporter)
    provider = TracerProvider(resource=Resource(resource), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(keeping))
    tracer = provider.get_tracer("shop")
    with tracer.start_as_current_span("order", attributes={"text": "ünï", "count": 3}) as root:
        with tracer.start_as_current_span("price"):
            pass
    provider.shutdown()
    return trace.format_trace_id(root.get_span_context().trace_id), keeping.results


def made_spans(count: int, text: Callable[[], str], **resource: str) -> list[ReadableSpan]:
    """Creates `count` spans without sending them, each with a text and the root of its own trace."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource(resource), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("shop")
    for _ in range(count):
        tracer.start_span("work", attributes={"text": text()}).end()
    return list(memory.get_finished_spans())


OK = [SpanExportResult.SUCCESS, SpanExportResult.SUCCESS]
