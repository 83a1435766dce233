"""Ids are random bytes; no bytes may be mistaken for a way of writing them.

Files of the databricks form carry ids in base64. One id in 4096 begins with
`0x` there, one in 4096 with any other two letters.
"""

import itertools

import mlflow
import pytest
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from kit.traces import parents, stored

# First bytes, and what the id's base64 begins with.
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
