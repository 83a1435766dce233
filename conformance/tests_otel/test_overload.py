"""With a full write queue, exporters are told to retry, and no data is lost."""

import random
import string
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Rest
from opentelemetry.sdk.trace.export import SpanExportResult
from senders import GRPC, HTTP, made_spans

SENDERS = 12
EXPORTS = 3


def noise(length: int) -> str:
    """Random text that cannot be compressed well."""
    return "".join(random.choices(string.printable, k=length))


@pytest.mark.parametrize("door", [HTTP, GRPC], ids=str)
def test_exporters_retry_until_all_spans_are_stored(start, door):
    # The smallest possible queue; each request fills most of it.
    own = start("--queue-mib-max", "1")
    batches = [[made_spans(2, lambda: noise(450_000)) for _ in range(EXPORTS)] for _ in range(SENDERS)]

    def send(batches) -> list[SpanExportResult]:
        exporter = door.spans(own, timeout=60)
        try:
            return [exporter.export(batch) for batch in batches]
        finally:
            exporter.shutdown()

    with ThreadPoolExecutor(SENDERS) as pool:
        results = sum(pool.map(send, batches), [])
    assert results == [SpanExportResult.SUCCESS] * SENDERS * EXPORTS
    rest = Rest(own.url)
    ledger = rest.ledger()
    assert any("too many writes" in refused["reason"] for refused in ledger["rejections"]), "the queue never was full"
    audit = rest.audit()
    assert (audit["spans"], audit["difference"]) == (SENDERS * EXPORTS * 2, 0)
    assert audit["problems"] == []


@pytest.mark.parametrize("door", [HTTP, GRPC], ids=str)
def test_a_span_larger_than_the_queue_is_rejected_permanently(start, door):
    # No blobs, since payload that becomes a blob does not wait in the write queue.
    own = start("--queue-mib-max", "1", "--blob-over", "none")
    exporter = door.spans(own, timeout=5)
    assert exporter.export(made_spans(1, lambda: noise(2 << 20))) is SpanExportResult.FAILURE
    exporter.shutdown()
    rest = Rest(own.url)
    ledger = rest.ledger()
    assert "queue_mib_max" in ledger["rejections"][0]["reason"]
    assert len(ledger["rejections"]) == 1, "the exporter came back in vain"
    assert rest.audit()["spans"] == 0


@pytest.mark.parametrize("door", [HTTP, GRPC], ids=str)
def test_a_request_over_the_limit_is_rejected_permanently(start, door):
    own = start("--inflated-mib-max", "1", "--body-mib-max", "1")
    exporter = door.spans(own, timeout=5)
    assert exporter.export(made_spans(1, lambda: noise(2 << 20))) is SpanExportResult.FAILURE
    exporter.shutdown()
    ledger = Rest(own.url).ledger()
    assert "send less at once" in ledger["rejections"][0]["reason"]
    assert len(ledger["rejections"]) == 1, "the exporter came back in vain"


def test_a_request_larger_than_the_queue_is_stored_in_parts(start):
    own = start("--queue-mib-max", "1")
    exporter = HTTP.spans(own, timeout=60)
    spans = made_spans(40, lambda: noise(200_000))
    assert exporter.export(spans) is SpanExportResult.SUCCESS
    exporter.shutdown()
    assert Rest(own.url).audit()["spans_in_payload"] == 40
