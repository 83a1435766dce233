"""OpenTelemetry's own exporters work with every protocol, port and compression of the server."""

import pytest
from senders import DOORS, GRPC, HTTP, OK, send_trace


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_a_trace_arrives_whole(server, rest, experiment, door):
    trace_id, results = send_trace(
        door.spans(server, {"x-mlflow-experiment-id": experiment}), **{"service.name": "shop"}
    )
    assert results == OK
    trace = rest.trace(trace_id)
    assert trace["trace_info"]["state"] == "OK"
    assert trace["trace_info"]["tags"]["service.name"] == "shop"
    assert sorted(span["name"] for span in trace["spans"]) == ["order", "price"]
    assert rest.experiment_of(trace_id) == experiment


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_the_ledger_contains_the_exporter_and_its_protocol(server, rest, door):
    service = f"known-{door}"
    send_trace(door.spans(server), **{"service.name": service})
    [source] = [source for source in rest.ledger()["sources"] if source["service_name"] == service]
    assert (source["stored"], source["duplicate"], source["rejected"]) == (2, 0, 0)
    assert source["protocol"] == ("otlp-grpc" if door.name.startswith("grpc") else "otlp-http")
    assert "OTel" in source["client"], source


@pytest.mark.parametrize("door", [HTTP, GRPC], ids=str)
def test_a_token_is_required_once_one_exists(start, door):
    own = start()
    token = own.token()
    headers = {"authorization": f"Bearer {token}"}
    assert send_trace(door.spans(own, headers, timeout=5))[1] == OK
    assert send_trace(door.spans(own, timeout=5))[1] != OK
    assert send_trace(door.spans(own, {"authorization": "Bearer kan_wrong"}, timeout=5))[1] != OK
