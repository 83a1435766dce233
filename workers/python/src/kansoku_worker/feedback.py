"""Feedback as the server reads it: the JSON of MLflow's `Feedback`."""

# The code that MLflow gives to scorers that fail.
SCORER_ERROR = "SCORER_ERROR"
MESSAGE_CHARS_MAX = 2_000
STACK_TRACE_CHARS_MAX = 10_000


def failure(scorer_name: str, message: str, stack_trace: str | None = None) -> dict:
    error = {"error_code": SCORER_ERROR, "error_message": message[:MESSAGE_CHARS_MAX]}
    if stack_trace:
        # Its last lines say what happened.
        error["stack_trace"] = stack_trace[-STACK_TRACE_CHARS_MAX:]
    return {
        "assessment_name": scorer_name,
        "source": {"source_type": "CODE", "source_id": scorer_name},
        "feedback": {"error": error},
    }
