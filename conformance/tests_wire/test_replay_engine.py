"""Tests the replay engine itself: it must report every difference."""

import pytest
from wire.replay import compare, substitute

SAME = [
    ({"a": 1}, {"a": 1.0}),
    ({"a": "<time>"}, {"a": "2023-11-14T22:13:20.5Z".replace(".5", ".500")}),
    ({"a~": 1}, {}),
    ({"a~": 1, "b": 2}, {"a": 1, "b": 2}),
    ({"<has>": {"a": 1}}, {"a": 1, "b": 2}),
    ({"<json>": {"a": [1]}}, '{"a": [1]}'),
    ([{"key": "b", "value": 2}, {"key": "a", "value": 1}], [{"key": "a", "value": 1}, {"key": "b", "value": 2}]),
    ([{"key": "a~", "value": 1}, {"key": "b", "value": 2}], [{"key": "b", "value": 2}]),
]
DIFFERENT = [
    ({"a": 1}, {"a": 2}),
    ({"a": 1}, {"a": "1"}),
    ({"a": 1}, {"a": True}),
    ({"a": 1}, {}),
    ({}, {"a": 1}),
    ({"a~": 1}, {"a": 2}),
    ({"a": "<time>"}, {"a": "yesterday"}),
    ({"a": "<hex32>"}, {"a": "abc"}),
    ({"<has>": {"a": 1}}, {"b": 1}),
    ({"<json>": {"a": 1}}, "not json"),
    ([1, 2], [2, 1]),
    ([{"key": "a", "value": 1}], [{"key": "a", "value": 2}]),
    ([], [1]),
    ({"a": []}, {"a": {}}),
]


@pytest.mark.parametrize(["wanted", "told"], SAME)
def test_what_is_the_same_is_not_reported(wanted, told):
    assert list(compare(wanted, told, {})) == []


@pytest.mark.parametrize(["wanted", "told"], DIFFERENT)
def test_what_is_different_is_reported(wanted, told):
    assert list(compare(wanted, told, {}))


def test_a_remembered_value_is_used_again():
    known = {}
    assert list(compare({"id": "<id as it>", "again": "${it}"}, {"id": "x-1", "again": "x-1"}, known)) == []
    assert substitute("/things/${it}", known) == "/things/x-1"
    assert list(compare("${it}", "x-2", known))
