"""Alert rules over the traces of MLflow's client: a webhook and a Slack channel are told."""

import json
import time
import uuid

import mlflow
import pytest

from kit.api import call
from kit.poll import eventually
from kit.receiver import SECRET, Receiver, assert_signed
from kit.server import Server, is_reference

pytestmark = pytest.mark.skipif(is_reference(), reason="MLflow's own server has no alerts")

FAILED, FINE = 6, 2
# A rule is evaluated every minute.
FIRING_SECONDS_MAX = 120
# The value must be back for a minute, which the next evaluation notes.
RESOLVED_SECONDS_MAX = 300


@pytest.fixture
def receiver():
    with Receiver() as started:
        yield started


@pytest.fixture
def slack():
    with Receiver() as started:
        yield started


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    args = ("--webhook-allow-private", "--webhook-allow-http", "--public-url", "https://kansoku.example.com")
    started = Server(tmp_path / "data", args).start()
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(started.url)
    yield started
    mlflow.set_tracking_uri(before)
    assert started.stop() == 0


def run_agent(fails: bool) -> str:
    try:
        with mlflow.start_span("agent") as span:
            if fails:
                raise ValueError("the tool has no answer")
    except ValueError:
        pass
    return span.trace_id


def subscribe(server: Server, receiver: Receiver, experiment: str) -> None:
    events = [{"entity": "ALERT", "action": action} for action in ("FIRING", "RESOLVED")]
    call(f"{server.url}/api/2.0/mlflow/webhooks", {
        "name": "pager", "url": receiver.url, "secret": SECRET, "experiment_ids": [experiment], "events": events,
    })


def delivered(receiver: Receiver, count: int, seconds: float) -> dict:
    """The data of a delivery, by its number."""
    headers, body = receiver.wait(count, seconds)[count - 1]
    assert_signed(headers, body)
    return json.loads(body)["data"]


def create_rule(server: Server, slack: Receiver, experiment: str) -> dict:
    settings = {
        "name": "Half of the traces fail", "signal": {"type": "error_rate"}, "comparison": "above", "threshold": 0.5,
        "window_s": 3_600, "traces_min": 5, "for_s": 0, "resolve_after_s": 60,
    }
    body = {"settings": settings, "slack_url": slack.url}
    return call(f"{server.url}/api/3.0/kansoku/experiments/{experiment}/alerts", body)


@pytest.fixture
def failing(server, receiver, slack):
    """An experiment whose agent fails, with a rule that fires: its id, the rule, and the failed traces."""
    experiment = mlflow.set_experiment(f"alerts-{uuid.uuid4().hex[:8]}").experiment_id
    subscribe(server, receiver, experiment)
    failed = {run_agent(fails=True) for _ in range(FAILED)}
    for _ in range(FINE):
        run_agent(fails=False)
    mlflow.flush_trace_async_logging()
    assert eventually(lambda: len(found(experiment)) == FAILED + FINE)
    return experiment, create_rule(server, slack, experiment), failed


def found(experiment: str, filter_string: str | None = None) -> set[str]:
    traces = mlflow.search_traces(locations=[experiment], filter_string=filter_string, return_type="list", include_spans=False)
    return {trace.info.trace_id for trace in traces}


def test_a_webhook_and_slack_are_told_that_traces_fail(server, receiver, slack, failing):
    experiment, rule, failed = failing
    assert rule["has_slack_url"] is True
    assert slack.url not in json.dumps(rule)
    told = delivered(receiver, 1, FIRING_SECONDS_MAX)
    assert (told["status"], told["rule"], told["experiment_id"]) == ("firing", "Half of the traces fail", experiment)
    assert (told["value"], told["traces"]) == (FAILED / (FAILED + FINE), FAILED + FINE)
    assert told["traces_url"].startswith("https://kansoku.example.com/")
    ((_, message),) = slack.wait(1)
    assert "Half of the traces fail" in message and told["traces_url"].split("?")[0] in message
    (listed,) = call(f"{server.url}/api/3.0/kansoku/experiments/{experiment}/alerts")["rules"]
    assert (listed["status"], listed["slack_error"]) == ("firing", None)
    assert found(experiment, listed["traces_link"]["filter"]) == failed


@pytest.mark.slow
def test_they_are_told_once_that_it_is_over(server, receiver, slack, failing):
    experiment, _, _ = failing
    alert = delivered(receiver, 1, FIRING_SECONDS_MAX)["alert_id"]
    for _ in range(FAILED):
        run_agent(fails=False)
    mlflow.flush_trace_async_logging()
    over = delivered(receiver, 2, RESOLVED_SECONDS_MAX)
    assert (over["status"], over["end_reason"], over["alert_id"]) == ("resolved", "recovered", alert)
    slack.wait(2)
    time.sleep(1)
    assert (len(receiver.received), len(slack.received)) == (2, 2)
    (listed,) = call(f"{server.url}/api/3.0/kansoku/experiments/{experiment}/alerts")["rules"]
    assert listed["status"] == "ok"
