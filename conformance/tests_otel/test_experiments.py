"""The experiment of a trace: from headers, else from the resource, else from settings, else the default."""

import pytest
from conftest import DEFAULT_EXPERIMENT
from opentelemetry.sdk.trace.export import SpanExportResult
from senders import GRPC, HTTP, OK, send_trace

BOTH = pytest.mark.parametrize("door", [HTTP, GRPC], ids=str)


@BOTH
def test_the_default_experiment_is_used_if_none_is_named(server, rest, door):
    trace_id, results = send_trace(door.spans(server))
    assert results == OK
    assert rest.experiment_of(trace_id) == DEFAULT_EXPERIMENT


@BOTH
def test_a_header_names_it_by_id_or_by_name(server, rest, door):
    by_id, _ = rest.new_experiment()
    by_name, name = rest.new_experiment()
    trace_id, results = send_trace(door.spans(server, {"x-mlflow-experiment-id": by_id}))
    assert (results, rest.experiment_of(trace_id)) == (OK, by_id)
    trace_id, results = send_trace(door.spans(server, {"x-mlflow-experiment-name": name}))
    assert (results, rest.experiment_of(trace_id)) == (OK, by_name)


@BOTH
@pytest.mark.parametrize("headers", [{"x-mlflow-experiment-id": "4711"}, {"x-mlflow-experiment-id": "many"},
                                     {"x-mlflow-experiment-name": "nobody made it"}], ids=str)
def test_a_header_with_an_unknown_experiment_is_rejected_with_a_reason_in_the_ledger(server, rest, door, headers):
    trace_id, results = send_trace(door.spans(server, headers, timeout=5))
    assert results == [SpanExportResult.FAILURE] * 2
    assert not rest.is_known(trace_id)
    [value] = headers.values()
    assert value in rest.ledger()["rejections"][0]["reason"]


@BOTH
def test_the_resource_names_it_by_id_or_by_name(server, rest, door):
    by_id, _ = rest.new_experiment()
    trace_id, results = send_trace(door.spans(server), **{"mlflow.experiment.id": by_id})
    assert (results, rest.experiment_of(trace_id)) == (OK, by_id)
    name = f"/Shared/made-by-{door}"
    trace_id, results = send_trace(door.spans(server), **{"mlflow.experiment.name": name})
    assert (results, rest.experiment_of(trace_id)) == (OK, rest.experiment_id(name))


@BOTH
def test_only_the_resource_with_an_unknown_experiment_is_rejected(server, rest, door):
    trace_id, results = send_trace(door.spans(server), **{"mlflow.experiment.id": "4711"})
    # The response is a partial success, so that the exporter does not retry.
    assert results == OK
    assert not rest.is_known(trace_id)
    assert "4711" in rest.ledger()["rejections"][0]["reason"]


@BOTH
def test_settings_name_it_for_a_service(server, rest, door):
    trace_id, _ = send_trace(door.spans(server), **{"service.name": "checkout"})
    assert rest.experiment_of(trace_id) == rest.experiment_id("/Shared/checkout")


@BOTH
def test_headers_precede_the_resource_and_the_resource_precedes_settings(server, rest, experiment, door):
    other, _ = rest.new_experiment()
    resource = {"service.name": "checkout", "mlflow.experiment.id": other}
    trace_id, _ = send_trace(door.spans(server, {"x-mlflow-experiment-id": experiment}), **resource)
    assert rest.experiment_of(trace_id) == experiment
    trace_id, _ = send_trace(door.spans(server), **resource)
    assert rest.experiment_of(trace_id) == other


def test_experiments_are_not_created_if_settings_forbid_it(start):
    from conftest import Rest

    own = start("--create-experiments=false")
    trace_id, _ = send_trace(HTTP.spans(own), **{"mlflow.experiment.name": "not there"})
    assert not Rest(own.url).is_known(trace_id)


@BOTH
def test_a_header_links_the_trace_to_a_run(server, rest, experiment, door):
    run = rest.ask("POST", "/api/2.0/mlflow/runs/create", json={"experiment_id": experiment})
    run_id = run["run"]["info"]["run_id"]
    headers = {"x-mlflow-experiment-id": experiment, "x-mlflow-run-id": run_id}
    trace_id, results = send_trace(door.spans(server, headers))
    assert results == OK
    found = rest.ask("POST", "/api/3.0/mlflow/traces/search", json={
        "locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}],
        "filter": f"attributes.run_id = '{run_id}'",
    })
    assert [trace["trace_id"] for trace in found["traces"]] == [f"tr-{trace_id}"]
