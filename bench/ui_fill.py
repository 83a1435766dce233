"""Fills a server over OTLP with the same traces each time: many of an agent, one of 2,000 and one of 10,000 spans.

Runs in a Python with opentelemetry-proto, which MLflow depends on. Prints the ids to open as JSON.
"""

import json
import random
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

MS = 1_000_000
DAY_MS = 86_400_000
STEPS = [  # name, type, start and length in hundredths of the trace
    ("input_guardrail", "GUARDRAIL", 0, 2), ("plan", "CHAIN", 2, 18), ("ChatCompletion", "CHAT_MODEL", 3, 16),
    ("search_docs", "TOOL", 21, 30), ("embed_query", "EMBEDDING", 22, 3), ("vector_search", "RETRIEVER", 26, 24),
    ("rerank", "RERANKER", 52, 5), ("answer", "CHAT_MODEL", 58, 41),
]
QUESTIONS = ["Which plan includes SSO?", "The webhook keeps returning 401", "How do I reset my API key?",
             "Write a SQL query for weekly active users", "Summarise the incident from last night"]
ANSWERS = ["SSO is included in the Business plan and above.", "A 401 means that the signing secret does not match.",
           "Go to Settings, API keys, and press Rotate.", "SELECT date_trunc('week', ts), count(*) FROM events GROUP BY 1",
           "On Tuesday at 14:02 UTC the ingestion tier ran out of memory."]


def span(trace: bytes, number: int, parent: int | None, name: str, kind: str, start_ms: int, length_ms: int,
         inputs: object, outputs: object, failed: bool = False) -> Span:
    attributes = {"mlflow.spanType": kind, "mlflow.spanInputs": inputs, "mlflow.spanOutputs": outputs}
    made = Span(
        trace_id=trace, span_id=number.to_bytes(8, "big"), name=name,
        parent_span_id=b"" if parent is None else parent.to_bytes(8, "big"),
        start_time_unix_nano=start_ms * MS, end_time_unix_nano=(start_ms + length_ms) * MS,
        attributes=[KeyValue(key=key, value=AnyValue(string_value=json.dumps(value))) for key, value in attributes.items()],
    )
    made.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message="TimeoutError: shard 3/8") if failed
                         else Status(code=Status.STATUS_CODE_OK))
    return made


def agent_trace(seed: random.Random, now_ms: int) -> list[Span]:
    trace, number = seed.randbytes(16), seed.getrandbits(62) + 1
    length, about = seed.randint(800, 9000), seed.randrange(len(QUESTIONS))
    start = now_ms - seed.randrange(7 * DAY_MS) - length
    failed = seed.random() < 0.05
    asked = {"messages": [{"role": "user", "content": QUESTIONS[about]}]}
    spans = [span(trace, number, None, "support_agent", "AGENT", start, length, asked, ANSWERS[about], failed)]
    for at, (name, kind, begins, takes) in enumerate(STEPS, 1):
        inputs = asked if kind == "CHAT_MODEL" else {"query": QUESTIONS[about], "top_k": 8}
        outputs = {"role": "assistant", "content": ANSWERS[about]} if kind == "CHAT_MODEL" else {"found": 8}
        spans.append(span(trace, number + at, number, name, kind, start + length * begins // 100,
                          max(length * takes // 100, 1), inputs, outputs, failed and name == "vector_search"))
    return spans


def large_trace(seed: random.Random, now_ms: int, count: int) -> list[Span]:
    """Rounds of an agent: each is a step with a model call and some tool calls."""
    trace, first = seed.randbytes(16), seed.getrandbits(60) + 1
    start, length = now_ms - 3_600_000, count * 20
    spans = [span(trace, first, None, f"large_{count}", "AGENT", start, length, {"question": "Refactor all of it"}, "Done.")]
    step = None
    for number in range(1, count):
        begins = start + number * 20
        if number % 10 == 1:
            step = first + number
            spans.append(span(trace, step, first, f"step_{number}", "CHAIN", begins, 195, {"round": number}, {"ok": True}))
            continue
        kind, name = ("CHAT_MODEL", "ChatCompletion") if number % 10 == 2 else ("TOOL", "read_file")
        spans.append(span(trace, first + number, step, name, kind, begins, 18, {"path": f"src/module_{number}.py"},
                          {"text": "def main():\n    return 42\n" * 4}))
    return spans


def main() -> None:
    url, experiment, traces = sys.argv[1], sys.argv[2], int(sys.argv[3])
    seed, now_ms = random.Random(7), int(time.time() * 1000)
    body = json.dumps({"name": experiment}).encode()
    request = urllib.request.Request(f"{url}/api/2.0/mlflow/experiments/create", body, {"Content-Type": "application/json"})
    experiment_id = json.load(urllib.request.urlopen(request))["experiment_id"]

    def send(spans: list[Span]) -> None:
        message = ExportTraceServiceRequest(resource_spans=[ResourceSpans(scope_spans=[ScopeSpans(spans=spans)])])
        headers = {"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": experiment_id}
        urllib.request.urlopen(urllib.request.Request(f"{url}/v1/traces", message.SerializeToString(), headers), timeout=300)

    batches = [[agent_trace(seed, now_ms) for _ in range(min(20, traces - at))] for at in range(0, traces, 20)]
    with ThreadPoolExecutor(4) as pool:
        # One trace per request, since MLflow's server accepts no more.
        list(pool.map(send, [spans for batch in batches for spans in batch]))
    large = {}
    for count in (2_000, 10_000):
        spans = large_trace(seed, now_ms, count)
        for at in range(0, count, 1_000):
            send(spans[at:at + 1_000])
        large[count] = "tr-" + spans[0].trace_id.hex()
    json.dump({"experiment_id": experiment_id, "large": large}, sys.stdout)


if __name__ == "__main__":
    main()
