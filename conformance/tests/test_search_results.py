"""Results of a search: order, pages, lists and data frames."""

import mlflow
import pytest

from kit.client import SLIM, at_least, needs
from kit.traces import flush, found, found_ids, found_names, record


def at(name: str, second: int, seconds_long: int = 1) -> str:
    """Creates a trace that began `second` seconds after a fixed time."""
    start = 1_700_000_000_000_000_000 + second * 1_000_000_000
    span = mlflow.start_span_no_context(name=name, start_time_ns=start)
    span.end(end_time_ns=start + seconds_long * 1_000_000_000)
    return span.trace_id


def test_the_newest_trace_comes_first():
    at("middle", 20), at("oldest", 10), at("newest", 30)
    assert found_names() == ["newest", "middle", "oldest"]


def test_order_by_time_and_duration_in_both_directions():
    at("a", 10, seconds_long=3), at("b", 20, seconds_long=1), at("c", 30, seconds_long=2)
    assert found_names(order_by=["timestamp_ms ASC"]) == ["a", "b", "c"]
    assert found_names(order_by=["timestamp_ms DESC"]) == ["c", "b", "a"]
    assert found_names(order_by=["execution_time_ms ASC"]) == ["b", "c", "a"]
    assert found_names(order_by=["execution_time_ms DESC"]) == ["a", "c", "b"]


def test_order_by_a_tag_then_time():
    for name, second, tag in (("a", 10, "x"), ("b", 20, "y"), ("c", 30, "x")):
        span = mlflow.start_span_no_context(
            name=name, tags={"group": tag}, start_time_ns=1_700_000_000_000_000_000 + second * 1_000_000_000)
        span.end(end_time_ns=1_700_000_000_000_000_000 + (second + 1) * 1_000_000_000)
    assert found_names(order_by=["tags.group ASC", "timestamp_ms DESC"]) == ["c", "a", "b"]


def test_ties_and_traces_without_the_value_come_newest_first():
    for name, second in (("a", 10), ("b", 30), ("c", 20)):
        at(name, second)
    for direction in ("ASC", "DESC"):
        assert found_names(order_by=[f"tags.nonexistent {direction}"]) == ["b", "c", "a"]
        assert found_names(order_by=[f"status {direction}"]) == ["b", "c", "a"]


def test_traces_without_the_value_come_last_in_both_directions():
    for name, second in (("a", 10), ("b", 30), ("c", 20), ("d", 40)):
        trace = at(name, second)
        if name in "ac":
            flush()
            mlflow.set_trace_tag(trace, "rank", name)
    assert found_names(order_by=["tags.rank ASC"]) == ["a", "c", "d", "b"]
    assert found_names(order_by=["tags.rank DESC"]) == ["c", "a", "d", "b"]


def test_an_order_that_does_not_exist_is_refused():
    with pytest.raises(mlflow.exceptions.MlflowException) as refusal:
        found(order_by=["nonsense ASC"])
    assert refusal.value.error_code == "INVALID_PARAMETER_VALUE"


def test_max_results_limits_the_answer():
    at("a", 10), at("b", 20), at("c", 30)
    assert found_names(max_results=2) == ["c", "b"]


def test_all_pages_together_hold_every_trace_once():
    ids = {at(f"t{n:03}", n // 3) for n in range(115)}
    traces = found(include_spans=False)
    listed = [trace.info.trace_id for trace in traces]
    assert len(listed) == len(set(listed))
    assert set(listed) == ids
    # Explicit pages of an odd size, with ties in the order, neither lose nor repeat traces.
    flush()
    from mlflow.tracing.client import TracingClient

    client, experiment_id = TracingClient(), traces[0].info.experiment_id
    paged, token = [], None
    while True:
        page = client.search_traces(**{("locations" if at_least("3.6") else "experiment_ids"): [experiment_id]},
                                    max_results=17, page_token=token, include_spans=False)
        paged += [trace.info.trace_id for trace in page]
        token = page.token
        if not token:
            break
    assert len(paged) == 115
    assert set(paged) == ids


def test_a_page_token_stays_valid_while_traces_arrive():
    from mlflow.tracing.client import TracingClient

    ids = {at(f"t{n}", n) for n in range(12)}
    flush()
    client = TracingClient()
    experiment_id = found(max_results=1)[0].info.experiment_id
    where = {("locations" if at_least("3.6") else "experiment_ids"): [experiment_id]}
    first = client.search_traces(**where, max_results=6, order_by=["timestamp_ms ASC"], include_spans=False)
    at("late", 100)
    flush()
    second = client.search_traces(**where, max_results=6, order_by=["timestamp_ms ASC"], include_spans=False,
                                  page_token=first.token)
    listed = [trace.info.trace_id for trace in [*first, *second]]
    assert set(listed) == ids


@needs(full=True, why="slim has no pandas")
def test_a_search_is_a_data_frame_by_default():
    trace_id = record("framed", tags={"tier": "gold"}, metadata={"region": "eu"})
    flush()
    frame = mlflow.search_traces()
    assert len(frame) == 1
    row = frame.iloc[0]
    assert row.trace_id == trace_id
    assert row.request == {"question": "framed"}
    assert row.response == "done"
    assert row.tags["tier"] == "gold"
    assert row.trace_metadata["region"] == "eu"
    assert len(row.spans) == 2
    assert str(row.state) in ("OK", "TraceState.OK")


@needs(full=True, why="slim has no pandas")
def test_an_empty_search_is_an_empty_data_frame():
    assert len(mlflow.search_traces()) == 0


@pytest.mark.skipif(not SLIM, reason="with pandas the default is a data frame")
def test_a_search_is_a_list_where_there_is_no_pandas():
    trace_id = record("listed")
    flush()
    assert [trace.info.trace_id for trace in mlflow.search_traces()] == [trace_id]


def test_a_list_holds_whole_traces():
    trace_id = record("listed")
    (trace,) = found()
    assert trace.info.trace_id == trace_id
    assert sorted(span.name for span in trace.data.spans) == ["listed", "listed-step"]
    assert found_ids() == {trace_id}
