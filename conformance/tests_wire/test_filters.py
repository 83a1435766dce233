"""Every filter and order of filters.yaml: the matches and their order, or the rejection."""

from pathlib import Path

import pytest
import yaml
from wire import five_traces
from wire.caller import assert_error, location
from wire.replay import substitute

TABLES = yaml.safe_load((Path(__file__).parent / "filters.yaml").read_text())
NAMES = ("T1", "T2", "T3", "T4", "T5")


@pytest.fixture(scope="module")
def traces(caller) -> dict[str, str]:
    return five_traces.make(caller)


def table(name: str, columns: int):
    """The rows of a table, padded to its columns and an optional reason why MLflow differs."""
    rows = [[*row, *[None] * (columns + 1 - len(row))] for row in TABLES[name]]
    return {"argvalues": rows, "ids": [str(row[0]) or "(empty)" for row in rows]}


def search(caller, traces, **fields):
    body = {"locations": [location(traces["experiment"])], **fields}
    return caller.ask("POST", "/api/3.0/mlflow/traces/search", json=body)


def names_of(answer, traces) -> list[str]:
    assert answer.status_code == 200, answer.text
    by_id = {traces[name]: name for name in NAMES}
    return [by_id[info["trace_id"]] for info in answer.json().get("traces", [])]


@pytest.mark.parametrize(["filter", "kept", "differs"], **table("keeps", 2))
def test_a_filter_keeps_what_the_table_says(caller, traces, on_reference, filter, kept, differs):
    if on_reference and differs:
        pytest.skip(differs)
    answer = search(caller, traces, filter=substitute(filter, traces))
    assert sorted(names_of(answer, traces)) == kept.split()


@pytest.mark.parametrize(["filter", "differs"], **table("refused", 1))
def test_a_bad_filter_is_refused(caller, traces, on_reference, filter, differs):
    if on_reference and differs:
        pytest.skip(differs)
    assert_error(search(caller, traces, filter=filter), 400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(["order", "told", "differs"], **table("orders", 2))
def test_an_order_puts_traces_as_the_table_says(caller, traces, order, told, differs):
    assert names_of(search(caller, traces, order_by=order), traces) == told.split()


@pytest.mark.parametrize(["order", "told", "differs"], **table("orders", 2))
def test_an_order_holds_over_pages(caller, traces, order, told, differs):
    in_pages = caller.search(traces["experiment"], order_by=order, max_results=2)
    by_id = {traces[name]: name for name in NAMES}
    assert [by_id[info["trace_id"]] for info in in_pages] == told.split()


@pytest.mark.parametrize(["order", "differs"], **table("refused_orders", 1))
def test_a_bad_order_is_refused(caller, traces, on_reference, order, differs):
    if on_reference and differs:
        pytest.skip(differs)
    assert_error(search(caller, traces, order_by=order), 400, "INVALID_PARAMETER_VALUE")
