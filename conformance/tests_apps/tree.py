"""The span tree of a trace, to compare it with an expected one."""

from mlflow.entities import Span, Trace


def tree(trace: Trace) -> list:
    """`[name, type, children]` of each root; children in the order they started."""
    children: dict[str | None, list[Span]] = {}
    for span in sorted(trace.data.spans, key=lambda span: span.start_time_ns):
        children.setdefault(span.parent_id, []).append(span)

    def below(parent: str | None) -> list:
        return [[span.name, span.span_type, below(span.span_id)] for span in children.get(parent, [])]

    return below(None)


def only(trace: Trace, name: str) -> Span:
    """The one span of that name."""
    found = trace.search_spans(name=name)
    assert len(found) == 1, f"{len(found)} spans are called {name}: {tree(trace)}"
    return found[0]


def usage(trace: Trace) -> dict | None:
    return trace.info.token_usage


def tokens(asked: int, said: int) -> dict:
    return {"input_tokens": asked, "output_tokens": said, "total_tokens": asked + said}
