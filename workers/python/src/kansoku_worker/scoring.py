"""Runs a scorer on a trace or a session, by MLflow's own code. Only processes of scorers do this."""

import json
import traceback

import mlflow
from google.protobuf.json_format import ParseDict
from mlflow.entities import Trace, TraceData, TraceInfo
from mlflow.genai.evaluation.utils import standardize_scorer_value
from mlflow.genai.scorers import Scorer, scorer
from mlflow.genai.scorers.scorer_utils import recreate_function
from mlflow.protos.service_pb2 import TraceInfoV3

from kansoku_worker.feedback import failure

# There is no server that traces of the scorer itself could be sent to.
mlflow.tracing.disable()


def score(serialized: str, traces_json: list[bytes]) -> list[dict]:
    """The feedback of a scorer; one with an error if it fails."""
    name = "scorer"
    try:
        definition = json.loads(serialized)
        name = definition["name"]
        loaded, traces = load(definition), [read_trace(trace) for trace in traces_json]
        value = loaded.run(session=traces) if loaded.is_session_level_scorer else score_trace(loaded, traces[0])
        return [feedback.to_dictionary() for feedback in standardize_scorer_value(name, value)]
    except BaseException as error:
        message = str(error) or type(error).__name__
        return [failure(name, message, traceback.format_exc())]


def score_trace(loaded: Scorer, trace: Trace) -> object:
    root = trace.data._get_root_span()
    return loaded.run(
        inputs=root.inputs if root else None,
        outputs=root.outputs if root else None,
        expectations=expectations(trace),
        trace=trace,
    )


def load(definition: dict) -> Scorer:
    function = recreate_function(
        definition["call_source"], definition["call_signature"], definition["original_func_name"]
    )
    return scorer(function, name=definition["name"])


def read_trace(trace_json: bytes) -> Trace:
    parsed = json.loads(trace_json)
    info = ParseDict(parsed["info"], TraceInfoV3(), ignore_unknown_fields=True)
    return Trace(TraceInfo.from_proto(info), TraceData.from_dict(parsed["data"]))


def expectations(trace: Trace) -> dict:
    """The expectations of a trace by name; of several with one name, the latest."""
    given = [one for one in trace.info.assessments if one.expectation is not None]
    given.sort(key=lambda one: one.last_update_time_ms or 0)
    return {one.name: one.expectation.value for one in given}
