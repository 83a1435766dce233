"""Runs and logged models: metrics of models and datasets, histories, searches."""

from call import Call

RUNS = "2.0/mlflow/runs"
MODELS = "2.0/mlflow/logged-models"
ALSO_GIVEN = {f"run.data.metrics.*.{key}": "the model and the dataset of a metric are returned too"
              for key in ("model_id", "dataset_name", "dataset_digest", "run_id")}
IN_PATH = {"model_id": "the id in the path is enough"}

CALLS = [
    Call("POST", RUNS + "/create", {"experiment_id": "{experiment}", "run_name": "a", "start_time": 1000, "user_id": "me",
                                    "tags": [{"key": "team", "value": "x"}]}, keep={"run": "run.info.run_id"}, wrong=False,
         differs={"run.outputs": "a run has them always"}),
    Call("POST", MODELS, {"experiment_id": "{experiment}", "name": "m", "model_type": "agent", "params": [{"key": "p", "value": "1"}],
                          "tags": [{"key": "t", "value": "1"}]}, keep={"m": "model.info.model_id"}, wrong=False),
    Call("POST", RUNS + "/log-metric", {"run_id": "{run}", "key": "acc", "value": 0.5, "timestamp": 5, "step": 1}, wrong=False),
    Call("POST", RUNS + "/log-metric", {"run_id": "{run}", "key": "f1", "value": 1, "timestamp": 6, "model_id": "{m}",
                                        "dataset_name": "d", "dataset_digest": "x"}, wrong=False),
    Call("POST", RUNS + "/log-batch", {"run_id": "{run}", "metrics": [{"key": "acc", "value": 0.75, "timestamp": 7, "step": 2}],
                                       "params": [{"key": "lr", "value": "1"}], "tags": [{"key": "k", "value": "v"}]}, wrong=False),
    Call("POST", RUNS + "/log-batch", {"run_id": "{run}", "params": [{"key": "lr", "value": "2"}]}, status=400, wrong=False),
    Call("POST", RUNS + "/log-parameter", {"run_id": "{run}", "key": "depth", "value": "3"}, unique=("key",)),
    Call("POST", RUNS + "/set-tag", {"run_id": "{run}", "key": "a", "value": "b"}),
    Call("POST", RUNS + "/delete-tag", {"run_id": "{run}", "key": "a"}, wrong=False),
    Call("GET", RUNS + "/get", {"run_id": "{run}"}, wrong=False, differs=ALSO_GIVEN),
    Call("GET", RUNS + "/get", {"run_id": "0" * 32}, status=404, wrong=False),
    Call("GET", "2.0/mlflow/metrics/get-history", {"run_id": "{run}", "metric_key": "acc"}, wrong=False),
    Call("POST", RUNS + "/search", {"experiment_ids": ["{experiment}"], "filter": "metrics.acc > 0.6 AND tags.team = 'x'", "max_results": 5},
         wrong=False, differs={f"runs.*.{path.removeprefix('run.')}": reason for path, reason in ALSO_GIVEN.items()}),
    Call("POST", RUNS + "/search", {"experiment_ids": ["{experiment}"], "filter": "nope.x = 5"}, status=400, wrong=False),
    Call("GET", MODELS + "/{m}"),
    Call("GET", MODELS + "/m-" + "0" * 32, status=404),
    Call("PATCH", MODELS + "/{m}", {"model_id": "{m}", "status": "LOGGED_MODEL_READY"}, wrong=False),
    Call("PATCH", MODELS + "/{m}/tags", {"model_id": "{m}", "tags": [{"key": "t2", "value": "2"}]}, wrong=False),
    Call("POST", MODELS + "/search", {"experiment_ids": ["{experiment}"], "filter": "name = 'm'", "max_results": 5}, wrong=False),
    Call("DELETE", MODELS + "/{m}/tags/t2", wrong=False),
    Call("DELETE", MODELS + "/{m}", wrong=False),
    Call("POST", RUNS + "/update", {"run_id": "{run}", "status": "FINISHED", "end_time": 9000, "run_name": "b"}, wrong=False),
    Call("POST", RUNS + "/delete", {"run_id": "{run}"}, wrong=False),
    Call("POST", RUNS + "/restore", {"run_id": "{run}"}, wrong=False),
    Call("GET", RUNS + "/get", {"run_id": "{run}"}, wrong=False, differs=ALSO_GIVEN),
    # The last one, since what MLflow's server takes of wrong values would be in the answers above.
    Call("POST", RUNS + "/log-metric", {"run_id": "{run}", "key": "acc", "value": 0.5, "timestamp": 5, "step": 1},
         differs=dict.fromkeys(["step", "timestamp"], "MLflow's server keeps the nearest number that fits")),
]
