"""Evaluation datasets and their records."""

import json

from call import Call

DATASETS = "3.0/mlflow/datasets"
RECORDS = [{"inputs": {"q": "a"}, "expectations": {"expected_response": "A"}, "tags": {"k": "v", "mlflow.user": "alice"},
            "source": {"source_type": "HUMAN", "source_data": {}}},
           {"inputs": {"q": "b"}, "source": {"source_type": "CODE", "source_data": {}}}]
DIGEST = "a digest of other bytes"
AGAIN = [{"inputs": {"q": "a"}, "expectations": {"tone": "calm"}}, {"inputs": {"q": "c"}}]

CALLS = [
    Call("POST", DATASETS + "/create", {"name": "alike golden", "experiment_ids": ["{experiment}"],
                                        "tags": json.dumps({"team": "x", "mlflow.user": "alice"})}, keep={"d": "dataset.dataset_id"}, wrong=False,
         differs={"dataset.digest": DIGEST}),
    Call("GET", DATASETS + "/{d}", differs={"dataset.digest": DIGEST}),
    Call("GET", DATASETS + "/d-" + "0" * 32, status=404),
    Call("POST", DATASETS + "/{d}/records", {"records": json.dumps(RECORDS)}, wrong=False),
    Call("POST", DATASETS + "/{d}/records", {"records": json.dumps(AGAIN)}, wrong=False),
    Call("GET", DATASETS + "/{d}", differs={"dataset.digest": DIGEST}),
    Call("PATCH", DATASETS + "/{d}/tags", {"tags": json.dumps({"z": "1"})}, wrong=False),
    Call("DELETE", DATASETS + "/{d}/tags/z"),
    Call("GET", DATASETS + "/{d}/experiment-ids"),
    Call("POST", DATASETS + "/{d}/add-experiments", {"experiment_ids": ["{other}"]}, wrong=False,
         differs={"dataset.digest": DIGEST}),
    Call("POST", DATASETS + "/{d}/remove-experiments", {"experiment_ids": ["{other}"]}, wrong=False,
         differs={"dataset.digest": DIGEST}),
    Call("POST", DATASETS + "/search", {"experiment_ids": ["{experiment}"], "filter_string": "name LIKE 'alike gold%'", "max_results": 5,
                                        "order_by": ["created_time DESC"]}, wrong=False,
         differs={"datasets.0.digest": DIGEST}),
    Call("POST", DATASETS + "/search", {"experiment_ids": ["{experiment}"], "filter_string": "nope = 5"}, status=400, wrong=False),
    Call("DELETE", DATASETS + "/{d}"),
    Call("GET", DATASETS + "/{d}", status=404),
]
