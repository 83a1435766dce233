"""`traces/calculate-filter-correlation` of Kansoku and of MLflow 3.17.2, over the same traces: equal numbers.

MLflow's own client is tested, too; it reads missing fields as undefined.
"""

import json
import math

import pytest
from mlflow.store.tracking.rest_store import RestStore
from mlflow.utils.rest_utils import MlflowHostCreds
from sides import post, same

ROUTE = "calculate-filter-correlation"
FAILED, PROD = "status = 'ERROR'", "tags.env = 'prod'"


def ask(first: str, second: str, base: str | None = None, **more) -> dict:
    return {"filter_string1": first, "filter_string2": second} | ({"base_filter": base} if base is not None else {}) | more


ANSWERED = [
    ask(FAILED, PROD),
    ask(PROD, FAILED),
    ask(PROD, PROD),
    ask(PROD, "tags.env = 'dev'"),
    ask(PROD, "tags.env = 'nobody'"),
    ask("tags.env = 'nobody'", "tags.env = 'nobody'"),
    ask(FAILED, PROD, experiment_ids=["{experiment}", "{other}"]),
    ask(FAILED, PROD, experiment_ids=["4711"]),
    ask(FAILED, PROD, base=""),
    ask(FAILED, PROD, base="tags.`my-team` = 'x'"),
    ask(FAILED, PROD, base="tags.`my-team` = 'nobody'"),
    ask(PROD, PROD, base=PROD),
    ask("span.status = 'ERROR'", "status = 'OK'"),
    ask("span.name = 'look up' AND span.status = 'ERROR'", FAILED),
    ask("span.status = 'ERROR'", PROD, base="span.name = 'look up'"),
    ask("span.type = 'TOOL'", "execution_time > 200"),
    ask("timestamp_ms > 1795100000000", FAILED),
    ask("feedback.quality = 'yes'", PROD),
    ask("feedback.helpful = 'true'", PROD),
    ask("metadata.batch = 'b1'", "trace.name = 'chat'"),
    ask("attributes.run_id = '{run}'", FAILED),
    ask("status != 'ERROR'", "tags.env != 'prod'"),
]

REFUSED = [
    ask("nope = 5", PROD),
    ask(PROD, "status > 5"),
    ask(PROD, FAILED, base="nope ="),
    ask("", PROD),
    ask(PROD, ""),
    {"filter_string1": PROD},
    {"filter_string2": PROD},
    ask(PROD, 5),
]


def short(question: dict) -> str:
    return " ".join(str(part) for part in question.values())


@pytest.mark.parametrize("question", ANSWERED, ids=short)
def test_the_numbers_equal_mlflows(sides, question):
    ours, theirs = (post(side, ROUTE, question) for side in sides)
    assert theirs[0] == 200, theirs
    assert ours[0] == 200, ours
    assert same(ours[1], theirs[1]), f"ours:   {json.dumps(ours[1])}\ntheirs: {json.dumps(theirs[1])}"


@pytest.mark.parametrize("question", REFUSED, ids=short)
def test_an_error_equals_mlflows(sides, question):
    ours, theirs = (post(side, ROUTE, question) for side in sides)
    assert (ours[0], ours[1]["error_code"]) == (theirs[0], theirs[1]["error_code"]), (ours, theirs)


def test_the_client_reads_it(sides):
    ours, theirs = (
        RestStore(lambda url=side["url"]: MlflowHostCreds(url)).calculate_trace_filter_correlation(
            experiment_ids=[side["experiment"]], filter_string1=FAILED, filter_string2=PROD
        )
        for side in sides
    )
    assert ours.total_count == theirs.total_count == 40
    assert math.isclose(ours.npmi, theirs.npmi, rel_tol=1e-12)
    assert math.isclose(ours.npmi_smoothed, theirs.npmi_smoothed, rel_tol=1e-12)
    nobody = RestStore(lambda: MlflowHostCreds(sides[0]["url"])).calculate_trace_filter_correlation(
        experiment_ids=[sides[0]["experiment"]], filter_string1="tags.env = 'nobody'", filter_string2=PROD
    )
    assert math.isnan(nobody.npmi) and nobody.npmi_smoothed is None
    assert (nobody.filter1_count, nobody.joint_count) == (0, 0)
