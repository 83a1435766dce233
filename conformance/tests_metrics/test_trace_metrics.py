"""`traces/metrics` of Kansoku and of MLflow 3.17.2, over the same traces: equal answers.

Both servers are filled by MLflow's client with the same names, times and numbers; then
each question goes to both.
"""

import json

import pytest
from sides import post, same

START_MS = 1_795_039_200_000
HOUR, DAY = 3600, 86400
NUMBERS = ["AVG", "MIN", "MAX", "P0", "P50", "P90", "P99.5", "P100"]
SUMS = ["SUM", *NUMBERS]


def ask(view: str, metric: str, aggregations: list[str], dimensions=(), filters=(), days=False, **more) -> dict:
    """A request; `P90` is short for a percentile, `days` requests daily buckets."""
    def spelled(name: str) -> dict:
        if name.startswith("P") and name[1:]:
            return {"aggregation_type": "PERCENTILE", "percentile_value": float(name[1:])}
        return {"aggregation_type": name}

    question = {"view_type": view, "metric_name": metric, "aggregations": [spelled(a) for a in aggregations]}
    if dimensions:
        question["dimensions"] = list(dimensions)
    if filters:
        question["filters"] = list(filters)
    if days:
        more = {"time_interval_seconds": DAY, "start_time_ms": START_MS, "end_time_ms": START_MS + 4 * DAY * 1000} | more
    return question | more


TOKENS = ["input_tokens", "output_tokens", "total_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"]
COSTS = ["input_cost", "output_cost", "total_cost"]
SPAN_DIMENSIONS = ["span_name", "span_type", "span_status", "span_model_name", "span_model_provider"]
NOBODY = ["trace.tag.env = 'nobody'"]

ANSWERED = [
    ask("TRACES", "trace_count", ["COUNT"]),
    ask("TRACES", "trace_count", ["COUNT"], days=True),
    ask("TRACES", "trace_count", ["COUNT"], ["trace_name"]),
    ask("TRACES", "trace_count", ["COUNT"], ["trace_status"]),
    ask("TRACES", "trace_count", ["COUNT"], ["trace_status", "trace_name"], days=True),
    ask("TRACES", "trace_count", ["COUNT"], ["trace_name"], max_results=2),
    ask("TRACES", "trace_count", ["COUNT"], filters=NOBODY),
    ask("TRACES", "trace_count", ["COUNT"], ["trace_name"], filters=NOBODY),
    ask("TRACES", "trace_count", ["COUNT"], filters=NOBODY, days=True),
    ask("TRACES", "trace_count", ["COUNT"], start_time_ms=START_MS + 6_180_000, end_time_ms=START_MS + 2 * 6_180_000),
    ask("TRACES", "trace_count", ["COUNT"], start_time_ms=START_MS + 3 * DAY * 1000),
    ask("TRACES", "trace_count", ["COUNT"], end_time_ms=START_MS - 1),
    ask("TRACES", "trace_count", ["COUNT"], days=True, time_interval_seconds=5 * HOUR),
    ask("TRACES", "trace_count", ["COUNT"], days=True, time_interval_seconds=7),
    ask("TRACES", "trace_count", ["COUNT"], time_interval_seconds=0),
    ask("TRACES", "session_count", ["COUNT"]),
    ask("TRACES", "session_count", ["COUNT"], days=True),
    ask("TRACES", "session_count", ["COUNT"], filters=NOBODY),
    ask("TRACES", "session_count", ["COUNT"], filters=["trace.metadata.`mlflow.trace.session` = 'session-2'"]),
    ask("TRACES", "latency", NUMBERS),
    ask("TRACES", "latency", NUMBERS, days=True),
    ask("TRACES", "latency", NUMBERS, ["trace_name"]),
    ask("TRACES", "latency", ["P50", "P50", "AVG"], ["trace_name"], days=True),
    ask("TRACES", "latency", NUMBERS, filters=NOBODY),
    *[ask("TRACES", tokens, SUMS) for tokens in TOKENS],
    *[ask("TRACES", tokens, SUMS, ["trace_name"], days=True) for tokens in TOKENS],
    ask("TRACES", "total_tokens", SUMS, filters=NOBODY),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.status = 'ERROR'"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.tag.env = 'prod'", "trace.status = 'OK'"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.tag.`my-team` = 'größe'"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.tag.`mlflow.traceName` = 'plan'"]),
    ask("TRACES", "latency", NUMBERS, filters=["trace.metadata.batch = 'b1'"], days=True),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.metadata.`mlflow.trace.session` = 'session-4'"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.metadata.`mlflow.sourceRun` = '{run}'"]),
    ask("SPANS", "span_count", ["COUNT"]),
    ask("SPANS", "span_count", ["COUNT"], days=True),
    *[ask("SPANS", "span_count", ["COUNT"], [dimension]) for dimension in SPAN_DIMENSIONS],
    ask("SPANS", "span_count", ["COUNT"], SPAN_DIMENSIONS, days=True),
    ask("SPANS", "span_count", ["COUNT"], filters=["span.status = 'ERROR'"]),
    ask("SPANS", "span_count", ["COUNT"], filters=["span.type = 'UNKNOWN'"]),
    ask("SPANS", "span_count", ["COUNT"], filters=["span.type = 'TOOL'", "trace.tag.env = 'prod'"]),
    ask("SPANS", "span_count", ["COUNT"], filters=["span.name = 'nothing'"]),
    ask("SPANS", "latency", NUMBERS),
    ask("SPANS", "latency", NUMBERS, ["span_name", "span_status"], days=True),
    ask("SPANS", "latency", NUMBERS, filters=["span.name = 'call'", "trace.status = 'ERROR'"]),
    *[ask("SPANS", cost, SUMS) for cost in COSTS],
    *[ask("SPANS", cost, SUMS, ["span_model_name"], days=True) for cost in COSTS],
    ask("SPANS", "total_cost", SUMS, ["span_model_provider", "span_model_name"]),
    ask("SPANS", "total_cost", ["SUM"], start_time_ms=START_MS + 6_180_004, end_time_ms=START_MS + 3 * 6_180_000 + 4),
    ask("SPANS", "total_cost", ["SUM"], filters=["trace.metadata.`mlflow.sourceRun` = '{run}'"]),
    ask("ASSESSMENTS", "assessment_count", ["COUNT"]),
    ask("ASSESSMENTS", "assessment_count", ["COUNT"], days=True),
    ask("ASSESSMENTS", "assessment_count", ["COUNT"], ["assessment_name"]),
    ask("ASSESSMENTS", "assessment_count", ["COUNT"], ["assessment_name", "assessment_value"]),
    ask("ASSESSMENTS", "assessment_count", ["COUNT"], filters=["assessment.name = 'score'"]),
    ask("ASSESSMENTS", "assessment_count", ["COUNT"], ["assessment_name"], filters=["assessment.type = 'expectation'"]),
    ask("ASSESSMENTS", "assessment_count", ["COUNT"], filters=["trace.tag.env = 'dev'", "trace.status = 'OK'"]),
    ask("ASSESSMENTS", "assessment_value", NUMBERS),
    ask("ASSESSMENTS", "assessment_value", NUMBERS, ["assessment_name"], days=True),
    ask("ASSESSMENTS", "assessment_value", NUMBERS, filters=["assessment.name = 'quality'"]),
    ask("ASSESSMENTS", "assessment_value", NUMBERS, filters=["trace.metadata.`mlflow.trace.session` = 'session-1'"]),
    ask("TRACES", "trace_count", ["COUNT"], experiment_ids=["{experiment}", "{other}"]),
    ask("TRACES", "trace_count", ["COUNT"], experiment_ids=["4711"]),
]

