"""The v2 search route of the 3.1 client in plain form, with the fields it supports."""

import mlflow
import pytest

from kit.client import V2_CLIENT
from kit.traces import found_ids, found_names, record

pytestmark = pytest.mark.skipif(not V2_CLIENT, reason="only the 3.1 client in plain form uses the v2 routes")


def test_by_tag_metadata_name_and_state():
    gold = record("gold", tags={"tier": "gold"}, metadata={"region": "eu"})
    record("silver", tags={"tier": "silver"}, metadata={"region": "us"})
    with pytest.raises(RuntimeError), mlflow.start_span(name="failed") as span:
        raise RuntimeError("no")
    assert found_ids("tags.tier = 'gold'") == {gold}
    assert found_ids("metadata.region = 'eu'") == {gold}
    assert found_ids("attributes.name = 'gold'") == {gold}
    assert found_ids("status = 'ERROR'") == {span.trace_id}


def test_by_session():
    one = record("one", metadata={"mlflow.trace.session": "s-1"})
    record("two", metadata={"mlflow.trace.session": "s-2"})
    assert found_ids("metadata.`mlflow.trace.session` = 's-1'") == {one}


def test_order_by_time():
    record("a"), record("b")
    assert found_names(order_by=["timestamp_ms ASC"]) in (["a", "b"], ["b", "a"])
    assert len(found_names(order_by=["timestamp_ms DESC"], max_results=1)) == 1


def test_a_filter_that_cannot_be_read_is_refused():
    with pytest.raises(mlflow.exceptions.MlflowException) as refusal:
        found_ids("state = 'OK'")
    assert refusal.value.error_code == "INVALID_PARAMETER_VALUE"
