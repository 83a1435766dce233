"""Experiments: create, find, rename, tag, delete, restore, search."""

from call import Call

GET = "2.0/mlflow/experiments/get"
SEARCH = "2.0/mlflow/experiments/search"
TOKEN = "a page token belongs to the filter and order that it was given for"
ONLY_MINE = "name LIKE 'alike _'"

CALLS = [
    Call("POST", "2.0/mlflow/experiments/create", {"name": "alike a", "tags": [{"key": "team", "value": "x"}]},
         keep={"a": "experiment_id"}, unique=("name",)),
    Call("POST", "2.0/mlflow/experiments/create", {"name": "alike b"}, keep={"b": "experiment_id"}, unique=("name",)),
    Call("POST", "2.0/mlflow/experiments/create", {"name": "alike a"}, status=400, wrong=False),
    Call("GET", GET, {"experiment_id": "{a}"}),
    Call("GET", GET, {"experiment_id": "99999999"}, status=404, wrong=False),
    Call("GET", "2.0/mlflow/experiments/get-by-name", {"experiment_name": "alike b"}),
    Call("GET", "2.0/mlflow/experiments/get-by-name", {"experiment_name": "alike nobody"}, status=404, wrong=False),
    Call("POST", "2.0/mlflow/experiments/set-experiment-tag", {"experiment_id": "{a}", "key": "owner", "value": "me"}),
    Call("POST", "2.0/mlflow/experiments/set-experiment-tag", {"experiment_id": "{b}", "key": "team", "value": "y"}),
    Call("POST", SEARCH, {"filter": "tags.team = 'x'", "max_results": 5, "view_type": "ACTIVE_ONLY"}),
    Call("POST", SEARCH, {"filter": ONLY_MINE, "order_by": ["name DESC"], "max_results": 1}, keep={"token": "next_page_token"}),
    Call("POST", SEARCH, {"filter": ONLY_MINE, "order_by": ["name DESC"], "max_results": 1, "page_token": "{token}"},
         differs={"filter": TOKEN, "order_by": TOKEN}),
    Call("POST", SEARCH, {"filter": "nope = 5"}, status=400, wrong=False),
    Call("POST", "2.0/mlflow/experiments/delete-experiment-tag", {"experiment_id": "{a}", "key": "owner"}),
    Call("POST", "2.0/mlflow/experiments/update", {"experiment_id": "{b}", "new_name": "alike c"},
         differs={"new_name": "MLflow's server repeats the database's error where a name is taken"}),
    Call("POST", "2.0/mlflow/experiments/delete", {"experiment_id": "{b}"}),
    Call("GET", GET, {"experiment_id": "{b}"}, wrong=False),
    Call("POST", SEARCH, {"filter": ONLY_MINE, "view_type": "DELETED_ONLY", "max_results": 9}, wrong=False),
    Call("POST", "2.0/mlflow/experiments/set-experiment-tag", {"experiment_id": "{b}", "key": "k", "value": "v"}, status=400, wrong=False),
    Call("POST", "2.0/mlflow/experiments/restore", {"experiment_id": "{b}"}),
    Call("POST", SEARCH, {"filter": ONLY_MINE, "order_by": ["name ASC"], "view_type": "ALL", "max_results": 9}, wrong=False),
]