REFUSED = [
    ask("TRACES", "nope", ["COUNT"]),
    ask("TRACES", "latency", ["COUNT", "SUM"]),
    ask("TRACES", "trace_count", ["COUNT"], ["x", "span_name"]),
    ask("SPANS", "trace_count", ["COUNT"]),
    ask("ASSESSMENTS", "assessment_value", ["SUM"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["status = 'OK'"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.status != 'OK'"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.status = 'OK' AND trace.tag.env = 'prod'"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.tag = 'x'"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.name = 'x'"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.status.x = 'x'"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["trace.status = 5"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["run.status = 'x'"]),
    ask("TRACES", "trace_count", ["COUNT"], filters=["span.name = 'x'"]),
    ask("SPANS", "span_count", ["COUNT"], filters=["assessment.name = 'x'"]),
    ask("TRACES", "trace_count", ["COUNT"], time_interval_seconds=60),
    ask("TRACES", "trace_count", []),
]


def short(question: dict) -> str:
    parts = [question["view_type"], question["metric_name"], *question.get("dimensions", ()), *question.get("filters", ())]
    return " ".join(parts) + (" by time" if "time_interval_seconds" in question else "")


@pytest.mark.parametrize("question", ANSWERED, ids=short)
def test_the_response_equals_mlflows(sides, question):
    ours, theirs = (post(side, "metrics", question) for side in sides)
    assert theirs[0] == 200, theirs
    assert ours[0] == 200, ours
    assert same(ours[1], theirs[1]), f"ours:   {json.dumps(ours[1])}\ntheirs: {json.dumps(theirs[1])}"


@pytest.mark.parametrize("question", REFUSED, ids=short)
def test_an_error_equals_mlflows(sides, question):
    ours, theirs = (post(side, "metrics", question) for side in sides)
    assert (ours[0], ours[1]["error_code"]) == (theirs[0], theirs[1]["error_code"]), (ours, theirs)
