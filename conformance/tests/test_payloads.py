"""Values of unusual size and shape are returned as they were sent."""

import json

import mlflow
import pytest

from kit.client import FORM, V2_CLIENT, at_least
from kit.traces import stored

VALUES = {
    "empty text": "",
    "empty object": {},
    "empty list": [],
    "nothing": None,
    "zero": 0,
    "no": False,
    "big integer": 2**62,
    "tiny number": 5e-324,
    "control characters": "tab\t line\n nul-free \x01 quote \" back\\slash",
    "all planes": "ASCII é 日本語 🙂 \u200f \uffff 𐀀",
    "json in text": '{"looks": ["like", 1]}',
    "keys of every kind": {"": 1, "a.b": 2, "ü ñ": 3, "mlflow.x": 4, "$ref": 5},
}


# The OTLP exporter of 3.6 encodes an empty list or object as a missing value.
LOST_BY_THE_CLIENT = {"empty object", "empty list"} if FORM == "plain" and not at_least("3.17") and not V2_CLIENT else set()


@pytest.mark.parametrize("value", [VALUES[key] for key in VALUES if key not in LOST_BY_THE_CLIENT],
                         ids=[key for key in VALUES if key not in LOST_BY_THE_CLIENT])
def test_an_output_comes_back_as_it_was_sent(value):
    with mlflow.start_span(name="echo") as span:
        span.set_outputs({"value": value})
    assert stored(span.trace_id).data.spans[0].outputs == {"value": value}


def test_a_megabyte_of_inputs_comes_back_whole():
    text = "".join(chr(0x3042 + n % 80) for n in range(350_000))
    with mlflow.start_span(name="big") as span:
        span.set_inputs({"messages": [{"role": "user", "content": text}]})
    trace = stored(span.trace_id)
    assert trace.data.spans[0].inputs["messages"][0]["content"] == text
    # The v2 routes have no previews; 3.1 computes its own from the whole input.
    assert V2_CLIENT or len(trace.info.request_preview) <= 10_000


def nested(levels: int):
    value = "bottom"
    for _ in range(levels):
        value = {"down": value}
    return value


def test_thirty_levels_of_nesting_come_back_whole():
    with mlflow.start_span(name="deep") as span:
        span.set_inputs(nested(30))
    assert stored(span.trace_id).data.spans[0].inputs == nested(30)


def test_deeper_nesting_comes_back_whole_at_least_as_json_text():
    """Protobuf readers limit nesting to a hundred messages, which are 33 levels of objects."""
    with mlflow.start_span(name="deeper") as span:
        span.set_inputs(nested(50))
    inputs = stored(span.trace_id).data.spans[0].inputs
    assert (json.loads(inputs) if isinstance(inputs, str) else inputs) == nested(50)


@pytest.mark.slow
def test_a_trace_of_two_thousand_spans_comes_back_whole():
    with mlflow.start_span(name="root") as root:
        for n in range(2_000):
            with mlflow.start_span(name=f"child-{n}") as child:
                child.set_inputs({"n": n})
    trace = stored(root.trace_id)
    assert len(trace.data.spans) == 2_001
    assert {span.parent_id for span in trace.data.spans if span.name != "root"} == {root.span_id}
