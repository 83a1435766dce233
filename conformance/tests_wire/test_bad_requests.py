"""Invalid requests get a 4xx in MLflow's form, and the server stays healthy."""

import json

import pytest
from kit.server import is_reference
from wire.caller import assert_error, location

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow answers some of these with HTML or 500")

JSON = {"content-type": "application/json"}
CLIENT_ERROR = range(400, 500)
POST_ROUTES = [
    "/api/2.0/mlflow/experiments/create",
    "/api/2.0/mlflow/experiments/search",
    "/api/2.0/mlflow/experiments/set-experiment-tag",
    "/api/2.0/mlflow/runs/create",
    "/api/2.0/mlflow/runs/log-batch",
    "/api/2.0/mlflow/traces",
    "/api/2.0/mlflow/traces/delete-traces",
    "/api/2.0/mlflow/traces/link-prompts",
    "/api/3.0/mlflow/traces",
    "/api/3.0/mlflow/traces/search",
    "/api/3.0/mlflow/traces/batchGetInfos",
    "/api/3.0/mlflow/traces/tr-1/assessments",
]


@pytest.fixture(autouse=True)
def the_server_stays_well(caller):
    yield
    health = caller.ask("GET", "/health")
    assert (health.status_code, health.text) == (200, "OK")


@pytest.mark.parametrize(
    "path",
    ["/api/2.0/mlflow/nope", "/api/2.0/mlflow/traces/tr-1/nope", "/api/9.9/mlflow/traces/search",
     "/api/", "/ajax-api/3.0/nope", "/v1/profiles", "/api/3.0/mlflow/traces/%00", "/api/3.0/mlflow/%ff%fe"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_route_is_endpoint_not_found_or_nothing_there(caller, method, path):
    assert_error(caller.ask(method, path, json={}), range(400, 406))


@pytest.mark.parametrize("path", ["/api/2.0/mlflow/nope", "/api/4.0/mlflow/traces/search", "/nope"])
def test_an_unknown_route_is_endpoint_not_found(caller, path):
    assert_error(caller.ask("POST", path, json={}), 404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize(
    ["method", "path"],
    [("GET", "/api/2.0/mlflow/experiments/create"), ("PUT", "/api/3.0/mlflow/traces/search"),
     ("POST", "/api/3.0/mlflow/traces/batchGet"), ("DELETE", "/v1/traces"), ("GET", "/v1/traces"),
     ("PATCH", "/health"), ("POST", "/api/2.0/mlflow/runs/get")],
)  # fmt: skip
def test_a_wrong_method_is_405(caller, method, path):
    assert_error(caller.ask(method, path, json={}), 405)


@pytest.mark.parametrize("path", POST_ROUTES)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "nonsense", None])
def test_a_body_that_is_not_announced_as_json_is_refused(caller, path, content_type):
    headers = {"content-type": content_type} if content_type else {}
    assert_error(caller.ask("POST", path, content=b"{}", headers=headers), 400)


BODIES = {
    "cut off": b'{"name": "x"',
    "words": b"hello",
    "two values": b"{} {}",
    "a list": b"[1, 2]",
    "a number": b"42",
    "bad UTF-8": b'{"name": "\xff\xfe", "locations": "\xff"}',
    "a lone surrogate": b'{"name": "\\ud800", "locations": 1}',
    "NUL bytes": b"\x00\x00\x00",
    "10,000 lists deep": b"[" * 10_000 + b"]" * 10_000,
    "10,000 objects deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "10,000 deep inside a field": b'{"trace": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "a huge exponent": b'{"max_results": 1e999999, "experiment_id": 1e999999}',
    "a huge integer": b'{"max_results": ' + b"9" * 5000 + b', "experiment_id": ' + b"9" * 5000 + b"}",
    "wrong types": b'{"name": {}, "locations": {}, "trace": 7, "trace_ids": {}, "max_results": [], '
    b'"experiment_id": [], "run_id": {}, "trace_id": [], "assessment": 1, "key": {}}',
}


@pytest.mark.parametrize("path", POST_ROUTES)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_makes_no_sense_is_a_client_error(caller, path, body):
    assert_error(caller.ask("POST", path, content=body, headers=JSON), CLIENT_ERROR)


@pytest.mark.parametrize("number", [-1, 0, 501, 2**31, 2**63, 2**64, 10**30, -(2**63) - 1, 1.5, "many", True, [5], {}])
def test_max_results_must_be_a_small_positive_number(caller, experiment, number):
    body = {"locations": [location(experiment)], "max_results": number}
    assert_error(caller.ask("POST", "/api/3.0/mlflow/traces/search", json=body), 400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(
    "time", ["", "now", "2023-11-14", "2023-13-40T25:61:61Z", "99999999-01-01T00:00:00Z", 10**30, {}]
)
def test_a_time_must_be_a_time(caller, experiment, time):
    info = {"trace_id": "tr-time", "trace_location": location(experiment), "request_time": time, "state": "OK"}
    answer = caller.ask("POST", "/api/3.0/mlflow/traces", json={"trace": {"trace_info": info}})
    assert_error(answer, 400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("duration", ["soon", "1", "-", "1e999s", "99999999999999999999s"])
def test_a_duration_must_be_a_duration(caller, experiment, duration):
    info = {
        "trace_id": "tr-duration", "trace_location": location(experiment), "state": "OK",
        "request_time": "2023-11-14T22:13:20Z", "execution_duration": duration,
    }  # fmt: skip
    answer = caller.ask("POST", "/api/3.0/mlflow/traces", json={"trace": {"trace_info": info}})
    assert_error(answer, 400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("stamp", [2**63, -(2**63) - 1, 10**40, "soon", {}])
def test_a_timestamp_must_fit(caller, experiment, stamp):
    body = {"experiment_id": experiment, "max_timestamp_millis": stamp}
    assert_error(caller.ask("POST", "/api/2.0/mlflow/traces/delete-traces", json=body), 400)
    v2 = {"experiment_id": experiment, "timestamp_ms": stamp}
    assert_error(caller.ask("POST", "/api/2.0/mlflow/traces", json=v2), 400)


@pytest.mark.parametrize("experiment_id", ["abc", "", "-", "1.5", "9" * 40, "1 or 1=1", "../1", "\u0661"])
def test_an_experiment_id_must_be_one(caller, experiment_id):
    params = {"experiment_id": experiment_id}
    assert_error(caller.ask("GET", "/api/2.0/mlflow/experiments/get", params=params), CLIENT_ERROR)
    body = {"locations": [location(experiment_id)]}
    search = caller.ask("POST", "/api/3.0/mlflow/traces/search", json=body)
    assert search.status_code == 200 or 400 <= search.status_code < 500, search.text


def test_fields_that_are_too_long_are_refused(caller, experiment):
    name = {"name": "x" * 501}
    assert_error(caller.ask("POST", "/api/2.0/mlflow/experiments/create", json=name), 400, "INVALID_PARAMETER_VALUE")
    tag = {"key": "k" * 251, "value": "v"}
    answer = caller.ask("PATCH", "/api/2.0/mlflow/traces/tr-1/tags", json=tag)
    assert_error(answer, 400, "INVALID_PARAMETER_VALUE")
    info = {
        "trace_id": "tr-long", "trace_location": location(experiment), "state": "OK",
        "request_time": "2023-11-14T22:13:20Z", "trace_metadata": {"mlflow.trace.session": "s" * 251},
    }  # fmt: skip
    answer = caller.ask("POST", "/api/3.0/mlflow/traces", json={"trace": {"trace_info": info}})
    assert_error(answer, 400, "INVALID_PARAMETER_VALUE")


def test_a_filter_of_a_megabyte_is_refused_or_answered_quickly(caller, experiment):
    for filter in ["name = '" + "x" * 1_000_000 + "'", "(" * 100_000, "NOT " * 100_000, "name = 'x' OR " * 50_000]:
        body = {"locations": [location(experiment)], "filter": filter}
        answer = caller.ask("POST", "/api/3.0/mlflow/traces/search", json=body, timeout=10)
        assert answer.status_code == 200 or 400 <= answer.status_code < 500, answer.text[:200]


def test_a_regex_that_is_exponential_in_other_engines_is_answered(caller, experiment):
    for pattern in ["(a+)+$", "(((((((((a*)*)*)*)*)*)*)*)*)*", "[", "(?P<", "a{1000}{1000}{1000}", "\\"]:
        body = {"locations": [location(experiment)], "filter": f"name RLIKE '{pattern}'"}
        answer = caller.ask("POST", "/api/3.0/mlflow/traces/search", json=body, timeout=10)
        assert answer.status_code == 200 or 400 <= answer.status_code < 500, answer.text[:200]


def test_unknown_fields_and_nulls_are_ignored(caller, experiment):
    body = {"locations": [location(experiment)], "filter": None, "order_by": None, "no_such_field": [1, {}]}
    assert caller.ok("POST", "/api/3.0/mlflow/traces/search", body) == {}


def test_camel_case_and_numbers_as_text_are_understood(caller, experiment):
    body = {
        "locations": [{"type": "MLFLOW_EXPERIMENT", "mlflowExperiment": {"experimentId": experiment}}],
        "maxResults": "5",
    }
    assert caller.ok("POST", "/api/3.0/mlflow/traces/search", body) == {}


def test_json_inside_a_json_string_is_understood(caller):
    inner = json.dumps({"max_results": 1})
    answer = caller.ask("POST", "/api/2.0/mlflow/experiments/search", content=json.dumps(inner), headers=JSON)
    assert answer.status_code == 200, answer.text
