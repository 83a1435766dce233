"""Fills the server that the environment names with traces in which all numbers are fixed.

Forty traces over three days, by MLflow's own client: names, states, sessions, tags, tokens,
costs, models, feedback of every kind, expectations, an override and links to a run.
"""

import json

import mlflow
from mlflow import MlflowClient
from mlflow.entities import AssessmentError, AssessmentSource, Feedback

START_MS = 1_795_039_200_000  # 2026-11-18T22:00:00Z
STEP_MS = 6_180_000
HUMAN = AssessmentSource(source_type="HUMAN", source_id="someone")
MODELS = [("model-a", "openai"), ("model-b", "anthropic"), ("model-b", "bedrock"), (None, None)]
VALUES = [5, 0.25, True, False, "yes", " No ", "maybe", ["a", 1], {"é": ["ü", 2]}, 3.75]


def ns(ms: float) -> int:
    return int(ms * 1000) * 1000


def record(n: int) -> str:
    """One trace: a root, a tool and, in most, a model call."""
    start = START_MS + n * STEP_MS
    metadata = {"mlflow.trace.session": f"session-{n % 7}"} if n % 3 else {}
    root = mlflow.start_span_no_context(
        name=["chat", "search", "plan"][n % 3],
        span_type="AGENT",
        inputs={"n": n},
        tags={"env": "prod" if n % 2 else "dev", "my-team": "größe" if n % 5 == 0 else "x"},
        metadata={"batch": f"b{n % 4}", **metadata},
        start_time_ns=ns(start),
    )
    tool = mlflow.start_span_no_context(
        name="look up", span_type="TOOL" if n % 2 else "UNKNOWN", parent_span=root, start_time_ns=ns(start + 1)
    )
    tool.end(end_time_ns=ns(start + 2.6 + n), status="ERROR" if n % 6 == 0 else "OK")
    if n % 5:
        model, provider = MODELS[n % 4]
        usage = {"input_tokens": 100 + n, "output_tokens": 7 * n, "total_tokens": 100 + 8 * n}
        if n % 2:
            usage |= {"cache_read_input_tokens": n, "cache_creation_input_tokens": 2 * n}
        attributes = {"mlflow.chat.tokenUsage": usage}
        if model:
            attributes |= {"mlflow.llm.model": model, "mlflow.llm.provider": provider}
        if n % 4 != 1:
            cost = {"input_cost": n * 0.000125, "output_cost": n * 0.00075, "total_cost": n * 0.000875}
            attributes["mlflow.llm.cost"] = cost
        call = mlflow.start_span_no_context(
            name="call", span_type="CHAT_MODEL", parent_span=root, attributes=attributes, start_time_ns=ns(start + 4)
        )
        call.end(end_time_ns=ns(start + 9.9 + 3 * n))
    root.end(outputs="done", end_time_ns=ns(start + 20.5 + 11 * ((n * 17) % 40)), status="ERROR" if n % 8 == 3 else "OK")
    return root.trace_id


def judge(trace_ids: list[str]) -> None:
    for n, trace_id in enumerate(trace_ids):
        if n % 4 == 0:
            mlflow.log_feedback(trace_id=trace_id, name="quality", value=VALUES[n // 4], source=HUMAN)
        if n % 6 == 1:
            mlflow.log_feedback(trace_id=trace_id, name="score", value=n / 10, source=HUMAN)
        if n % 9 == 2:
            mlflow.log_expectation(trace_id=trace_id, name="score", value=n, source=HUMAN)
        if n % 13 == 5:
            first = mlflow.log_feedback(trace_id=trace_id, name="helpful", value=True, source=HUMAN)
            mlflow.override_feedback(
                trace_id=trace_id, assessment_id=first.assessment_id, value=n % 2 == 0, source=HUMAN
            )
    failed = Feedback(name="broken", error=AssessmentError(error_code="Timeout", error_message="late"), source=HUMAN)
    mlflow.log_assessment(trace_id=trace_ids[0], assessment=failed)


def main() -> None:
    experiment = mlflow.set_experiment("metrics").experiment_id
    trace_ids = [record(n) for n in range(40)]
    mlflow.flush_trace_async_logging()
    other = mlflow.set_experiment("another").experiment_id
    record(41)
    mlflow.flush_trace_async_logging()
    judge(trace_ids)
    client = MlflowClient()
    run = client.create_run(experiment).info.run_id
    client.link_traces_to_run(trace_ids[3:9], run)
    print("ANSWER " + json.dumps({"experiment": experiment, "other": other, "run": run}), flush=True)


main()
