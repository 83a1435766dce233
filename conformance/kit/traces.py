"""Helpers for tests that create and read traces."""

import re

import mlflow

from kit.client import SLIM


_flushed_up_to = None


def flush() -> None:
    """Waits until every ended trace has reached the server; returns at once if none has ended since."""
    global _flushed_up_to
    last = mlflow.get_last_active_trace_id()
    if last != _flushed_up_to:
        mlflow.flush_trace_async_logging()
        _flushed_up_to = last


def found(filter_string: str | None = None, **options) -> list:
    """The traces of the active experiment that a search returns, as a list."""
    flush()
    return mlflow.search_traces(filter_string=filter_string, return_type="list", **options)


def found_ids(filter_string: str | None = None, **options) -> set[str]:
    return {trace.info.trace_id for trace in found(filter_string, **options)}


def found_names(filter_string: str | None = None, **options) -> list[str]:
    """Names of the traces that a search returns, in its order."""
    return [trace.info.tags["mlflow.traceName"] for trace in found(filter_string, **options)]


def last_trace():
    """The trace that ended last in this process, read back from the server."""
    flush()
    return stored(mlflow.get_last_active_trace_id())


def stored(trace_id: str):
    """A trace as stored by the server."""
    flush()
    trace = mlflow.get_trace(trace_id)
    assert trace is not None, f"{trace_id} cannot be read back"
    return trace


def parents(trace) -> dict[str, str | None]:
    """Span name → name of its parent."""
    names = {span.span_id: span.name for span in trace.data.spans}
    return {span.name: names.get(span.parent_id) for span in trace.data.spans}


def span_names(trace) -> list[str]:
    """The sorted names of all spans. Clients before 3.5 number spans of the same name: step_1, step_2."""
    return sorted(re.sub(r"_\d+$", "", span.name) for span in trace.data.spans)


def spans_by_name(trace) -> dict:
    return {span.name: span for span in trace.data.spans}


def record(name: str, *, tags=None, metadata=None, **update) -> str:
    """Records a small trace (a root and one child) and returns its id."""
    with mlflow.start_span(name=name) as root:
        root.set_inputs({"question": name})
        if tags or metadata or update:
            mlflow.update_current_trace(tags=tags, metadata=metadata, **update)
        with mlflow.start_span(name=f"{name}-step", span_type="TOOL"):
            pass
        root.set_outputs("done")
    return root.trace_id


def tracing_client():
    """The client object that deletes and links traces; the slim package has it in mlflow.tracing."""
    if SLIM:
        from mlflow.tracing.client import TracingClient

        return TracingClient()
    return mlflow.MlflowClient()
