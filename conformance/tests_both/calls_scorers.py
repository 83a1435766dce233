"""Scorers: registered, versioned, listed, deleted; and their online configurations."""

import json

from call import Call

SCORERS = "3.0/mlflow/scorers"


def judge(instructions: str, **more) -> str:
    """A judge as a client serializes it."""
    data = {"instructions": instructions, "model": "openai:/gpt-4o-mini", "feedback_value_type": {"type": "boolean", "title": "Result"}}
    return json.dumps({"name": "polite", "aggregations": ["mean"], "is_session_level_scorer": False, "mlflow_version": "3.17.2",
                       "serialization_version": 1, "instructions_judge_pydantic_data": data} | more)


CODE = {"call_source": "return True", "call_signature": "(outputs)", "original_func_name": "f"}
TOO_LARGE = {"version": "MLflow's server ignores a number that does not fit"}

CALLS = [
    Call("GET", SCORERS + "/list", {"experiment_id": "{experiment}"}),
    Call("POST", SCORERS + "/register", {"experiment_id": "{experiment}", "name": "polite", "serialized_scorer": judge("Is {{ outputs }} polite?")},
         keep={"polite": "scorer_id"}, unique=("name",)),
    Call("POST", SCORERS + "/register", {"experiment_id": "{experiment}", "name": "polite", "serialized_scorer": judge("Is {{ outputs }} kind?")}, wrong=False),
    Call("POST", SCORERS + "/register", {"experiment_id": "{experiment}", "name": "é b", "serialized_scorer": judge("Is {{ inputs }} short?")},
         keep={"short": "scorer_id"}, wrong=False),
    # Code alone is not compared: MLflow's server refuses functions made with `@scorer`, unless it is told to run them; ours keeps them.
    Call("POST", SCORERS + "/register", {"experiment_id": "{experiment}", "name": "nested", "serialized_scorer": json.dumps({"scorers": [CODE]})},
         status=400, wrong=False),
    Call("POST", SCORERS + "/register", {"experiment_id": "{experiment}", "name": "x", "serialized_scorer": "{"}, status=400, wrong=False),
    Call("POST", SCORERS + "/register", {"experiment_id": "{experiment}", "name": " ", "serialized_scorer": judge("x {{ outputs }}")}, status=400, wrong=False),
    Call("POST", SCORERS + "/register", {"experiment_id": "99999", "name": "x", "serialized_scorer": judge("x {{ outputs }}")}, status=404, wrong=False),
    Call("GET", SCORERS + "/list", {"experiment_ids": ["{experiment}", "{other}"]}, wrong=False),
    Call("GET", SCORERS + "/list", {"experiment_id": "{experiment}", "experiment_ids": ["{other}"]}, status=400, wrong=False),
    Call("GET", SCORERS + "/list", {"experiment_ids": ["x"]}, status=400, wrong=False),
    Call("GET", SCORERS + "/versions", {"experiment_id": "{experiment}", "name": "polite"}),
    Call("GET", SCORERS + "/get", {"experiment_id": "{experiment}", "name": "polite", "version": 1}, differs=TOO_LARGE),
    Call("GET", SCORERS + "/get", {"experiment_id": "{experiment}", "name": "polite"}),
    Call("GET", SCORERS + "/get", {"experiment_id": "{experiment}", "name": "polite", "version": 9}, status=404, wrong=False),
    Call("GET", SCORERS + "/get", {"experiment_id": "{other}", "name": "polite"}, status=404, wrong=False),
    Call("GET", SCORERS + "/online-configs", {"scorer_ids": ["{polite}", "{short}"]}),
    Call("PUT", SCORERS + "/online-config", {"experiment_id": "{experiment}", "name": "polite", "sample_rate": 0, "filter_string": "status = 'OK'"}),
    Call("PUT", SCORERS + "/online-config", {"experiment_id": "{experiment}", "name": "polite", "sample_rate": 0.5}, status=400, wrong=False),
    Call("PUT", SCORERS + "/online-config", {"experiment_id": "{experiment}", "name": "polite", "sample_rate": 2}, status=400, wrong=False),
    Call("PUT", SCORERS + "/online-config", {"experiment_id": "{experiment}", "name": "nope", "sample_rate": 0}, status=404, wrong=False),
    Call("GET", SCORERS + "/online-configs", {"scorer_ids": ["{polite}"]}, wrong=False),
    Call("DELETE", SCORERS + "/delete", {"experiment_id": "{experiment}", "name": "polite", "version": 2}, wrong=False),
    Call("DELETE", SCORERS + "/delete", {"experiment_id": "{experiment}", "name": "polite", "version": 2}, status=404, wrong=False),
    Call("GET", SCORERS + "/versions", {"experiment_id": "{experiment}", "name": "polite"}, wrong=False),
    Call("POST", SCORERS + "/register", {"experiment_id": "{experiment}", "name": "polite", "serialized_scorer": judge("Is {{ outputs }} warm?")}, wrong=False),
    Call("DELETE", SCORERS + "/delete", {"experiment_id": "{experiment}", "name": "polite"}, wrong=False),
    Call("GET", SCORERS + "/get", {"experiment_id": "{experiment}", "name": "polite"}, status=404, wrong=False),
    Call("GET", SCORERS + "/list", {"experiment_id": "{experiment}"}, wrong=False),
]
