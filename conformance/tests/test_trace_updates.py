"""Updates of the current trace by the application, and tags set afterwards."""

import uuid

import mlflow
import pytest
from mlflow.entities.trace_state import TraceState

from kit.client import needs, needs_v3
from kit.traces import record, stored


def test_tags_and_metadata_of_the_current_trace_are_stored():
    trace_id = record("tagged", tags={"tier": "gold", "ünï": "cødé"[:4]}, metadata={"region": "eu", "build": "17"})
    info = stored(trace_id).info
    assert info.tags["tier"] == "gold"
    assert info.trace_metadata["region"] == "eu"
    assert info.trace_metadata["build"] == "17"


@needs_v3("client request ids")
def test_the_client_request_id_is_stored():
    request_id = f"req-{uuid.uuid4()}"
    trace_id = record("request", client_request_id=request_id)
    assert stored(trace_id).info.client_request_id == request_id


def test_session_and_user_are_metadata():
    trace_id = record("turn", metadata={"mlflow.trace.session": "s-1", "mlflow.trace.user": "alice"})
    metadata = stored(trace_id).info.trace_metadata
    assert (metadata["mlflow.trace.session"], metadata["mlflow.trace.user"]) == ("s-1", "alice")


@needs(client="3.17", why="update_current_trace(session_id=, user=)")
def test_session_and_user_arguments_become_that_metadata():
    trace_id = record("turn", session_id="s-2", user="bob")
    metadata = stored(trace_id).info.trace_metadata
    assert (metadata["mlflow.trace.session"], metadata["mlflow.trace.user"]) == ("s-2", "bob")


def test_environment_metadata_is_kept_and_may_be_overridden():
    trace_id = record("deployed", metadata={"mlflow.source.name": "prod-agent", "mlflow.source.type": "PROJECT",
                                            "mlflow.source.git.commit": "abc123", "app.version": "1.4.2"})
    metadata = stored(trace_id).info.trace_metadata
    assert metadata["mlflow.source.name"] == "prod-agent"
    assert metadata["mlflow.source.type"] == "PROJECT"
    assert metadata["mlflow.source.git.commit"] == "abc123"
    assert metadata["app.version"] == "1.4.2"


def test_the_client_adds_metadata_about_its_environment():
    metadata = stored(record("local")).info.trace_metadata
    assert metadata["mlflow.source.type"] == "LOCAL"
    assert metadata["mlflow.source.name"]
    assert metadata["mlflow.user"]


@needs_v3("previews of one's own")
def test_explicit_previews_win():
    trace_id = record("previewed", request_preview="asked", response_preview="told")
    info = stored(trace_id).info
    assert (info.request_preview, info.response_preview) == ("asked", "told")


def test_an_explicit_state_wins_over_the_root_span():
    # Uses the enum: 3.1 accepts a string, too, but cannot send it.
    info = stored(record("declined", state=TraceState.ERROR)).info
    assert info.state == "ERROR"


def test_tags_are_set_replaced_and_deleted_after_the_trace():
    trace_id = record("later")
    stored(trace_id)
    mlflow.set_trace_tag(trace_id, "review", "open")
    mlflow.set_trace_tag(trace_id, "owner", "kim")
    mlflow.set_trace_tag(trace_id, "review", "done")
    mlflow.delete_trace_tag(trace_id, "owner")
    tags = stored(trace_id).info.tags
    assert tags["review"] == "done"
    assert "owner" not in tags


def test_deleting_a_tag_that_is_not_there_is_refused():
    trace_id = record("untagged")
    stored(trace_id)
    with pytest.raises(mlflow.exceptions.MlflowException) as refusal:
        mlflow.delete_trace_tag(trace_id, "absent")
    assert refusal.value.error_code == "RESOURCE_DOES_NOT_EXIST"


def test_long_tag_and_metadata_values_survive_a_round_trip():
    trace_id = record("long", tags={"note": "n" * 250}, metadata={"note": "m" * 250})
    info = stored(trace_id).info
    assert info.tags["note"] == "n" * 250
    assert info.trace_metadata["note"] == "m" * 250
