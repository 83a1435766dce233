"""Sessions: the traces of one conversation."""

import mlflow

from kit.client import needs, needs_v3
from kit.traces import flush, found, found_ids, record, stored


def turn(session: str, n: int) -> str:
    return record(f"turn-{n}", metadata={"mlflow.trace.session": session, "mlflow.trace.user": "kim"})


@needs_v3("metadata filters of sessions")
def test_a_session_is_found_by_its_id_in_order():
    turns = [turn("chat-1", n) for n in range(3)]
    turn("chat-2", 9)
    traces = found("metadata.`mlflow.trace.session` = 'chat-1'", order_by=["timestamp_ms ASC"])
    assert {trace.info.trace_id for trace in traces} == set(turns)
    times = [trace.info.request_time for trace in traces]
    assert times == sorted(times)


@needs(client="3.17", why="mlflow.search_sessions")
def test_search_sessions_groups_traces():
    one = {turn("chat-1", n) for n in range(3)}
    two = {turn("chat-2", 0)}
    record("alone")
    flush()
    sessions = {session.id: {trace.info.trace_id for trace in session} for session in mlflow.search_sessions()}
    assert sessions == {"chat-1": one, "chat-2": two}


@needs(client="3.17", why="session-level assessments")
def test_a_judgement_of_a_session_is_found_on_each_of_its_turns():
    turns = {turn("chat-1", n) for n in range(3)}
    other = turn("chat-2", 0)
    stored(other)
    mlflow.log_feedback(trace_id=sorted(turns)[0], name="resolved", value="yes",
                        metadata={"mlflow.trace.session": "chat-1"})
    assert found_ids("feedback.resolved = 'yes'") == turns
