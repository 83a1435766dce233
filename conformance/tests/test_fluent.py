"""Traces recorded by decorators and context managers arrive as they were written."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pytest

from kit.traces import flush, found, last_trace, parents, span_names, spans_by_name, stored


def test_a_decorated_function_is_a_span_with_inputs_and_outputs():
    @mlflow.trace
    def add(a, b=2):
        return a + b

    assert add(1) == 3
    (span,) = last_trace().data.spans
    assert span.name == "add"
    assert span.inputs == {"a": 1, "b": 2}
    assert span.outputs == 3
    assert span.parent_id is None
    assert span.end_time_ns >= span.start_time_ns > 0


def test_a_decorator_names_types_and_describes_its_span():
    @mlflow.trace(name="retrieve", span_type="RETRIEVER", attributes={"top_k": 3, "index": "docs"})
    def search(query):
        return [query]

    search("höhe ¥ 🙂")
    (span,) = last_trace().data.spans
    assert (span.name, span.span_type) == ("retrieve", "RETRIEVER")
    assert span.attributes["top_k"] == 3
    assert span.attributes["index"] == "docs"
    assert span.inputs == {"query": "höhe ¥ 🙂"}


def test_nested_calls_become_a_tree():
    @mlflow.trace
    def leaf(n):
        return n

    @mlflow.trace
    def branch(n):
        return leaf(n)

    @mlflow.trace(span_type="AGENT")
    def trunk():
        with mlflow.start_span(name="aside"):
            pass
        return branch(1)

    trunk()
    assert parents(last_trace()) == {"trunk": None, "aside": "trunk", "branch": "trunk", "leaf": "branch"}


def test_a_context_manager_sets_inputs_outputs_attributes_and_events():
    with mlflow.start_span(name="work", span_type="CHAIN") as span:
        span.set_inputs({"list": [1, 2.5, None, True], "deep": {"a": {"b": "c"}}})
        span.set_outputs(["x", {"y": 1}])
        span.set_attribute("text", "value")
        span.set_attributes({"number": 7, "flag": True, "object": {"k": [1]}})
        span.add_event(mlflow.entities.SpanEvent(name="cache miss", attributes={"key": "k1"}))

    (span,) = last_trace().data.spans
    assert span.inputs == {"list": [1, 2.5, None, True], "deep": {"a": {"b": "c"}}}
    assert span.outputs == ["x", {"y": 1}]
    assert {key: span.attributes[key] for key in ("text", "number", "flag", "object")} == {
        "text": "value", "number": 7, "flag": True, "object": {"k": [1]},
    }
    assert [(event.name, event.attributes["key"]) for event in span.events] == [("cache miss", "k1")]


def test_a_trace_has_state_times_and_previews():
    with mlflow.start_span(name="answer") as span:
        span.set_inputs({"question": "why?"})
        span.set_outputs("because")

    info = last_trace().info
    assert info.state == "OK"
    assert info.request_time > 1_600_000_000_000
    assert info.execution_duration is not None
    assert "why?" in info.request_preview
    assert "because" in info.response_preview


def test_an_exception_marks_span_and_trace_as_failed():
    @mlflow.trace
    def fail():
        raise ValueError("no such luck")

    @mlflow.trace
    def outer():
        fail()

    with pytest.raises(ValueError):
        outer()
    trace = last_trace()
    assert trace.info.state == "ERROR"
    span = spans_by_name(trace)["fail"]
    assert span.status.status_code == "ERROR"
    assert "no such luck" in span.status.description
    event = next(event for event in span.events if event.name == "exception")
    assert event.attributes["exception.type"] == "ValueError"
    assert event.attributes["exception.message"] == "no such luck"
    assert "fail" in event.attributes["exception.stacktrace"]


def test_a_caught_exception_fails_only_its_span():
    @mlflow.trace
    def fail():
        raise KeyError("x")

    with mlflow.start_span(name="patient"):
        with pytest.raises(KeyError):
            fail()

    trace = last_trace()
    assert trace.info.state == "OK"
    assert spans_by_name(trace)["fail"].status.status_code == "ERROR"


def test_async_functions_keep_their_own_trees():
    @mlflow.trace
    async def step(n):
        await asyncio.sleep(0)
        return n

    @mlflow.trace
    async def flow(n):
        with mlflow.start_span(name="aside"):
            await asyncio.sleep(0)
        return await asyncio.gather(step(n), step(n + 1))

    async def everything():
        await asyncio.gather(flow(10), flow(20))

    asyncio.run(everything())
    traces = found()
    assert len(traces) == 2
    for trace in traces:
        assert span_names(trace) == ["aside", "flow", "step", "step"]
        assert all(span.parent_id for span in trace.data.spans if span.name != "flow")


def test_a_generator_is_one_span_with_its_items_as_outputs():
    @mlflow.trace
    def count(n):
        yield from range(n)

    assert list(count(3)) == [0, 1, 2]
    (span,) = last_trace().data.spans
    assert span.name == "count"
    assert span.outputs == [0, 1, 2]


def test_a_reduced_generator_stores_the_reduced_output():
    @mlflow.trace(output_reducer="".join)
    def words():
        yield "a"
        yield "b"

    list(words())
    assert last_trace().data.spans[0].outputs == "ab"


def test_an_async_generator_is_one_span_with_its_items_as_outputs():
    @mlflow.trace
    async def stream(n):
        for i in range(n):
            yield i

    async def consume():
        return [item async for item in stream(3)]

    assert asyncio.run(consume()) == [0, 1, 2]
    assert last_trace().data.spans[0].outputs == [0, 1, 2]


def test_threads_make_traces_of_their_own():
    def work(n):
        with mlflow.start_span(name=f"thread-{n}") as span:
            with mlflow.start_span(name=f"thread-{n}-step"):
                pass
        return span.trace_id

    ids = []
    threads = [threading.Thread(target=lambda n=n: ids.append(work(n))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {trace.info.trace_id for trace in found()} == set(ids)
    assert all(len(stored(trace_id).data.spans) == 2 for trace_id in ids)


def test_a_copied_context_carries_the_trace_into_a_thread_pool():
    import contextvars

    @mlflow.trace
    def leaf(n):
        return n

    with mlflow.start_span(name="fan-out"), ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n, c: c.run(leaf, n), range(5), [contextvars.copy_context() for _ in range(5)]))

    trace = last_trace()
    root = spans_by_name(trace)["fan-out"]
    leaves = [span for span in trace.data.spans if span.name != "fan-out"]
    assert span_names(trace) == ["fan-out"] + ["leaf"] * 5
    assert {span.parent_id for span in leaves} == {root.span_id}


def test_many_spans_of_one_trace_all_arrive():
    with mlflow.start_span(name="wide") as root:
        for n in range(120):
            with mlflow.start_span(name=f"child-{n}"):
                pass

    flush()
    trace = stored(root.trace_id)
    assert len({span.name for span in trace.data.spans}) == 121


def test_token_usage_of_spans_is_summed_on_the_trace():
    def usage(span, given, made):
        span.set_attribute("mlflow.chat.tokenUsage",
                           {"input_tokens": given, "output_tokens": made, "total_tokens": given + made})

    with mlflow.start_span(name="agent"):
        with mlflow.start_span(name="first", span_type="CHAT_MODEL") as span:
            usage(span, 10, 5)
        with mlflow.start_span(name="second", span_type="CHAT_MODEL") as span:
            usage(span, 7, 1)

    assert last_trace().info.token_usage == {"input_tokens": 17, "output_tokens": 6, "total_tokens": 23}
