"""Issues: create, get, update, search."""

from call import Call

ISSUES = "3.0/mlflow/issues"
SEARCH = "3.0/mlflow/issues/search"
IN_PATH = "the id in the path is enough"
LENGTH = "MLflow's server limits lengths by its database, and SQLite has no limits"

CALLS = [
    Call("POST", ISSUES, {"experiment_id": "{experiment}", "name": "slow", "description": "takes long", "severity": "low",
                          "root_causes": ["tool"], "categories": ["latency"], "created_by": "me"},
         keep={"slow": "issue.issue_id"},
         differs=dict.fromkeys(["name", "description", "created_by", "root_causes", "categories"], LENGTH)),
    Call("POST", ISSUES, {"experiment_id": "{experiment}", "name": "wrong", "description": "invents facts",
                          "severity": "high", "status": "pending"}, keep={"wrong": "issue.issue_id"}, wrong=False),
    Call("GET", ISSUES + "/{slow}", wrong=False),
    Call("GET", ISSUES + "/iss-nobody", status=404, wrong=False),
    Call("PATCH", ISSUES + "/{wrong}", {"issue_id": "{wrong}", "status": "resolved"}, differs={"issue_id": IN_PATH}),
    Call("PATCH", ISSUES + "/iss-nobody", {"issue_id": "iss-nobody", "status": "resolved"}, status=404, wrong=False),
    Call("POST", SEARCH, {"experiment_id": "{experiment}", "filter_string": "status = 'resolved'", "max_results": 5},
         wrong=False),
    Call("POST", SEARCH, {"experiment_id": "{experiment}", "filter_string": "status != 'pending'", "include_trace_count": True},
         wrong=False),
    Call("POST", SEARCH, {"experiment_id": "{experiment}", "filter_string": "name = 'slow'"}, status=400, wrong=False),
    Call("POST", SEARCH, {"experiment_id": "{other}"}, wrong=False),
]
