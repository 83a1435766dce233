"""Label schemas, and review queues that ask by them."""

from call import Call

SCHEMAS = "3.0/mlflow/label-schemas"
QUEUES = "3.0/mlflow/review-queues"
TRACE = "tr-" + "5" * 31 + "b"

CALLS = [
    Call("POST", "3.0/mlflow/traces", {"trace": {"trace_info": {
        "trace_id": TRACE, "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "{experiment}"}},
        "request_time": "2026-11-18T22:00:00Z", "execution_duration": "1.5s", "state": "OK"}}}, wrong=False),
    Call("POST", SCHEMAS + "/create", {"experiment_id": "{experiment}", "name": "Is it good?", "type": "FEEDBACK",
                                       "input": {"pass_fail": {"positive_label": "Yes", "negative_label": "No"}},
                                       "instruction": "i", "enable_comment": True}, keep={"good": "label_schema.schema_id"}, wrong=False),
    Call("POST", SCHEMAS + "/create", {"experiment_id": "{experiment}", "name": "cat", "type": "EXPECTATION",
                                       "input": {"categorical": {"options": ["a", "b"], "multi_select": False}}},
         keep={"cat": "label_schema.schema_id"}, wrong=False),
    Call("POST", SCHEMAS + "/create", {"experiment_id": "{experiment}", "name": "cat", "type": "EXPECTATION", "input": {"text": {}}},
         status=400, wrong=False),
    Call("GET", SCHEMAS + "/get", {"schema_id": "{good}"}),
    Call("GET", SCHEMAS + "/get-by-name", {"experiment_id": "{experiment}", "name": "cat"}),
    Call("PATCH", SCHEMAS + "/update", {"schema_id": "{good}", "instruction": "z"}, wrong=False),
    Call("POST", QUEUES + "/create", {"experiment_id": "{experiment}", "name": "Q1", "queue_type": "CUSTOM", "users": ["alice", "bob"],
                                      "schema_ids": ["{good}"]}, keep={"queue": "review_queue.queue_id"}, wrong=False),
    Call("POST", QUEUES + "/get-or-create-user", {"experiment_id": "{experiment}", "user": "alice"}, wrong=False),
    Call("GET", QUEUES + "/list", {"experiment_id": "{experiment}", "user": "alice"}, wrong=False),
    Call("GET", QUEUES + "/get-by-name", {"experiment_id": "{experiment}", "name": "Q1"}),
    Call("GET", QUEUES + "/get", {"queue_id": "{queue}"}),
    Call("POST", QUEUES + "/items/add", {"queue_id": "{queue}", "item_type": "TRACE", "item_ids": [TRACE]}, wrong=False),
    Call("GET", QUEUES + "/items/list", {"queue_id": "{queue}", "status": "PENDING"}, wrong=False),
    Call("POST", QUEUES + "/items/set-status", {"queue_id": "{queue}", "item_id": TRACE, "status": "COMPLETE", "completed_by": "alice"}, wrong=False),
    Call("POST", QUEUES + "/update", {"queue_id": "{queue}", "update_users": True, "users": ["carol"], "name": "Q2"}, wrong=False),
    Call("POST", QUEUES + "/items/remove", {"queue_id": "{queue}", "item_ids": [TRACE]}, wrong=False),
    Call("POST", QUEUES + "/delete", {"queue_id": "{queue}"}, wrong=False),
    Call("GET", QUEUES + "/get", {"queue_id": "{queue}"}, status=404, wrong=False),
    Call("DELETE", SCHEMAS + "/delete", {"schema_id": "{cat}"}, wrong=False),
]
