"""Ids are random bytes, and none may be mistaken for another encoding of an id.

Files of the databricks form contain ids in base64. One id in 4096 begins with
`0x` there, as with any other two characters.
"""

import itertools

import mlflow
import pytest
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from kit.traces import parents, stored

# The first bytes of an id by the first characters of its base64 form.
BEGINNINGS = {
    "0x": 0xD31F,
    "tr": 0xB6BF,
    "plus": 0xFBEF,
    "slash": 0xFFFF,
    "zeros": 0x0000,
}


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS.keys())
def test_a_trace_is_whole_whatever_its_ids_look_like(monkeypatch, beginning):
    count = itertools.count(1)
    random_trace_id = RandomIdGenerator().generate_trace_id() % 2**112
    monkeypatch.setattr(RandomIdGenerator, "generate_span_id", lambda _: beginning << 48 | next(count))
    monkeypatch.setattr(RandomIdGenerator, "generate_trace_id", lambda _: beginning << 112 | random_trace_id)
    with mlflow.start_span(name="root") as root:
        with mlflow.start_span(name="middle"):
            with mlflow.start_span(name="leaf"):
                pass
    assert root.span_id == f"{beginning:04x}000000000001"
    assert parents(stored(root.trace_id)) == {"root": None, "middle": "root", "leaf": "middle"}
