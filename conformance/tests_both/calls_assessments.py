"""Traces and what people and judges say about them."""

from call import Call

TRACE = "tr-" + "5" * 31 + "a"
HUMAN = {"source_type": "HUMAN", "source_id": "someone"}
AT = "2026-11-18T22:00:00Z"
ASSESSMENTS = f"3.0/mlflow/traces/{TRACE}/assessments"


def info(**more) -> dict:
    return {"trace": {"trace_info": {
        "trace_id": TRACE, "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "{experiment}"}},
        "request_time": AT, "execution_duration": "1.5s", "state": "OK", "tags": {"env": "prod"},
        "trace_metadata": {"mlflow.trace.session": "s1"}} | more}}


def feedback(name: str, **more) -> dict:
    return {"assessment": {"assessment_name": name, "trace_id": TRACE, "source": HUMAN, "create_time": AT, "last_update_time": AT,
                           "feedback": {"value": True}, "valid": True} | more}


CALLS = [
    Call("POST", "3.0/mlflow/traces", info(), wrong=False),
    Call("GET", f"3.0/mlflow/traces/{TRACE}"),
    Call("GET", "3.0/mlflow/traces/tr-nobody", status=404),
    Call("PATCH", f"3.0/mlflow/traces/{TRACE}/tags", {"key": "team", "value": "search"}),
    Call("DELETE", f"3.0/mlflow/traces/{TRACE}/tags", {"key": "team"}),
    Call("POST", ASSESSMENTS, feedback("good"), keep={"good": "assessment.assessment_id"}),
    Call("POST", ASSESSMENTS, feedback("score", feedback={"value": 0.25}, rationale="so so", metadata={"k": "v"}), wrong=False),
    Call("POST", ASSESSMENTS, feedback("list", feedback={"value": ["a", 1, None]}), wrong=False),
    Call("POST", ASSESSMENTS, {"assessment": {"assessment_name": "answer", "trace_id": TRACE, "source": HUMAN, "create_time": AT,
         "last_update_time": AT, "expectation": {"value": "42"}}}, keep={"answer": "assessment.assessment_id"}, wrong=False),
    Call("GET", ASSESSMENTS + "/{good}"),
    Call("GET", ASSESSMENTS + "/a-nobody", status=404),
    Call("PATCH", ASSESSMENTS + "/{good}", {"assessment": {"assessment_id": "{good}", "trace_id": TRACE, "feedback": {"value": False},
         "rationale": "no"}, "update_mask": "feedback,rationale"},
         differs={"assessment": "a mask that names what the assessment lacks is refused"}),
    Call("DELETE", ASSESSMENTS + "/{answer}"),
    Call("GET", f"3.0/mlflow/traces/{TRACE}"),
]
