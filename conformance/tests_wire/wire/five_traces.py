"""The five traces that the filters of filters.yaml are tested with.

T1 a finished chat with tools and feedback; T2 a failed search of the same session;
T3 still running; T4 a slow `Chat`; T5 a bare TraceInfo linked to a run.
"""

from . import spans
from .caller import Caller, location

BASE_MS = 1_700_000_000_000
TIME = "2023-11-14T22:13:{:02d}Z"


def start(caller: Caller, experiment: str, otel_id: str, second: int, state: str, **fields) -> str:
    """Posts a TraceInfo that began `second` seconds after 22:13:20 and returns its id."""
    trace_id = f"tr-{otel_id}"
    caller.ok(
        "POST",
        "/api/3.0/mlflow/traces",
        {
            "trace": {
                "trace_info": {
                    "trace_id": trace_id,
                    "trace_location": location(experiment),
                    "request_time": TIME.format(20 + second),
                    "state": state,
                    **fields,
                }
            }
        },
    )
    return trace_id


def judge(caller: Caller, trace_id: str, name: str, kind: str, value, **fields):
    caller.ok(
        "POST",
        f"/api/3.0/mlflow/traces/{trace_id}/assessments",
        {
            "assessment": {
                "assessment_name": name,
                "source": {"source_type": "HUMAN", "source_id": "tester"},
                kind: value,
                **fields,
            }
        },
    )


def span(otel_id: str, second: int, lasts_ms: int, **fields):
    begin_ns = (BASE_MS + second * 1000) * 1_000_000
    return spans.span(otel_id, start_ns=begin_ns, end_ns=begin_ns + lasts_ms * 1_000_000, **fields)


def make(caller: Caller) -> dict[str, str]:
    """Creates an experiment with the five traces; returns their ids by name, and its id as `experiment`."""
    experiment = caller.experiment("filters")
    otel = {name: spans.new_trace() for name in ("T1", "T2", "T3", "T4", "T5")}
    _send_spans(caller, experiment, otel)
    ids = {"experiment": experiment}
    ids["T1"] = start(
        caller, experiment, otel["T1"], 1, "OK",
        execution_duration="1.5s", client_request_id="req-1",
        tags={"mlflow.traceName": "chat", "env": "prod", "my-tag": "x", "dotted.key": "x"},
        trace_metadata={
            "custom": "Foo",
            "mlflow.trace.session": "s1",
            "mlflow.trace.user": "alice",
            "mlflow.trace.tokenUsage": '{"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}',
        },
    )  # fmt: skip
    ids["T2"] = start(
        caller, experiment, otel["T2"], 2, "ERROR",
        execution_duration="0.5s", client_request_id="req-2",
        tags={"mlflow.traceName": "search", "env": "dev"},
        trace_metadata={
            "mlflow.trace.session": "s1", "mlflow.trace.user": "bob", "mlflow.sourceRun": "run-a",
        },
    )  # fmt: skip
    ids["T3"] = start(
        caller, experiment, otel["T3"], 3, "IN_PROGRESS", tags={"mlflow.traceName": "it's"}
    )
    ids["T4"] = start(
        caller, experiment, otel["T4"], 4, "OK",
        execution_duration="10s",
        tags={"mlflow.traceName": "Chat", "env": "PROD"}, trace_metadata={"mlflow.modelId": "m-1"},
    )  # fmt: skip
    ids["T5"] = start(
        caller, experiment, otel["T5"], 5, "OK", execution_duration="3s", tags={"name": "chat"}
    )
    _link(caller, ids)
    _judge_all(caller, ids)
    return ids


def _send_spans(caller: Caller, experiment: str, otel: dict[str, str]):
    batch = [
        span(otel["T1"], 1, 1500, id=1, name="root", status="OK",
             attributes={"mlflow.spanType": "AGENT", "mlflow.spanInputs": {"q": "hello"}}),
        span(otel["T1"], 1, 900, id=2, parent=1, name="llm-call", status="OK",
             attributes={"mlflow.spanType": "CHAT_MODEL", "mlflow.llm.model": "gpt-4o", "temp": 0.7}),
        span(otel["T1"], 2, 100, id=3, parent=1, name="db", status=("ERROR", "locked"),
             attributes={"mlflow.spanType": "TOOL"}),
        span(otel["T2"], 2, 500, id=1, name="start", status=("ERROR", "failed"),
             attributes={"mlflow.spanType": "CHAIN", "mlflow.spanInputs": "ünï"}),
        span(otel["T4"], 4, 10_000, id=1, name="root", status="OK",
             attributes={"mlflow.spanType": "UNKNOWN", "mlflow.llm.model": "other-1"}),
    ]  # fmt: skip
    answer = caller.append_spans(experiment, spans.protobuf(batch))
    assert answer.status_code == 200, answer.text


def _link(caller: Caller, ids: dict[str, str]):
    link = {"trace_ids": [ids["T5"]], "run_id": "run-b"}
    caller.ok("POST", "/api/2.0/mlflow/traces/link-to-run", link)
    prompt = {"trace_id": ids["T1"], "prompt_versions": [{"name": "qa", "version": "3"}]}
    caller.ok("POST", "/api/2.0/mlflow/traces/link-prompts", prompt)


def _judge_all(caller: Caller, ids: dict[str, str]):
    for trace, name, value in [
        ("T1", "quality", 0.9),
        ("T1", "ok", True),
        ("T1", "verdict", "yes"),
        ("T1", "my metric", 7),
        ("T2", "quality", 0.3),
        ("T4", "verdict", "no"),
    ]:
        judge(caller, ids[trace], name, "feedback", {"value": value})
    judge(caller, ids["T1"], "answer", "expectation", {"value": "paris"})
    judge(caller, ids["T1"], "sess2", "feedback", {"value": "good"}, metadata={"mlflow.trace.session": "s1"})
    judge(caller, ids["T3"], "iss-1", "issue", {"issue_name": "Hallucination"})
