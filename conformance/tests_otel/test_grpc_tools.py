"""gRPC services for tools: health, reflection, and clear error messages."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

TRACES = "opentelemetry.proto.collector.trace.v1.TraceService"


@pytest.fixture(params=["grpc_port", "port"])
def channel(server, request):
    with grpc.insecure_channel(f"127.0.0.1:{getattr(server, request.param)}") as channel:
        yield channel


def test_health_is_reported_for_the_server_and_each_service(channel):
    health = health_pb2_grpc.HealthStub(channel)
    for service in ("", TRACES, "opentelemetry.proto.collector.logs.v1.LogsService"):
        answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    with pytest.raises(grpc.RpcError) as refused:
        health.Check(health_pb2.HealthCheckRequest(service="nope"), timeout=10)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def test_reflection_lists_and_describes_the_services(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    assert TRACES in database.get_services()
    described = database.FindFileContainingSymbol(TRACES)
    assert [service.name for service in described.service] == ["TraceService"]
    assert [method.name for method in described.service[0].method] == ["Export"]


def test_metrics_are_refused_with_a_hint(channel):
    metrics = metrics_service_pb2_grpc.MetricsServiceStub(channel)
    with pytest.raises(grpc.RpcError) as refused:
        metrics.Export(metrics_service_pb2.ExportMetricsServiceRequest(), timeout=10)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "OTEL_METRICS_EXPORTER=none" in refused.value.details()


def test_an_empty_request_is_fine(channel):
    traces = trace_service_pb2_grpc.TraceServiceStub(channel)
    answer = traces.Export(trace_service_pb2.ExportTraceServiceRequest(), timeout=10)
    assert not answer.HasField("partial_success")


def test_an_invalid_message_is_an_invalid_argument(channel):
    export = channel.unary_unary(f"/{TRACES}/Export")
    with pytest.raises(grpc.RpcError) as refused:
        export(b"\xff\xff\xff", timeout=10)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_bad_span_is_counted_and_the_other_spans_are_stored(channel, rest):
    request = trace_service_pb2.ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    scope.spans.add(trace_id=b"\x01" * 15, span_id=b"\x01" * 8, name="short id")
    good = scope.spans.add(trace_id=b"\x17" * 16, span_id=b"\x01" * 8, name="good")
    good.start_time_unix_nano = good.end_time_unix_nano = 1_700_000_000_000_000_000
    answer = trace_service_pb2_grpc.TraceServiceStub(channel).Export(request, timeout=10)
    assert answer.partial_success.rejected_spans == 1
    assert "short id" in answer.partial_success.error_message
    assert rest.is_known("17" * 16)
